"""What rules want to know of the events that came before: a shard by itself cannot tell."""

from __future__ import annotations

from collections.abc import Iterator

from toolkit.conditions.nodes import Check, Constant, FieldRef, leaves
from toolkit.engine.run import Engine
from toolkit.ruleset.rules import Rule

_NUMBER = "evt.num"
_SINCE_FIRST = "evt.reltime"
_COMPARISONS = frozenset({"=", "==", "!=", "<", "<=", ">", ">="})


def counts_events(engine: Engine) -> str | None:
    """Return the name of a rule that depends on how many events came before, None where there is none.

    Numbers begin at 1, so a comparison of `evt.num` with 0, as macros that are always or never true have it, does not.
    """
    return next((rule.name for rule in engine.rules if _counts(rule)), None)


def counts_time(engine: Engine) -> bool:
    """Return whether a rule tells the time since the run's first event."""
    return any(name.startswith(_SINCE_FIRST) for rule in engine.rules for name in (*_tested(rule), *_printed(rule)))


def _counts(rule: Rule) -> bool:
    if _NUMBER in _printed(rule):
        return True
    is_tested = _NUMBER in _tested(rule)
    return is_tested and not all(isinstance(leaf, Check) and _is_settled(leaf) for leaf in leaves(rule.condition.tree))


def _is_settled(check: Check) -> bool:
    """Return whether a check comes to the same for whatever number from 1."""
    if check.left != FieldRef(_NUMBER):
        return not _mentions_number(check)
    is_zero = isinstance(check.right, Constant) and check.right.value == "0"
    return check.operator == "exists" or (is_zero and check.modifier is None and check.operator in _COMPARISONS)


def _mentions_number(check: Check) -> bool:
    return f"'{_NUMBER}'" in repr((check.left, check.right))


def _tested(rule: Rule) -> Iterator[str]:
    return (field.name for field in rule.condition.fields_used)


def _printed(rule: Rule) -> Iterator[str]:
    outputs = (rule.output, *(extra.format for extra in rule.extra_fields))
    return (field.name for output in outputs for field in output.fields_used)
