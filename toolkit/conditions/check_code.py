"""Checks and their combinations as Python expressions over variables that hold the operands' values."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from toolkit.conditions.check_compiler import CompiledCheck, constants
from toolkit.conditions.constants import constant_value
from toolkit.conditions.grammar import EXISTS
from toolkit.conditions.nodes import And, Check, FieldRef, Macro, Node, Not, Operand, leaves
from toolkit.conditions.operand_compiler import CompiledOperand
from toolkit.conditions.text import render
from toolkit.fields.model import FieldType

_SIMPLE = {"=": "==", "==": "==", "!=": "!="}
_ORDER = frozenset({"<", "<=", ">", ">="})
_LONGEST_LIST = 50
"""Longer lists are named, not written out."""

OffReview = Mapping[FieldRef, str | None]
"""Fields that are read off the decoded review; those that an expression gives have it here."""


class CheckCode:
    """Writes expressions, and keeps what they name: operands by their variable, tests and sets by their name.

    `notes` say of tests and sets what they are.

    Of several conditions the cheaper ones come first: none changes anything, so what they come to stays the same.

    A variable is filled where it is first needed; one that may not have been filled yet is compared with `UNREAD`.
    """

    def __init__(self, off_review: OffReview) -> None:
        self.operands: dict[str, CompiledOperand] = {}
        self.constants: dict[str, object] = {"UNREAD": object()}
        self.notes: dict[str, str] = {}
        self.unread: dict[str, None] = {}
        self._off_review = off_review
        self._names: dict[Operand, str] = {}
        self._seen: set[str] = set()
        self._surely: frozenset[str] = frozenset()

    def condition(self, tree: Node, checks: Mapping[Check, CompiledCheck]) -> str:
        """Return the expression of a condition; `checks` are its compiled checks."""
        if isinstance(tree, Check):
            return self._check(checks[tree])
        assert not isinstance(tree, Macro)
        if isinstance(tree, Not):
            return f"not ({self.condition(tree.child, checks)})"
        ordered = sorted(tree.children, key=lambda child: self._price(child, checks))
        first = self.condition(ordered[0], checks)
        after_first = self._surely
        others = [self.condition(child, checks) for child in ordered[1:]]
        self._surely = after_first
        return (" and " if isinstance(tree, And) else " or ").join(f"({part})" for part in (first, *others))

    def _price(self, tree: Node, checks: Mapping[Check, CompiledCheck]) -> int:
        """Return how many operands are read off the event, which costs far more than off the decoded review."""
        found = [checks[leaf] for leaf in leaves(tree) if isinstance(leaf, Check)]
        operands = {operand.node: operand.fields for check in found for operand in (check.left, check.right) if operand}
        return sum(not all(field in self._off_review for field in fields) for fields in operands.values())

    def _check(self, check: CompiledCheck) -> str:
        if check.right is not None and check.pair_test is not None:
            return self._pair(check)
        node, name = check.node, self._variable(check.left)
        read = self._read(name)
        if node.operator == EXISTS:
            return f"{read} is not None"
        plain = self._plain(check, name, read)
        if plain:
            return plain
        return f"{read} is not None and {self._constant('test', check.test, render(node))}({name})"

    def _pair(self, check: CompiledCheck) -> str:
        assert check.right is not None
        left, right = self._variable(check.left), self._variable(check.right)
        first = self._read(left)
        before = self._surely
        second = self._read(right)
        self._surely = before
        test = self._constant("test", check.pair_test, render(check.node))
        return f"{first} is not None and {second} is not None and {test}({left}, {right})"

    def _plain(self, check: CompiledCheck, name: str, read: str) -> str | None:
        """Return the expression of a check that Python has an operator for."""
        node, left = check.node, check.left
        if node.modifier or left.terminated:
            return None
        values = [constant_value(text, left.type) for text in constants(node)]
        if node.operator in ("in", "intersects"):
            return self._member(node.operator, left, name, read, values)
        if left.is_list or node.operator == "pmatch":
            return None
        value = values[0]
        if node.operator in _SIMPLE:
            missing = f"{read} is not None and " if node.operator == "!=" else ""
            return f"{missing}{name if missing else read} {_SIMPLE[node.operator]} {value!a}"
        if left.type is not FieldType.STRING:
            return f"{read} is not None and {name} {node.operator} {value!a}" if node.operator in _ORDER else None
        return self._on_text(node.operator, str(value), name, read)

    def _on_text(self, operator: str, value: str, name: str, read: str) -> str | None:
        if not value.isascii():
            return None
        if operator == "contains":
            return f"{read} is not None and {value!a} in {name}"
        if operator in ("startswith", "endswith"):
            return f"{read} is not None and {name}.{operator}({value!a})"
        return None

    def _member(self, operator: str, left: CompiledOperand, name: str, read: str, values: Sequence[object]) -> str:
        if not left.is_list:
            return f"{read} in {self._set(values, literal=True)}" if values else f"{read} is not None and False"
        known = self._set(values, literal=False)
        if operator == "intersects":
            return f"{read} is not None and not {known}.isdisjoint({name})"
        return f"{read} is not None and {known}.issuperset({name})"

    def _set(self, values: Sequence[object], *, literal: bool) -> str:
        distinct = list(dict.fromkeys(values))
        if literal and len(distinct) <= _LONGEST_LIST:
            return "{" + ", ".join(f"{value!a}" for value in distinct) + "}"
        return self._constant("set", frozenset(distinct), ", ".join(f"{value!a}" for value in distinct))

    def _constant(self, what: str, value: object, note: str) -> str:
        name = f"{what}_{len(self.constants)}"
        self.constants[name] = value
        self.notes[name] = note
        return name

    def _variable(self, operand: CompiledOperand) -> str:
        if operand.node not in self._names:
            plain = re.sub(r"\W", "_", operand.name, flags=re.ASCII) if isinstance(operand.node, FieldRef) else "made"
            name = f"{plain}_{len(self._names)}"
            self._names[operand.node] = name
            self.operands[name] = operand
        return self._names[operand.node]

    def _read(self, name: str) -> str:
        if name in self._surely:
            return name
        operand = self.operands[name]
        call = self._reading(name, operand)
        again = name in self._seen
        self._seen.add(name)
        self._surely |= {name}
        if not again:
            return f"({name} := {call})"
        self.unread[name] = None
        return f"({name} if {name} is not UNREAD else ({name} := {call}))"

    def _reading(self, name: str, operand: CompiledOperand) -> str:
        if operand.is_field and (expression := self._off_review.get(operand.fields[0])):
            return expression
        is_off_review = all(field in self._off_review for field in operand.fields)
        return f"read_{name}({'review' if is_off_review else 'event'})"
