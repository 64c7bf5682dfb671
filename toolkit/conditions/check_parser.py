"""Reads one check: an operand, an operator, and what the operand is compared with; or the name of a macro."""

from __future__ import annotations

from toolkit.conditions import grammar
from toolkit.conditions.errors import ConditionError, Position
from toolkit.conditions.lexer import Lexer
from toolkit.conditions.nodes import Check, Constant, ListLiteral, Macro, Operand, Right, Transformer
from toolkit.conditions.operand_parser import OperandParser


class CheckParser:
    """Reads checks at a lexer's cursor; `depth` counts nested productions as Falco does."""

    def __init__(self, lexer: Lexer, max_depth: int) -> None:
        self.lexer = lexer
        self.operands = OperandParser(lexer, max_depth)

    def check(self, depth: int, position: Position) -> Check | Macro:
        """Read a check or a macro's name that starts at `position`; raise ConditionError where neither begins."""
        operand = self.operands.operand(depth, position)
        if operand is not None:
            return self._test(operand, depth + 1, position)
        name = self.lexer.match(grammar.IDENTIFIER)
        if name:
            return Macro(name, position)
        raise self.lexer.error(grammar.EXPECTED_CHECK)

    def _test(self, left: Operand, depth: int, position: Position) -> Check:
        self.operands.guard(depth)
        self.lexer.blank()
        if self.lexer.word(grammar.EXISTS):
            return Check(left, grammar.EXISTS, position=position)
        operator = self.lexer.one_of(grammar.NUMBER_OPERATORS)
        if operator:
            return Check(left, operator, None, self._number(depth), position)
        operator = self.lexer.one_of(grammar.SYMBOL_OPERATORS)
        if operator:
            modifier = self._modifier() if self._blank_follows() else None
            return Check(left, operator, modifier, self._string_or_list(modifier, depth), position)
        operator = self.lexer.one_of(grammar.WORD_OPERATORS, after=grammar.BLANKS)
        if operator:
            modifier = self._modifier()
            return Check(left, operator, modifier, self._string_or_list(modifier, depth), position)
        operator = self.lexer.one_of(grammar.LIST_OPERATORS)
        if operator:
            return Check(left, operator, None, self._list(depth), position)
        raise self.lexer.error(grammar.EXPECTED_OPERATOR)

    def _blank_follows(self) -> bool:
        return any(self.lexer.follows(blank) for blank in grammar.BLANKS)

    def _modifier(self) -> str | None:
        """Take a modifier where one stands before a list or a name; otherwise the word is an ordinary value."""
        lexer = self.lexer
        start, last = lexer.index, lexer.last
        lexer.blank()
        modifier = lexer.one_of(grammar.MODIFIERS, after=grammar.BLANKS)
        if modifier:
            lexer.blank()
            names = lexer.looks_like(grammar.IDENTIFIER) and not lexer.looks_like(grammar.BOOLEAN_WORD)
            if lexer.follows("(") or names:
                return modifier
        lexer.index, lexer.last = start, last
        return None

    def _number(self, depth: int) -> Right:
        self.operands.guard(depth + 1)
        self.lexer.blank()
        position = self.lexer.position()
        operand = self.operands.right_operand(depth + 1)
        if operand:
            return operand
        token = self.lexer.match(grammar.HEX) or self.lexer.match(grammar.NUMBER)
        if token:
            return Constant(token, position)
        raise self.lexer.error(grammar.EXPECTED_NUMBER)

    def _string_or_list(self, modifier: str | None, depth: int) -> Right:
        if modifier is None:
            return self._string(depth)
        self.operands.guard(depth + 1)
        position = self.lexer.position()
        if self.lexer.word("("):
            return self._elements(depth + 1, position)
        return Constant(self.lexer.match(grammar.IDENTIFIER) or "", position)

    def _string(self, depth: int) -> Constant | Transformer:
        self.operands.guard(depth + 1)
        self.lexer.blank()
        position = self.lexer.position()
        operand = self.operands.right_operand(depth + 1)
        if operand:
            return operand
        token = self._text()
        if token is None:
            raise self.lexer.error(grammar.EXPECTED_STRING)
        return Constant(token, position)

    def _list(self, depth: int) -> Right:
        self.operands.guard(depth + 1)
        self.lexer.blank()
        position = self.lexer.position()
        if self.lexer.word("("):
            return self._elements(depth + 1, position)
        operand = self.operands.right_operand(depth + 1)
        if operand:
            return operand
        name = self.lexer.match(grammar.IDENTIFIER)
        if name:
            return Constant(name, position)
        raise self.lexer.error(grammar.EXPECTED_LIST)

    def _elements(self, depth: int, position: Position) -> ListLiteral:
        values: list[str] = []
        self.lexer.blank()
        try:
            values.append(self._element(depth))
        except ConditionError:
            # Falco takes any fault in the first element for an empty list and reads on where it stopped.
            pass
        else:
            self.lexer.blank()
            while self.lexer.word(","):
                values.append(self._element(depth))
                self.lexer.blank()
        if not self.lexer.word(")"):
            raise self.lexer.error(grammar.EXPECTED_CLOSING)
        return ListLiteral(tuple(values), position)

    def _element(self, depth: int) -> str:
        self.operands.guard(depth + 1)
        self.lexer.blank()
        token = self._text()
        if token is None:
            raise self.lexer.error(grammar.EXPECTED_ELEMENT)
        return token

    def _text(self) -> str | None:
        token = self.lexer.quoted()
        return self.lexer.match(grammar.BARE_STRING) if token is None else token
