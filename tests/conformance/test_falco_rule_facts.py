"""Facts about rules, lists, macros and exceptions, on events whose field values are given."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from engine_runs import KINDS
from recordings import DATA, json_lines

from toolkit.engine.choice import make_engine
from toolkit.fields.catalog import load_catalog
from toolkit.fields.extractor import Extractor
from toolkit.fields.model import Value
from toolkit.ruleset.loader import RuleFile, load

FACTS = list(json_lines(DATA / "rule-facts.jsonl"))
CATALOG = load_catalog("corrected")


class GivenFields:
    """Field values by name; what is not given is missing."""

    def __init__(self, values: dict[str, Value]) -> None:
        self._values = values

    def value(self, name: str, argument: str | None = None) -> Value:
        value = self._values.get(name if argument is None else f"{name}[{argument}]")
        return value or None if isinstance(value, list) else value

    output_value = value

    def text(self, name: str, argument: str | None = None) -> str | None:
        value = self.value(name, argument)
        return None if value is None else str(value)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact["id"])
def test_a_fact_holds(fact: dict[str, Any], kind: str, record_property: Callable[[str, object], None]) -> None:
    record_property("compared rule facts", 1)
    files = [RuleFile(f"{number}.yaml", text.encode()) for number, text in enumerate(fact["rules"])]
    loaded = load(files, CATALOG)
    errors = [(error.code.name, error.message) for result in loaded.results for error in result.errors]
    assert errors[:1] == ([tuple(fact["error"])] if fact["error"] else []), fact["why"]
    if fact["warnings"] is not None:
        assert [one.code.name for result in loaded.results for one in result.warnings] == fact["warnings"], fact["why"]
    if fact["error"]:
        return
    engine = make_engine(kind, loaded.checked(), Extractor(CATALOG), fact["rule_matching"])
    matches = [[rule.name for rule in engine.fired(GivenFields(values))] for values in fact["events"]]
    assert matches == fact["matches"], fact["why"]


def test_all_recorded_facts_are_compared() -> None:
    assert len(FACTS) == 56
