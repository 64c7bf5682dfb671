"""Why a rule did what it did on an event: checks, values and places in words that people read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from toolkit.conditions.check_compiler import constants
from toolkit.conditions.explain import Explanation, Outcome, Read, explain
from toolkit.conditions.nodes import Check
from toolkit.conditions.text import render
from toolkit.fields.catalog import Catalog
from toolkit.fields.extractor import EventFields
from toolkit.fields.model import Value
from toolkit.judge.hints import near_value
from toolkit.judge.model import Decision, Quote, Reading, Why
from toolkit.located import Located
from toolkit.places import Place, shown
from toolkit.ruleset.rules import Rule
from toolkit.texts import visible

MISSING = "<NA>"
_WIDTH = 120

Written = Callable[[Rule, Check], tuple[Place, str | None]]
"""Tells where a rule's check is written, and in which macro."""


def why(
    rule: Rule,
    events: Sequence[tuple[Place, EventFields]],
    catalog: Catalog,
    written: Written,
    manifests: Sequence[Located],
) -> Why:
    """Explain a rule by that of some events on which its condition got furthest."""
    explained = [(place, explain(rule.condition, fields.value)) for place, fields in events]
    place, explanation = max(explained, key=lambda each: (_reached(each[1]), -(each[0].line or 0)))
    reads = dict.fromkeys(_reading(read) for outcome in explanation.tried for read in outcome.reads)
    return Why(
        event=place,
        rule=_shown_place(rule.place),
        fired=explanation.holds,
        decided_by=tuple(_decision(rule, outcome, written) for outcome in explanation.decided_by),
        reads=tuple(reads),
        manifest=_quote(manifests, explanation.decided_by),
        hint=None if explanation.holds else _hint(explanation.decided_by, catalog),
    )


def _reached(explanation: Explanation) -> int:
    return max((outcome.number for outcome in explanation.tried), default=0)


def _decision(rule: Rule, outcome: Outcome, written: Written) -> Decision:
    place, inside = written(rule, outcome.check)
    reads = tuple(map(_reading, outcome.reads))
    return Decision(_cut(_visible(render(outcome.check))), outcome.holds, reads, _shown_place(place), inside)


def _shown_place(place: Place) -> Place:
    return replace(place, file=shown(Path(place.file)), column=None)


def _reading(read: Read) -> Reading:
    return Reading(str(read.field), shown_value(read.value))


def shown_value(value: Value) -> str:
    """Return a value in words: texts quoted, lists in parentheses, `<NA>` where there is none; cut when long."""
    if value is None:
        return MISSING
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, str):
        return _cut(f'"{_visible(value)}"')
    quoted = (f'"{_visible(text)}"' for text in value)
    return _cut(f"({', '.join(quoted)})")


def _visible(text: str) -> str:
    return visible(text).replace("\n", "\\n").replace("\t", "\\t")


def _cut(text: str) -> str:
    return text if len(text) <= _WIDTH else f"{text[:_WIDTH]}… ({len(text)} characters)"


def _texts(outcomes: Iterable[Outcome]) -> list[str]:
    """Return the values that some checks read, one by one, as texts."""
    found: list[str] = []
    for read in (read for outcome in outcomes for read in outcome.reads):
        values = read.value if isinstance(read.value, list) else [read.value]
        found += [
            str(value).lower() if isinstance(value, bool) else str(value) for value in values if value is not None
        ]
    return found


def _quote(manifests: Sequence[Located], decided_by: Sequence[Outcome]) -> Quote | None:
    """Return the first line of the manifests that holds a value which the deciding checks read."""
    wanted = set(_texts(decided_by))
    for manifest in manifests:
        for scalar in manifest.scalars():
            text = str(scalar.value).lower() if isinstance(scalar.value, bool) else str(scalar.value)
            if text in wanted:
                return Quote(scalar.place, _cut(_visible(text)))
    return None


def _hint(decided_by: Sequence[Outcome], catalog: Catalog) -> str | None:
    """Return the likely reason why a condition did not hold."""
    for outcome in decided_by:
        if outcome.holds:
            continue
        hint = near_value(_texts([outcome]), constants(outcome.check)) or _never(outcome, catalog)
        if hint:
            return hint
    return None


def _never(outcome: Outcome, catalog: Catalog) -> str | None:
    for read in outcome.reads:
        field = catalog.find(read.field.name)
        if field and field.never and read.value is None:
            return f"{read.field.name} never has a value on admission events: {field.never}"
    return None
