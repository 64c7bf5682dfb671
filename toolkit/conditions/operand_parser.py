"""Reads fields and transformer calls. Calls nest up to the depth limit, so no function calls itself."""

from __future__ import annotations

from dataclasses import dataclass, field

from toolkit.conditions import grammar
from toolkit.conditions.errors import Position
from toolkit.conditions.lexer import Lexer
from toolkit.conditions.nodes import Argument, Constant, FieldRef, InlineList, Operand, Transformer

CALLS = tuple(f"{name}(" for name in grammar.TRANSFORMERS)
_VAL_CALL = f"{grammar.VAL}("


@dataclass(slots=True)
class _Open:
    """A call, or with no name an inline list, whose closing parenthesis is still to come."""

    name: str | None
    position: Position
    depth: int
    arguments: list[Argument] = field(default_factory=list)


class OperandParser:
    """Reads operands at a lexer's cursor; `depth` counts nested productions as Falco does."""

    def __init__(self, lexer: Lexer, max_depth: int) -> None:
        self.lexer = lexer
        self.max_depth = max_depth

    def guard(self, depth: int) -> None:
        """Raise ConditionError where a production would begin at or beyond the depth limit."""
        if depth >= self.max_depth:
            raise self.lexer.error(f"exceeded max depth limit of {self.max_depth}")

    def operand(self, depth: int, position: Position | None = None) -> Operand | None:
        """Read a field or a transformer call, or return None where neither begins."""
        where = position or self.lexer.position()
        name = self.lexer.match(grammar.FIELD_NAME)
        return self._field(name, where, depth) if name else self.call(depth, where)

    def call(self, depth: int, position: Position) -> Transformer | None:
        """Read a transformer call, or return None where none begins."""
        name = self.lexer.one_of(CALLS)
        return self._arguments(_Open(name[:-1], position, depth + 1)) if name else None

    def right_operand(self, depth: int) -> Transformer | None:
        """Read `val(field)` or a transformer call, or return None where neither begins."""
        self.guard(depth + 1)
        self.lexer.blank()
        position = self.lexer.position()
        if not self.lexer.word(_VAL_CALL):
            return self.call(depth + 1, position)
        self.lexer.blank()
        inner = self.lexer.position()
        name = self.lexer.match(grammar.FIELD_NAME)
        if not name:
            raise self.lexer.error(grammar.EXPECTED_VAL_FIELD)
        operand = self._field(name, inner, depth + 1)
        self.lexer.blank()
        self._expect(")", grammar.EXPECTED_CALL_CLOSING)
        return Transformer(grammar.VAL, (operand,), None, position)

    def _field(self, name: str, position: Position, depth: int) -> FieldRef:
        self.guard(depth + 1)
        return FieldRef(name, self._bracketed(), position)

    def _bracketed(self) -> str | None:
        if not self.lexer.word("["):
            return None
        argument = self.lexer.quoted()
        if argument is None:
            argument = self.lexer.match(grammar.BARE_ARGUMENT)
        if argument is None:
            raise self.lexer.error(grammar.EXPECTED_FIELD_ARGUMENT)
        self._expect("]", grammar.EXPECTED_BRACKET)
        return argument

    def _arguments(self, outermost: _Open) -> Transformer:
        """Read everything up to the closing parenthesis of `outermost`."""
        waiting = [outermost]
        self._enter(outermost)
        while True:
            value = self._argument(waiting)
            while value is not None:
                innermost = waiting[-1]
                innermost.arguments.append(value)
                value = None if self._more(innermost) else self._close(waiting)
                if isinstance(value, Transformer) and not waiting:
                    return value

    def _enter(self, call: _Open) -> None:
        self.lexer.blank()
        self.guard(call.depth)
        self.lexer.blank()

    def _argument(self, waiting: list[_Open]) -> Argument | None:
        """Read one argument, or open a nested call or list and return None."""
        innermost = waiting[-1]
        return self._item(waiting) if innermost.name is None else self._call_argument(waiting)

    def _call_argument(self, waiting: list[_Open]) -> Argument | None:
        depth = waiting[-1].depth + 1
        position = self.lexer.position()
        self.guard(depth)
        self.lexer.blank()
        constant = self._number(position) or self._string(position)
        if constant:
            return constant
        if self.lexer.word("("):
            return self._open_list(waiting, position, depth)
        name = self.lexer.one_of(CALLS)
        if name:
            self._open_call(waiting, name, position, depth)
            return None
        name = self.lexer.match(grammar.FIELD_NAME)
        if name:
            return self._field(name, position, depth)
        raise self.lexer.error(grammar.EXPECTED_CALL_ARGUMENT)

    def _item(self, waiting: list[_Open]) -> Argument | None:
        innermost = waiting[-1]
        name = self.lexer.match(grammar.FIELD_NAME)
        if name:
            return self._field(name, innermost.position, innermost.depth)
        name = self.lexer.one_of(CALLS)
        if name:
            self._open_call(waiting, name, innermost.position, innermost.depth)
            return None
        constant = self._string(innermost.position) or self._number(innermost.position)
        if constant:
            return constant
        raise self.lexer.error(grammar.EXPECTED_INLINE_ITEM)

    def _open_list(self, waiting: list[_Open], position: Position, depth: int) -> Argument | None:
        self.lexer.blank()
        if self.lexer.word(")"):
            return InlineList((), position)
        waiting.append(_Open(None, position, depth))
        return None

    def _open_call(self, waiting: list[_Open], name: str, position: Position, depth: int) -> None:
        waiting.append(_Open(name[:-1], position, depth + 1))
        self._enter(waiting[-1])

    def _more(self, innermost: _Open) -> bool:
        self.lexer.blank()
        if not self.lexer.word(","):
            return False
        if innermost.name is None:
            self.lexer.blank()
        return True

    def _close(self, waiting: list[_Open]) -> Argument:
        closed = waiting.pop()
        if closed.name is None:
            self._expect(")", grammar.EXPECTED_INLINE_CLOSING)
            return InlineList(tuple(closed.arguments), closed.position)
        self._expect(")", grammar.EXPECTED_CALL_CLOSING)
        return Transformer(closed.name, tuple(closed.arguments), self._bracketed(), closed.position)

    def _number(self, position: Position) -> Constant | None:
        token = self.lexer.match(grammar.HEX) or self.lexer.match(grammar.NUMBER)
        return Constant(token, position) if token else None

    def _string(self, position: Position) -> Constant | None:
        token = self.lexer.quoted()
        return None if token is None else Constant(token, position)

    def _expect(self, word: str, message: str) -> None:
        if not self.lexer.word(word):
            raise self.lexer.error(message)
