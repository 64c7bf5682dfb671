"""Rules as one function of an event, with nothing settled beforehand."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from toolkit.conditions.compiled import Candidate, Code, Reader, write
from toolkit.conditions.nodes import FieldRef
from toolkit.conditions.walk import evaluate
from toolkit.ruleset.outputs import Fields
from toolkit.ruleset.rules import Rule

Holding = Callable[[Fields], list[Rule]]
"""Gives the rules whose conditions hold on an event, in order."""


def holding(rules: Sequence[Rule], kind: str = "compiled") -> Holding:
    """Return what tells which rules hold; `kind` is `compiled`, or `walk`, which is what the other is held against."""
    if kind == "walk":
        return lambda fields: [rule for rule in rules if evaluate(rule.condition, fields.value)]
    fired = unsettled(rules, first_only=False).function(general_reader)
    return lambda fields: [rules[number] for number in fired(fields, fields)]


def unsettled(rules: Sequence[Rule], *, first_only: bool) -> Code:
    """Return the source of that function; with `first_only` it stops at the first rule that holds."""
    numbered = enumerate(rules)
    candidates = [Candidate(number, rule.name, rule.condition, rule.condition.tree) for number, rule in numbered]
    return write(candidates, first_only=first_only)


def general_reader(field: FieldRef) -> Reader:
    """Return what reads a field off an event, whatever the event's shape."""
    name, argument = field.name, field.argument
    return lambda event: event.value(name, argument)
