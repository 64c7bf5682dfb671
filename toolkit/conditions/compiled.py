"""Conditions turned into Python: one function that tells which of several rules hold on an event.

What a check means stands in `walk`; here it is only written so that it runs faster. The same rules give the same text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from toolkit.conditions.check_code import CheckCode, OffReview
from toolkit.conditions.check_compiler import CompiledCheck
from toolkit.conditions.compiler import Compiled
from toolkit.conditions.nodes import Check, FieldRef, Node, children, leaves
from toolkit.conditions.operand_compiler import CompiledOperand
from toolkit.conditions.simplify import Rest
from toolkit.conditions.walk import evaluate, operand_value
from toolkit.fields.generated import run_source
from toolkit.fields.model import Value

Reader = Callable[[Any], Value]
"""Reads a field off an event."""

Fired = Callable[[Any, Any], Sequence[int]]
"""Tells of a decoded review and an event which rules fire, by number."""

MOST_CHECKS = 20_000
"""So many checks are written into one function; rules beyond that are walked."""
DEEPEST = 40
"""Conditions nested deeper are walked."""
_INDENT = "    "


@dataclass(frozen=True, slots=True)
class Candidate:
    """A rule that may still hold: its number, its name for readers, its condition, and what is left to be asked."""

    number: int
    name: str
    condition: Compiled
    rest: Rest


@dataclass(frozen=True, slots=True)
class Code:
    """The text of `fired(review, event)`, and what it calls by name: operands, tests, and conditions to be walked."""

    text: str
    operands: Mapping[str, CompiledOperand]
    constants: Mapping[str, object]
    notes: Mapping[str, str]
    off_review: OffReview

    @property
    def explained(self) -> str:
        """The text, and before it in comments what the tests and sets are that it names."""
        return "".join(f"# {name}: {ascii(note)[1:-1] or '-'}\n" for name, note in self.notes.items()) + self.text

    @property
    def reads_event(self) -> bool:
        """Whether anything in it is read off the event instead of the decoded review."""
        return "(event)" in self.text

    @property
    def fields(self) -> frozenset[FieldRef]:
        """The fields that it reads, but for those of conditions that are walked."""
        return frozenset(field for operand in self.operands.values() for field in operand.fields)

    def function(self, reader: Callable[[FieldRef], Reader], names: Mapping[str, object] | None = None) -> Fired:
        """Return the function, which gives the numbers of the rules that hold.

        `reader` gives those of fields, `names` are what the expressions of fields name.
        """
        readers = {f"read_{name}": self._reader(operand, reader) for name, operand in self.operands.items()}
        namespace = run_source(self.text, "conditions", {**(names or {}), **self.constants, **readers})
        fired: Fired = namespace["fired"]
        return fired

    def _reader(self, operand: CompiledOperand, reader: Callable[[FieldRef], Reader]) -> Reader:
        if all(field in self.off_review for field in operand.fields):
            return operand_reader(operand, reader)

        def off_event(field: FieldRef) -> Reader:
            read = reader(field)
            return (lambda event: read(event.review)) if field in self.off_review else read

        return operand_reader(operand, off_event)


def write(candidates: Sequence[Candidate], *, first_only: bool, off_review: OffReview | None = None) -> Code:
    """Return the function of some rules in their order; with `first_only` it stops at the first that holds.

    `off_review` are the fields that are read off the decoded review, all others are read off the event.
    """
    return _Writer(first_only, off_review or {}).write(candidates)


def operand_reader(operand: CompiledOperand, reader: Callable[[FieldRef], Reader]) -> Reader:
    """Return what reads an operand: a field, or what transformers make of fields."""
    if operand.is_field:
        return reader(operand.fields[0])
    readers = {(field.name, field.argument): reader(field) for field in operand.fields}
    return lambda event: operand_value(operand, lambda name, argument: readers[name, argument](event))


def checks_of(condition: Compiled) -> dict[Check, CompiledCheck]:
    """Return the compiled form of each check of a condition; equal checks mean the same."""
    return {step.check.node: step.check for step in condition.steps}


class _Writer:
    def __init__(self, first_only: bool, off_review: OffReview) -> None:
        self._first_only = first_only
        self._off_review = off_review
        self._checks = CheckCode(off_review)
        self._lines: list[str] = []
        self._walked: dict[str, object] = {}
        self._written = 0

    def write(self, candidates: Iterable[Candidate]) -> Code:
        for candidate in candidates:
            if candidate.rest is True:
                self._hit(candidate, 1)
                if self._first_only:
                    break
            elif candidate.rest is not False:
                self._lines.append(f"{_INDENT}if {self._condition(candidate, candidate.rest)}:  # {candidate.name!a}")
                self._hit(candidate, 2)
        head = ["def fired(review, event):"] + [f"{_INDENT}{name} = UNREAD" for name in self._checks.unread]
        if not self._first_only:
            head.append(f"{_INDENT}numbers = []")
        end = f"{_INDENT}return {'()' if self._first_only else 'numbers'}"
        constants = {**self._checks.constants, **self._walked}
        return Code(
            "\n".join([*head, *self._lines, end, ""]),
            self._checks.operands,
            constants,
            self._checks.notes,
            self._off_review,
        )

    def _hit(self, candidate: Candidate, depth: int) -> None:
        words = f"return ({candidate.number},)" if self._first_only else f"numbers.append({candidate.number})"
        self._lines.append(_INDENT * depth + words)

    def _condition(self, candidate: Candidate, rest: Node) -> str:
        size = sum(1 for _ in leaves(rest))
        if self._written + size > MOST_CHECKS or _depth(rest) > DEEPEST:
            name = f"walked_{candidate.number}"
            condition = candidate.condition
            self._walked[name] = lambda event: evaluate(condition, event.value)
            return f"{name}(event)"
        self._written += size
        return self._checks.condition(rest, checks_of(candidate.condition))


def _depth(tree: Node) -> int:
    deepest, waiting = 0, [(tree, 1)]
    while waiting:
        node, depth = waiting.pop()
        deepest = max(deepest, depth)
        waiting += [(child, depth + 1) for child in children(node)]
    return deepest
