"""Why a condition holds or not on an event: the checks that settled it, and the values they saw."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count

from toolkit.conditions.compiler import HOLDS, Compiled
from toolkit.conditions.nodes import And, Check, FieldRef, Macro, Node, Not, Or, fold
from toolkit.conditions.walk import Lookup, check_holds
from toolkit.fields.model import Value


@dataclass(frozen=True, slots=True)
class Read:
    """A field and its value on the event; None is missing."""

    field: FieldRef
    value: Value


@dataclass(frozen=True, slots=True)
class Outcome:
    """A check that was tried: its number in the condition from 0, whether it held, and what it read."""

    number: int
    check: Check
    holds: bool
    reads: tuple[Read, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """Whether the condition holds, the checks tried in order, and among them those that settled it.

    An `and` fails by the first condition that fails, an `or` by all of them together, and the other way round.
    """

    holds: bool
    tried: tuple[Outcome, ...]
    decided_by: tuple[Outcome, ...]


def explain(compiled: Compiled, lookup: Lookup) -> Explanation:
    """Return why the condition holds or not on the event whose fields `lookup` gives."""
    tried: dict[int, Outcome] = {}
    at = 0
    while at >= 0:
        step = compiled.steps[at]
        holds = check_holds(step.check, lookup)
        operands = [operand for operand in (step.check.left, step.check.right) if operand]
        fields = dict.fromkeys(field for operand in operands for field in operand.fields)
        reads = tuple(Read(field, lookup(field.name, field.argument)) for field in fields)
        tried[at] = Outcome(at, step.check.node, holds, reads)
        at = step.on_true if holds else step.on_false
    return Explanation(at == HOLDS, tuple(tried.values()), _decided_by(compiled.tree, tried))


@dataclass(frozen=True, slots=True)
class _Verdict:
    """What part of a tree came to; `holds` is None where it was not tried."""

    holds: bool | None
    decided_by: tuple[Outcome, ...] = ()


def _decided_by(tree: Node, tried: dict[int, Outcome]) -> tuple[Outcome, ...]:
    numbers = count()

    def leaf(_leaf: Check | Macro) -> _Verdict:
        outcome = tried.get(next(numbers))
        return _Verdict(outcome.holds, (outcome,)) if outcome else _Verdict(None)

    return fold(tree, leaf, _combined).decided_by


def _combined(node: And | Or | Not, parts: list[_Verdict]) -> _Verdict:
    if isinstance(node, Not):
        return _Verdict(None if parts[0].holds is None else not parts[0].holds, parts[0].decided_by)
    settles = isinstance(node, Or)
    settling = [part for part in parts if part.holds is settles]
    if settling:
        return _Verdict(settles, settling[0].decided_by)
    if any(part.holds is None for part in parts):
        return _Verdict(None)
    return _Verdict(not settles, tuple(outcome for part in parts for outcome in part.decided_by))
