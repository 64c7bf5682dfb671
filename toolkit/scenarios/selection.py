"""The expression of `-k`: texts joined by `and`, `or`, `not` and parentheses, as pytest has it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from toolkit.errors import ToolkitError, usage

Selection = Callable[[Sequence[str]], bool]
"""Says whether something with these names is selected."""

_TOKEN = re.compile(r"""\s*(?:(?P<sign>[()])|"(?P<double>[^"]*)"|'(?P<single>[^']*)'|(?P<word>[^\s()"'][^\s()"]*))""")
_MAX_DEPTH = 50


def parse_selection(text: str) -> Selection:
    """Return what the expression selects: a text selects what has it inside one of its names, in any case.

    Words in a row are one text, so that rules can be named as they are: `Create Privileged Pod and not init`.
    Raises ToolkitError (exit 2) for what is no expression.
    """
    parser = _Parser(text)
    selection = parser.alternatives(0)
    if parser.next is not None:
        raise parser.unexpected("an operator or the end")
    return selection


class _Parser:
    """Reads an expression from left to right."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = list(_tokens(text))
        self._at = 0

    @property
    def next(self) -> str | None:
        """The operator, parenthesis or text ahead, None at the end."""
        if self._at >= len(self._tokens):
            return None
        sign, text = self._tokens[self._at]
        return sign if text is None else text

    def alternatives(self, depth: int) -> Selection:
        parts = [self._conjunction(depth)]
        while self._take("or"):
            parts.append(self._conjunction(depth))
        return parts[0] if len(parts) == 1 else lambda names: any(part(names) for part in parts)

    def _conjunction(self, depth: int) -> Selection:
        parts = [self._negation(depth)]
        while self._take("and"):
            parts.append(self._negation(depth))
        return parts[0] if len(parts) == 1 else lambda names: all(part(names) for part in parts)

    def _negation(self, depth: int) -> Selection:
        if depth > _MAX_DEPTH:
            raise usage(f"-k: nested more than {_MAX_DEPTH} levels deep")
        if self._take("not"):
            inner = self._negation(depth + 1)
            return lambda names: not inner(names)
        if self._take("("):
            inner = self.alternatives(depth + 1)
            if not self._take(")"):
                raise self.unexpected('")"')
            return inner
        return self._phrase()

    def _phrase(self) -> Selection:
        words = []
        while self._at < len(self._tokens) and (text := self._tokens[self._at][1]) is not None:
            words.append(text)
            self._at += 1
        if not words:
            raise self.unexpected("a text")
        wanted = " ".join(words).casefold()
        return lambda names: any(wanted in name.casefold() for name in names)

    def _take(self, token: str) -> bool:
        taken = self._at < len(self._tokens) and self._tokens[self._at][0] == token
        self._at += taken
        return taken

    def unexpected(self, expected: str) -> ToolkitError:
        """Return the error of a token that cannot stand where it does."""
        found = "the end" if self.next is None else f'"{self.next}"'
        hint = 'for example: -k "privileged and not init"'
        return usage(f"-k {self._text!r}: expected {expected}, found {found}", hint=hint)


def _tokens(text: str) -> Iterator[tuple[str, str | None]]:
    """Yield operators and parentheses as (sign, None), and texts as ("", text)."""
    end = len(text.rstrip())
    at = 0
    while at < end:
        match = _TOKEN.match(text, at)
        if match is None:
            raise usage(f"-k {text!r}: a quote is not closed", hint="quote a text on both sides")
        at = match.end()
        sign, double, single, word = match.group("sign", "double", "single", "word")
        if sign or word in {"and", "or", "not"}:
            yield sign or word, None
        else:
            yield "", next(each for each in (double, single, word) if each is not None)
