"""How large rules may be. Falco has no such bounds but the parser's: it takes the memory, or dies of it."""

from __future__ import annotations

from collections.abc import Sequence

from toolkit.conditions.check_compiler import constants
from toolkit.conditions.nodes import Check, Node, leaves
from toolkit.conditions.size import Size
from toolkit.ruleset.definitions import Entry, ExceptionItem

MOST_ITEMS = 2_000_000
"""Items of all lists together, once the lists inside them are put in."""
LONGEST = 32_000_000
"""Characters of one condition with exceptions and lists put in."""
ALL_TEXT = 100_000_000
"""Characters of all conditions, of rules and macros, with exceptions and lists put in."""
MOST_CHECKS = 100_000
"""Checks of one condition with macros put in."""
ALL_CHECKS = 1_000_000
"""Checks of all rules with macros put in."""
DEEPEST = 1_000
"""Levels of `and`, `or` and `not` in one condition with macros put in."""
MOST_PATTERNS = 100_000
"""Patterns of `regex`, `glob` and `iglob` in all rules."""
WIDEST = 65_536
"""Bytes that a number before a field in an output may cut or fill to."""


class TooLargeError(Exception):
    """Something beyond a bound: what was found and what is allowed, and what helps."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class Totals:
    """Counts what all rules and macros come to; raises TooLargeError where that is beyond a bound."""

    def __init__(self) -> None:
        self._text = 0
        self._checks = 0
        self._patterns = 0
        self._seen: set[int] = set()

    def add_text(self, text: str) -> None:
        """Count the text of a condition with lists put in."""
        self._text += len(text)
        if self._text > ALL_TEXT:
            message = f"all conditions up to here have more than {ALL_TEXT:,} characters with lists put in"
            raise TooLargeError(message, "put a long list that many rules name into one macro, which they share")

    def add_rule(self, tree: Node, size: Size) -> None:
        """Count the checks of a rule, and the patterns that no rule before it shares through a macro."""
        self._checks += size.checks
        if self._checks > ALL_CHECKS:
            message = f"all rules up to here have more than {ALL_CHECKS:,} checks with macros put in"
            raise TooLargeError(message, "a check with `in` and a list is one check, however long the list")
        for leaf in leaves(tree):
            if isinstance(leaf, Check) and leaf.operator in _PATTERNS and id(leaf) not in self._seen:
                self._seen.add(id(leaf))
                self._patterns += len(constants(leaf))
        if self._patterns > MOST_PATTERNS:
            message = f"all rules up to here have more than {MOST_PATTERNS:,} patterns"
            raise TooLargeError(message, "use `in`, `startswith` or `endswith` where no pattern is needed")


_PATTERNS = frozenset({"regex", "glob", "iglob"})


def check_length(condition: str, exceptions: Sequence[ExceptionItem]) -> None:
    """Raise TooLargeError where a condition, with what exceptions add to it, is too long."""
    length = len(condition)
    for exception in exceptions:
        names = _length(exception.fields) + _length(exception.comps) + 20
        length += sum(_length(value) + names for value in exception.values)
    if length > LONGEST:
        message = f"about {length:,} characters with exceptions put in, at most {LONGEST:,}"
        raise TooLargeError(message, "put the values into a list, and name that list in the exception")


def _length(entry: Entry) -> int:
    return len(entry.text) + sum(_length(part) + 2 for part in entry.parts)
