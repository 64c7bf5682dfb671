"""What rules came to over logs, for people and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import orjson

from toolkit.engine.summary import Distinct, RuleSummary, Summary
from toolkit.events.tally import Tally
from toolkit.events.times import in_words
from toolkit.ruleset.rules import Rule
from toolkit.texts import encode_json, visible


def text_summary(summary: Summary, rules: Sequence[Rule], tally: Tally) -> str:
    """Return a block of lines for each of the rules that fired, in their order, and what there was in all."""
    fired = summary.in_order(rule.name for rule in rules)
    lines = [line for name, found in fired for line in _lines(name, found)]
    alerts = sum(found.alerts for _, found in fired)
    lines.append(f"{len(fired)} of {len(rules)} rules fired: {alerts} alerts, {tally.reviews} events")
    return "".join(f"{line}\n" for line in lines)


def json_summary(summary: Summary, rules: Sequence[Rule], tally: Tally) -> str:
    """Return one JSON document, in one line; a count that is not exact is the least that there are."""
    priorities = {rule.name: rule.priority.in_alerts for rule in rules}
    document = {
        "events": tally.reviews,
        "broken_lines": tally.broken,
        "rules_on": len(rules),
        "rules": [
            {"rule": name, "priority": priorities[name], **_members(found)}
            for name, found in summary.in_order(priorities)
        ],
    }
    return f"{_json(document)}\n"


def _lines(name: str, found: RuleSummary) -> Iterator[str]:
    yield visible(name)
    counted = (f"{what} {_words(each)}" for what, each in _distinct(found).items())
    yield f"  alerts {found.alerts}, {', '.join(counted)}"
    if found.first_ns is not None and found.last_ns is not None:
        yield f"  from {in_words(found.first_ns)} to {in_words(found.last_ns)}"
    for example in found.examples:
        yield visible(f"  {example.place}: {example.line}")


def _members(found: RuleSummary) -> dict[str, Any]:
    counted = {what: {"count": each.count, "exact": each.is_exact} for what, each in _distinct(found).items()}
    return {
        "alerts": found.alerts,
        **counted,
        "first": None if found.first_ns is None else in_words(found.first_ns),
        "last": None if found.last_ns is None else in_words(found.last_ns),
        "examples": [{"place": str(example.place), "alert": example.line} for example in found.examples],
    }


def _distinct(found: RuleSummary) -> dict[str, Distinct]:
    return {"users": found.users, "namespaces": found.namespaces, "objects": found.objects}


def _words(counted: Distinct) -> str:
    return f"{counted.count}" if counted.is_exact else f"more than {counted.count}"


def _json(document: dict[str, Any]) -> str:
    try:
        return orjson.dumps(document).decode()
    except TypeError:
        return encode_json(document, 0).decode()
