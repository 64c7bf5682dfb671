"""Lists: what they hold once lists inside lists are put in, and how their names in conditions are replaced."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import dropwhile

from toolkit.ruleset import bounds
from toolkit.ruleset.bounds import TooLargeError
from toolkit.ruleset.definitions import ListItem
from toolkit.ruleset.quoting import quoted_if_spaced

_BLANKS = " \t\n\r"
_DELIMITERS = _BLANKS + "(),="


class Lists:
    """The lists of a ruleset, in the order of their first definition, and which of them are used."""

    def __init__(self, known: Mapping[str, ListItem]) -> None:
        self.used: set[str] = set()
        self.items: dict[str, tuple[str, ...]] = {}
        self.too_long: list[ListItem] = []
        self._left = bounds.MOST_ITEMS
        for name, item in known.items():
            self.items[name] = self._resolved(item, known)

    def substitute(self, condition: str) -> tuple[str, frozenset[str]]:
        """Return the condition with every list's name replaced by its items, and the names that were replaced.

        The text is searched list by list, so a list that a replacement names is replaced too if it was defined later.
        """
        hit = set()
        for name, items in self.items.items():
            if name not in condition:
                continue
            replaced = _replace(condition, name, _joined(items))
            if replaced is not None:
                hit.add(name)
                condition = replaced
        self.used |= hit
        return condition, frozenset(hit)

    def _resolved(self, item: ListItem, known: Mapping[str, ListItem]) -> tuple[str, ...]:
        """Put in, one level deep, the items of lists that were there before this list's latest definition.

        A list that would hold too much keeps its items as they are, and is noted in `too_long`.
        """
        inner = (known[element] for element in item.items if element in known)
        self._left -= len(item.items) + sum(len(named.items) for named in inner if named.index < item.visibility)
        if self._left < 0:
            self.too_long.append(item)
            return tuple(item.items)
        found: list[str] = []
        for element in item.items:
            named = known.get(element)
            if named and named.index < item.visibility:
                self.used.add(element)
                found += named.items
            else:
                found.append(element)
        return tuple(found)


def _joined(items: Iterable[str]) -> str:
    # What comes before the first item that is not empty leaves nothing, not even a comma.
    return ", ".join(dropwhile(lambda item: not item, map(quoted_if_spaced, items)))


def _replace(condition: str, name: str, items: str) -> str | None:
    """Replace the name where blanks, parentheses, commas, `=` or the text's ends stand around it; None if nowhere."""
    written = _Written()
    rest = 0
    at = condition.find(name)
    while at >= 0:
        end = at + len(name)
        if not _delimited(condition, rest, at, end):
            at = condition.find(name, at + 1)
            continue
        written.add(condition[rest:at])
        written.drop_blanks()
        while end < len(condition) and condition[end] in _BLANKS:
            end += 1
        if not items and not written.drop_comma() and condition.startswith(",", end):
            end += 1
        # Falco looks on behind the blank that it has put in; where nothing stands before, one character further on.
        at = condition.find(name, end if written.parts else end + 1)
        written.add(f" {items} " if written.parts else f"{items} ")
        rest = end
        if written.size > bounds.LONGEST:
            message = f"list '{name}' makes the condition longer than {bounds.LONGEST:,} characters"
            raise TooLargeError(message, "lists that name lists multiply; let each item stand in one list only")
    return "".join(written.parts) + condition[rest:] if rest else None


def _delimited(text: str, rest: int, start: int, end: int) -> bool:
    return (start == rest or text[start - 1] in _DELIMITERS) and (end >= len(text) or text[end] in _DELIMITERS)


class _Written:
    """The text up to where replacing has come; its end can be taken back."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.size = 0

    def add(self, text: str) -> None:
        if text:
            self.parts.append(text)
            self.size += len(text)

    def drop_blanks(self) -> None:
        while self.parts:
            kept = self.parts[-1].rstrip(_BLANKS)
            if kept:
                self.parts[-1] = kept
                return
            self.parts.pop()

    def drop_comma(self) -> bool:
        if not self.parts or not self.parts[-1].endswith(","):
            return False
        self.parts[-1] = self.parts[-1][:-1]
        if not self.parts[-1]:
            self.parts.pop()
        return True
