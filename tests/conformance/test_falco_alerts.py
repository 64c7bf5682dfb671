"""Recorded events through the 66 rules that name every field: all alerts, all text lines and the closing statistics."""

from __future__ import annotations

import gzip
from collections.abc import Callable

import pytest
from engine_runs import KINDS, PUBLISHED, alerts_on
from recordings import DATA, VERSIONS, captured, json_lines, reviews

from toolkit.engine.alerts import Alert
from toolkit.engine.statistics import Statistics
from toolkit.ruleset.loader import RuleFile, load
from toolkit.ruleset.rules import Ruleset

FOLDER = DATA / "real-events"
REFUSED = list(json_lines(FOLDER / "refused.jsonl"))


@pytest.fixture(scope="module")
def ruleset() -> Ruleset:
    loaded = load([RuleFile("rules.yaml", (FOLDER / "rules.yaml").read_bytes())], PUBLISHED)
    warnings = [(one.code.name, one.context.locations[-1].item_name) for one in loaded.results[0].warnings]
    assert warnings == [("LOAD_UNUSED_LIST", "kube_namespaces")]
    return loaded.checked()


def alerts_of(ruleset: Ruleset, version: str, kind: str) -> list[Alert]:
    return alerts_on(ruleset, reviews(captured(version), published=True), "all", kind)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("version", VERSIONS)
def test_every_json_alert(
    ruleset: Ruleset, version: str, kind: str, record_property: Callable[[str, object], None]
) -> None:
    recorded = gzip.decompress((FOLDER / f"alerts-{version}.jsonl.gz").read_bytes()).splitlines()
    alerts = [alert.json() for alert in alerts_of(ruleset, version, kind)]
    assert len(alerts) == len(recorded)
    for number, (ours, theirs) in enumerate(zip(alerts, recorded, strict=True), 1):
        assert ours == theirs, f"alert {number}"
    record_property("compared alerts", len(recorded))


@pytest.mark.parametrize("kind", KINDS)
def test_every_text_line_and_the_statistics(ruleset: Ruleset, kind: str) -> None:
    alerts = alerts_of(ruleset, "1.34.3", kind)
    statistics = Statistics(ruleset.rules)
    for alert in alerts:
        statistics.count(alert.rule)
    printed = "".join(f"{alert.text()}\n" for alert in alerts).splitlines(keepends=True)[:200]
    assert "".join(printed) + statistics.text() == (FOLDER / "text-1.34.3.txt").read_text("utf-8")


@pytest.mark.parametrize("fact", REFUSED, ids=lambda fact: f"{fact['in']}:{fact['field']}")
def test_a_spelling_of_a_field(fact: dict[str, object], record_property: Callable[[str, object], None]) -> None:
    record_property("compared spellings of fields", 1)
    field = fact["field"]
    condition, output = (f"{field} exists", "x") if fact["in"] == "condition" else ("evt.num >= 0", f"%{field}")
    quoted = [text.replace("'", "''") for text in (condition, output)]
    rule = (
        "- rule: r\n  desc: d\n  source: k8s_admission\n  priority: INFO\n"
        f"  condition: '{quoted[0]}'\n  output: '{quoted[1]}'\n"
    )
    errors = load([RuleFile("rules.yaml", rule.encode())], PUBLISHED).results[0].errors
    expected = [] if fact["loads"] else [(fact["code"], fact["message"])]
    assert [(error.code.name, error.message) for error in errors] == expected


def test_all_spellings_are_compared() -> None:
    assert len(REFUSED) == 118
