"""What is left of the rules for one sort of request: its resource, verb, subresource, group and kind are settled once.

Sorts for which the same is left share one function. All tables are bounded.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from toolkit.conditions.check_code import OffReview
from toolkit.conditions.check_compiler import CompiledCheck
from toolkit.conditions.compiled import Candidate, Fired, Reader, checks_of, write
from toolkit.conditions.nodes import Check, FieldRef
from toolkit.conditions.simplify import Rest, conjuncts, simplify
from toolkit.conditions.walk import check_holds
from toolkit.fields.catalog import Catalog
from toolkit.fields.event import Subject
from toolkit.fields.gates import Gate
from toolkit.fields.model import Field, Value
from toolkit.fields.readers import PathRead
from toolkit.ruleset.rules import Rule

KEY_FIELDS = ("kar.target.resource", "kar.target.subresource", "kar.verb", "kar.target.kind", "kar.target.group")
"""Fields that have few values in a log, in the order of a sort's values."""
MOST_CASES = 1000
"""So many cases are remembered; there are fewer, since only outcomes of checks tell them apart."""
MOST_SOURCE = 50_000_000
"""So many characters of generated Python are remembered with them."""

_ALWAYS_THERE = ("kar.uid", "kar.auditid", "kar.verb")
_CONSTANT = {"evt.source", "evt.pluginname", "evt.is_async", "evt.asynctype"}
_ORDER = frozenset({"=", "==", "!=", "<", "<=", ">", ">="})
_NOTHING: frozenset[FieldRef] = frozenset()

Outcomes = tuple[bool | None, ...]


class Sort(NamedTuple):
    """A sort of request: the values of `KEY_FIELDS`, and what the request is about."""

    values: tuple[Value, ...]
    subject: Subject


class Case(NamedTuple):
    """What is left of the rules for some sorts of request.

    `fired` gives the numbers of the rules that fire, of a decoded review and an event. It reads `fields`, some of them
    off the event if `reads_event`. `admitted` are the gates that such requests pass.
    """

    fired: Fired
    fields: frozenset[FieldRef]
    reads_event: bool
    admitted: frozenset[Gate]


class Cases:
    """Finds the case of a sort.

    `reader` gives what reads a field; `off_review` are the fields that are read off the decoded review, and `names`
    what their expressions name.
    """

    def __init__(
        self,
        rules: Sequence[Rule],
        catalog: Catalog,
        reader: Callable[[FieldRef], Reader],
        *,
        first_only: bool,
        off_review: OffReview | None = None,
        names: Mapping[str, object] | None = None,
    ) -> None:
        self._reader = reader
        self._rules = rules
        self._catalog = catalog
        self._first_only = first_only
        self._off_review = off_review or {}
        self._names = names or {}
        self._checks: dict[Check, CompiledCheck] = {}
        for rule in rules:
            self._checks |= checks_of(rule.condition)
        self._settleable = [check for check in self._checks.values() if self._may_settle(check)]
        self._needed = [frozenset(conjuncts(rule.condition.tree)) for rule in rules]
        self.gates = _gates(catalog)
        self._by_outcomes: dict[tuple[Outcomes, frozenset[Gate]], Case] = {}
        self._source = 0
        self._by_rests: dict[tuple[tuple[int, Rest], ...], tuple[Fired, frozenset[FieldRef], bool]] = {}

    def of(self, sort: Sort) -> Case:
        """Return the case of a sort of request."""
        admitted = frozenset(gate for gate in self.gates if gate.admits(sort.subject))
        outcomes = tuple(self._outcome(check, sort, admitted) for check in self._settleable)
        key = (outcomes, admitted)
        found = self._by_outcomes.get(key)
        if found is None:
            if len(self._by_outcomes) >= MOST_CASES or self._source > MOST_SOURCE:
                self._source = 0
                self._by_outcomes.clear()
                self._by_rests.clear()
            found = self._by_outcomes[key] = self._case(outcomes, admitted)
        return found

    def _case(self, outcomes: Outcomes, admitted: frozenset[Gate]) -> Case:
        pairs = zip(self._settleable, outcomes, strict=True)
        known = {check.node: outcome for check, outcome in pairs if outcome is not None}
        fails = {check for check, outcome in known.items() if not outcome}
        rests: list[tuple[int, Rest]] = []
        for number, rule in enumerate(self._rules):
            rest = False if not fails.isdisjoint(self._needed[number]) else simplify(rule.condition.tree, known)
            if rest is not False:
                rests.append((number, rest))
            if rest is True and self._first_only:
                break
        return Case(*self._function(tuple(rests)), admitted) if rests else Case(none_fires, _NOTHING, False, admitted)

    def _function(self, rests: tuple[tuple[int, Rest], ...]) -> tuple[Fired, frozenset[FieldRef], bool]:
        found = self._by_rests.get(rests)
        if found is None:
            rules = [(self._rules[number], number, rest) for number, rest in rests]
            candidates = [Candidate(number, rule.name, rule.condition, rest) for rule, number, rest in rules]
            code = write(candidates, first_only=self._first_only, off_review=self._off_review)
            self._source += len(code.text)
            function = code.function(self._reader, self._names)
            found = self._by_rests[rests] = (function, code.fields, code.reads_event)
        return found

    def _fields(self, check: CompiledCheck) -> list[Field]:
        references = (*check.left.fields, *(check.right.fields if check.right else ()))
        return [field for reference in references if (field := self._catalog.find(reference.name))]

    def _may_settle(self, check: CompiledCheck) -> bool:
        fields = self._fields(check)
        return (
            all(field.name in KEY_FIELDS or field.name in _CONSTANT for field in fields)
            or any(field.gate or field.never for field in fields)
            or self._is_always_there(check)
            or _is_about_num(check)
        )

    def _is_always_there(self, check: CompiledCheck) -> bool:
        node = check.node
        if node.operator != "exists" or not isinstance(node.left, FieldRef) or node.left.name not in _ALWAYS_THERE:
            return False
        field = self._catalog.find(node.left.name)
        return field is not None and isinstance(field.read, PathRead)

    def _outcome(self, check: CompiledCheck, sort: Sort, admitted: frozenset[Gate]) -> bool | None:
        fields = self._fields(check)
        if any(field.never or (field.gate and field.gate not in admitted) for field in fields):
            return False
        if self._is_always_there(check) or _is_about_num(check):
            return True if check.node.operator == "exists" else check.test(1)
        if all(field.name in KEY_FIELDS or field.name in _CONSTANT for field in fields):
            return check_holds(check, lambda name, argument: self._value(name, argument, sort))
        return None

    def _value(self, name: str, argument: str | None, sort: Sort) -> Value:
        if name in KEY_FIELDS:
            return sort.values[KEY_FIELDS.index(name)]
        field = self._catalog.find(name)
        assert field is not None
        return field.read(None, argument)  # type: ignore[arg-type] # constants look at no event


def none_fires(review: object, event: object) -> tuple[int, ...]:  # noqa: ARG001
    """Return that no rule fires."""
    return ()


def _gates(catalog: Catalog) -> tuple[Gate, ...]:
    return tuple(dict.fromkeys(field.gate for field in catalog if field.gate))


def _is_about_num(check: CompiledCheck) -> bool:
    """Return whether a check compares the event's number, which is 1 or more, with 0: it comes out the same for all."""
    node = check.node
    if not isinstance(node.left, FieldRef) or node.left.name != "evt.num" or check.right is not None:
        return False
    right = node.right
    return node.operator == "exists" or (
        node.operator in _ORDER and node.modifier is None and getattr(right, "value", None) == "0"
    )
