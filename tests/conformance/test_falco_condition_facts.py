"""Every recorded fact about conditions: does it load, and does it hold on these field values."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from toolkit.conditions.compiled import Candidate, Fired, write
from toolkit.conditions.compiler import Compiled, compile_condition
from toolkit.conditions.errors import ConditionError
from toolkit.conditions.explain import explain
from toolkit.conditions.parser import parse
from toolkit.conditions.text import render
from toolkit.conditions.walk import Lookup, evaluate
from toolkit.engine.predicates import general_reader
from toolkit.fields.catalog import Catalog, load_catalog
from toolkit.fields.model import Value

DATA = Path(__file__).resolve().parent / "data"


def read(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (DATA / name).read_text("utf-8").splitlines()]


Record = Callable[[str, object], None]
CORRECTED = load_catalog("corrected")
PUBLISHED = load_catalog("published")
FACTS = read("condition-facts.jsonl")
MESSAGES = read("condition-messages.jsonl")

FIRST_EVENT: dict[str, Value] = {
    "evt.source": "k8s_admission",
    "evt.is_async": False,
    "evt.num": 1,
    "evt.rawtime": 1_700_000_000_000_000_000,
}


class Given:
    """An event by the values of its fields."""

    def __init__(self, value: Lookup) -> None:
        self.value = value


def as_python(compiled: Compiled) -> Fired:
    return write([Candidate(0, "r", compiled, compiled.tree)], first_only=True).function(general_reader)


def test_all_recorded_facts_are_compared() -> None:
    assert len(FACTS) == 431
    assert len(MESSAGES) >= 150


@pytest.mark.parametrize("fact", FACTS, ids=[str(number) for number in range(1, len(FACTS) + 1)])
def test_a_fact_holds(fact: dict[str, Any], record_property: Record) -> None:
    def lookup(name: str, argument: str | None) -> Value:
        if name in FIRST_EVENT:
            return FIRST_EVENT[name]
        value: Value = fact["fields"].get(name if argument is None else f"{name}[{argument}]")
        return value or None if isinstance(value, list) else value

    record_property("compared condition facts", 1)
    compiled = compiled_or_error(fact["condition"], CORRECTED)
    if isinstance(compiled, ConditionError):
        assert fact["expected"] == "error", f"{compiled} at {compiled.position}: {fact['why']}"
        assert 0 <= compiled.index <= len(fact["condition"].encode())
    else:
        assert evaluate(compiled, lookup) is fact["expected"], fact["why"]
        assert bool(as_python(compiled)(Given(lookup), Given(lookup))) is fact["expected"]
        assert explain(compiled, lookup).holds is fact["expected"]
        assert parse(render(compiled.tree)) == compiled.tree


@pytest.mark.parametrize("recorded", MESSAGES, ids=[entry["condition"][:60] for entry in MESSAGES])
def test_a_message_is_falcos(recorded: dict[str, Any], record_property: Record) -> None:
    record_property("compared condition messages", 1)
    compiled = compiled_or_error(recorded["condition"], PUBLISHED)
    loads = recorded["message"] is None or recorded.get("warning", False)
    assert isinstance(compiled, Compiled) is loads
    said = compiled.warnings if isinstance(compiled, Compiled) else [compiled]
    assert [entry.message for entry in said] == ([recorded["message"]] if recorded["message"] else [])
    if recorded["position"]:
        place = said[0].position
        assert [place.index, place.line, place.column] == recorded["position"]


def compiled_or_error(text: str, catalog: Catalog) -> Compiled | ConditionError:
    try:
        return compile_condition(parse(text), catalog)
    except ConditionError as error:
        return error
