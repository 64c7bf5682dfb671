"""Text to tree: `and`, `or`, `not` and parentheses, with Falco's precedence, quirks, depth limit and messages.

Groups nest as deep as the limit allows, so the parser keeps its own stack and moves between a few states.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from functools import lru_cache

from toolkit.conditions import grammar
from toolkit.conditions.check_parser import CheckParser
from toolkit.conditions.errors import START, ConditionError, Position
from toolkit.conditions.lexer import Lexer
from toolkit.conditions.nodes import And, Node, Not, Operand, Or
from toolkit.conditions.operand_parser import OperandParser

MAX_DEPTH = 1000
"""How many productions may be open at once in a rule's or macro's condition."""
_REMEMBERED = 512


@lru_cache(_REMEMBERED)
def parse(text: str, max_depth: int = MAX_DEPTH) -> Node:
    """Return the tree of a condition's text; raise ConditionError with Falco's message and position.

    Rules are loaded again and again: with each overlay, on each reload.
    """
    return _Parser(text, max_depth).parse()


def parse_operand_prefix(text: str) -> tuple[Operand, int] | None:
    """Return the field or transformer call that `text` begins with and its length in characters, or None.

    Raises ConditionError where one begins but is not well formed.
    """
    lexer = Lexer(text)
    operand = OperandParser(lexer, MAX_DEPTH).operand(1)
    return (operand, lexer.consumed) if operand else None


class _Opener(Enum):
    """What a group began with, and with it what becomes of the group's condition."""

    TEXT = "the text itself"
    CHECK = "("
    NOT = "not("
    AND = "and("
    OR = "or("


@dataclass(slots=True)
class _Group:
    """An open group: its chain of alternatives, the chain of conjuncts of the last one, and a pending `not`."""

    opener: _Opener
    depth: int
    or_position: Position = START
    and_position: Position = START
    not_position: Position = START
    alternatives: list[Node] = field(default_factory=list)
    conjuncts: list[Node] = field(default_factory=list)
    negated: bool = False


_State = Callable[[], "_State | None"]


class _Parser:
    """Each state reads on and returns the next one; None ends the run."""

    def __init__(self, text: str, max_depth: int) -> None:
        self.lexer = Lexer(text)
        self.checks = CheckParser(self.lexer, max_depth)
        self.guard = self.checks.operands.guard
        self.groups: list[_Group] = []
        self.node: Node

    def parse(self) -> Node:
        if not self.lexer.text:
            raise ConditionError("filter input string is empty")
        state: _State | None = self._open(_Opener.TEXT, 0)
        while state:
            state = state()
        return self.node

    def _open(self, opener: _Opener, depth: int) -> _State:
        group = _Group(opener, depth)
        self.groups.append(group)
        self.guard(depth + 1)
        if opener is not _Opener.TEXT:
            self.lexer.blank()
        group.or_position = self.lexer.position()
        self.lexer.blank()
        return self._alternative

    def _alternative(self) -> _State:
        group = self.groups[-1]
        self.guard(group.depth + 2)
        group.and_position = self.lexer.position()
        self.lexer.blank()
        return self._conjunct

    def _conjunct(self) -> _State:
        group = self.groups[-1]
        self.guard(group.depth + 3)
        group.not_position = self.lexer.position()
        group.negated = False
        self.lexer.blank()
        while self.lexer.match(grammar.NOT_AND_BLANKS):
            group.negated = not group.negated
        self.guard(group.depth + 4)
        if self.lexer.word("not("):
            group.negated = not group.negated
            return self._open(_Opener.NOT, group.depth + 4)
        position = self.lexer.position()
        self.lexer.blank()
        if self.lexer.word("("):
            self.guard(group.depth + 5)
            return self._open(_Opener.CHECK, group.depth + 5)
        self.node = self.checks.check(group.depth + 4, position)
        return self._conjunct_read

    def _conjunct_read(self) -> _State:
        group = self.groups[-1]
        group.conjuncts.append(Not(self.node, group.not_position) if group.negated else self.node)
        return self._after_conjunct

    def _after_conjunct(self) -> _State:
        group = self.groups[-1]
        self.lexer.blank()
        if self.lexer.word("and"):
            return self._next("and", self._conjunct, _Opener.AND, group.depth + 3)
        group.alternatives.append(
            group.conjuncts[0] if len(group.conjuncts) == 1 else And(tuple(group.conjuncts), group.and_position)
        )
        group.conjuncts = []
        return self._after_alternative

    def _after_alternative(self) -> _State:
        group = self.groups[-1]
        self.lexer.blank()
        if self.lexer.word("or"):
            return self._next("or", self._alternative, _Opener.OR, group.depth + 2)
        alternatives = group.alternatives
        self.node = alternatives[0] if len(alternatives) == 1 else Or(tuple(alternatives), group.or_position)
        return self._close

    def _next(self, word: str, state: _State, opener: _Opener, depth: int) -> _State:
        if self.lexer.blank():
            return state
        if self.lexer.word("("):
            self.guard(depth)
            return self._open(opener, depth)
        raise self.lexer.error(f"expected blank or '(' after '{word}'")

    def _close(self) -> _State | None:
        opener = self.groups.pop().opener
        if opener is _Opener.TEXT:
            if not self.lexer.at_end:
                raise self.lexer.error(f"unexpected token after '{self.lexer.last}', expecting 'or', 'and'")
            return None
        if not self.lexer.word(")"):
            raise self.lexer.error(grammar.EXPECTED_CLOSING)
        group = self.groups[-1]
        if opener is _Opener.AND:
            group.conjuncts.append(self.node)
            return self._after_conjunct
        if opener is _Opener.OR:
            # What is opened by `or(` is an alternative of its own: no `and` may follow it.
            group.alternatives.append(self.node)
            return self._after_alternative
        return self._conjunct_read
