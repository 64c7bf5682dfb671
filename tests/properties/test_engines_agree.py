"""The compiled engine says what the walk says: the same alerts in the same order, to the byte, and the same counts."""

from __future__ import annotations

import random
from collections.abc import Sequence
from functools import cache
from itertools import zip_longest
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from odd_lines import LineMaker, templates
from rule_sets import make_ruleset

from toolkit.engine.compiled import CompiledEngine
from toolkit.engine.run import Engine
from toolkit.events.tally import Tally
from toolkit.fields.catalog import Catalog, load_catalog
from toolkit.fields.event import Machine
from toolkit.fields.extractor import Extractor
from toolkit.fields.user_fields import load_user_fields
from toolkit.ruleset.files import read_rule_files
from toolkit.ruleset.loader import load
from toolkit.ruleset.rules import Ruleset

SEEDS = st.integers(0, 2**48)
MACHINE = Machine("host", -12_600)
USER_FIELDS = """
fields:
  - {name: kar.own.images, type: list, argument: index, gate: {kind: Deployment, group: apps}, description: d,
     path: ["request.object.spec.template.spec.containers[].image", "request.object.spec.containers[].image"]}
  - {name: kar.own.label, type: string, argument: key, description: d, path: "request.object.metadata.labels.{key}"}
  - {name: kar.own.first, type: string, description: d, path: "request.object.spec.containers[0].name"}
  - {name: kar.own.spec, type: string, json: true, description: d, path: "request.object.spec"}
  - {name: kar.own.kinds, type: string, description: d, path: ["request.requestKind.kind", "request.options.kind"]}
  - {name: kar.own.status, type: string, json: true, description: d, path: "request.object.status.conditions"}
  - {name: kar.own.odd, type: list, description: d, path: 'request.object.metadata."managedFields"[]."f:x"[].y'}
"""


@cache
def reviews() -> list[Any]:
    return templates()


def run(engine: Engine, lines: Sequence[bytes], plugin: str) -> tuple[list[tuple[object, ...]], list[str], int]:
    tally = Tally()
    alerts = engine.scan(iter(lines), "log", tally, published=plugin == "published")
    said: list[tuple[object, ...]] = [
        (alert.rule.name, str(alert.review.place), alert.json("h"), alert.text(), alert.about(), alert.time_ns)
        for alert in alerts
    ]
    return said, tally.words(), tally.lines


def compare(catalog: Catalog, ruleset: Ruleset, lines: Sequence[bytes], plugin: str, matching: str) -> None:
    """Hold both engines against each other on some lines; a difference names its line."""
    walk = run(Engine(ruleset, Extractor(catalog, MACHINE), matching), lines, plugin)
    compiled = run(CompiledEngine(ruleset, Extractor(catalog, MACHINE), matching), lines, plugin)
    for one, other in zip_longest(walk[0], compiled[0]):
        assert one == other
    assert walk[1:] == compiled[1:]


def compare_random(seed: int, catalog: Catalog, plugin: str, rules: int, lines: int) -> None:
    source = random.Random(seed)
    ruleset = make_ruleset(source, catalog, rules)
    made = list(LineMaker(source, reviews()).lines(lines))
    compare(catalog, ruleset, made, plugin, source.choice(("first", "all")))


@pytest.fixture(scope="module", params=["corrected", "published", "user fields"])
def plugin_and_catalog(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Catalog]:
    if request.param != "user fields":
        return request.param, load_catalog(request.param)
    path = tmp_path_factory.mktemp("fields") / "fields.yaml"
    path.write_text(USER_FIELDS, "utf-8")
    return "corrected", load_catalog("corrected", load_user_fields([path]))


def test_random_rules_on_random_lines(plugin_and_catalog: tuple[str, Catalog]) -> None:
    plugin, catalog = plugin_and_catalog

    @settings(max_examples=12, deadline=None, database=None)
    @given(SEEDS)
    def holds(seed: int) -> None:
        compare_random(seed, catalog, plugin, rules=6, lines=100)

    holds()


@pytest.mark.fuzz
def test_100000_comparisons(plugin_and_catalog: tuple[str, Catalog]) -> None:
    plugin, catalog = plugin_and_catalog

    @settings(max_examples=175, deadline=None, suppress_health_check=list(HealthCheck))
    @given(SEEDS)
    def holds(seed: int) -> None:
        compare_random(seed, catalog, plugin, rules=8, lines=200)

    holds()


@pytest.mark.parametrize("matching", ["first", "all"])
@pytest.mark.parametrize("plugin", ["corrected", "published"])
def test_the_bundled_rules_on_random_lines(plugin: str, matching: str) -> None:
    catalog = load_catalog(plugin)
    ruleset = load(read_rule_files(), catalog).checked()
    lines = list(LineMaker(random.Random(7), reviews()).lines(600))
    compare(catalog, ruleset, lines, plugin, matching)
