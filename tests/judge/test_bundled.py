"""The rules, scenarios and datasets that come along: everything is met, every rule is proven or cannot be."""

from __future__ import annotations

import pytest

from toolkit.errors import ExitCode
from toolkit.fields.catalog import load_catalog
from toolkit.home import bundled_root
from toolkit.judge.inputs import read_inputs
from toolkit.judge.report import Report, RuleVerdict
from toolkit.judge.validate import validate

ROOT = bundled_root()


@pytest.fixture(scope="module")
def report() -> Report:
    """Return the verdict on what comes along."""
    catalog = load_catalog()
    inputs = read_inputs([ROOT / "rules"], ROOT / "testing" / "k8s", [ROOT / "test_files"], catalog)
    return validate(inputs, catalog, published=load_catalog("published"))


def test_nothing_failed(report: Report) -> None:
    assert [finding.message for step in report.steps for finding in step.findings] == []
    assert report.exit_code is ExitCode.GOOD


def test_every_rule_is_proven_or_impossible(report: Report) -> None:
    others = [rule for rule in report.rules if rule.verdict not in {RuleVerdict.PROVEN, RuleVerdict.IMPOSSIBLE}]
    assert others == []
    assert sum(rule.verdict is RuleVerdict.PROVEN for rule in report.rules) > 50


def test_every_step_was_played_on_every_version_but_what_needs_a_node(report: Report) -> None:
    assert {dataset.kubernetes.rpartition(".")[0] for dataset in report.datasets} == {"1.34", "1.37"}
    assert len({dataset.steps for dataset in report.datasets}) == 1
    left_out = {(step.dataset, step.scenario, step.left_out) for step in report.steps if step.left_out}
    assert left_out == {("1.37", "running-pod", "needs kubelet, scheduler")}


def test_every_near_miss_was_held_by_a_check(report: Report) -> None:
    assert all(near_miss.held_by for step in report.steps for near_miss in step.near_misses)


def test_the_well_known_rules_load_in_a_falco_with_the_published_plugin(report: Report) -> None:
    assert report.published is not None
    well_known = {rule.name for rule in report.rules if rule.place and rule.place.file.endswith("admission_rules.yaml")}
    assert [rule.rule for rule in report.published if rule.unknown_fields and rule.rule in well_known] == []
