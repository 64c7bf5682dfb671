"""A cursor over the text of a condition, and the tokens it can take.

Falco works on bytes. So does this: a text that is not ASCII is held as one character per byte, tokens are turned back.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from re import Pattern

from toolkit.conditions.errors import ConditionError, Position
from toolkit.conditions.grammar import BLANKS
from toolkit.conditions.quoting import unquote

_LINE_END = re.compile(r"[\r\n]")


class Lexer:
    """The text, how far it is read (`index`), and the last token taken (`last`, as Falco's messages quote it)."""

    def __init__(self, text: str) -> None:
        self._ascii = text.isascii()
        self.text = text if self._ascii else text.encode("utf-8", "surrogateescape").decode("latin-1")
        self.index = 0
        self.last = ""
        # A C string ends at its first NUL, the length of the text does not.
        nul = self.text.find("\0")
        self._end = len(self.text) if nul < 0 else nul
        self._lines = [0, *(found.end() for found in _LINE_END.finditer(self.text))]

    @property
    def at_end(self) -> bool:
        """Whether the whole text is read."""
        return self.index == len(self.text)

    @property
    def consumed(self) -> int:
        """How many characters of the given text are read."""
        return self.index if self._ascii else len(self._token(self.text[: self.index]))

    def position(self) -> Position:
        """Return where the cursor stands."""
        line = bisect_right(self._lines, self.index)
        return Position(self.index, line, self.index - self._lines[line - 1] + 1)

    def error(self, message: str) -> ConditionError:
        """Return the error of this message at the cursor."""
        return ConditionError(message, self.position())

    def blank(self) -> bool:
        """Skip blanks; return whether there were any. The only step that leaves `last` alone."""
        start = self.index
        while self.index < self._end and self.text[self.index] in BLANKS:
            self.index += 1
        return self.index > start

    def follows(self, word: str) -> bool:
        """Return whether `word` comes next, without taking it."""
        return self.text.startswith(word, self.index, self._end)

    def word(self, word: str) -> bool:
        """Take `word` where it comes next; what follows it does not matter."""
        if not self.follows(word):
            return False
        self._take(word)
        return True

    def one_of(self, words: Sequence[str], after: str = "") -> str | None:
        """Take the first of `words` that comes next with one character of `after` behind it; return the word."""
        for word in words:
            if not self.follows(word):
                continue
            if not after:
                self._take(word)
                return word
            end = self.index + len(word)
            if end < self._end and self.text[end] in after:
                self._take(self.text[self.index : end + 1])
                return word
        return None

    def match(self, pattern: Pattern[str]) -> str | None:
        """Take what `pattern` matches here; return it, or None."""
        found = pattern.match(self.text, self.index, self._end)
        if not found:
            return None
        self._take(found.group())
        return self.last

    def looks_like(self, pattern: Pattern[str]) -> bool:
        """Return whether `pattern` matches here, without taking it."""
        return pattern.match(self.text, self.index, self._end) is not None

    def quoted(self) -> str | None:
        """Take a quoted string; return what it says, or None where none begins or it never ends.

        It ends at the first same quote that no backslash precedes. Raises ConditionError, with the cursor behind the
        closing quote, where an escape is unknown.
        """
        if self.index >= self._end or (quote := self.text[self.index]) not in "'\"":
            return None
        close = self.text.find(quote, self.index + 1, self._end)
        while close > 0 and self.text[close - 1] == "\\":
            close = self.text.find(quote, close + 1, self._end)
        if close < 0:
            return None
        raw = self.text[self.index + 1 : close]
        self._take(self.text[self.index : close + 1])
        try:
            self.last = self._token(unquote(raw, quote))
        except ValueError as error:
            raise self.error(str(error)) from None
        return self.last

    def _take(self, token: str) -> None:
        self.index += len(token)
        self.last = self._token(token)

    def _token(self, token: str) -> str:
        return token if self._ascii else token.encode("latin-1").decode("utf-8", "surrogateescape")
