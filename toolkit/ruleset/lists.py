"""Lists: what they hold once lists inside lists are put in, and how their names in conditions are replaced."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from toolkit.ruleset.definitions import ListItem
from toolkit.ruleset.quoting import quoted_if_spaced

_BLANKS = " \t\n\r"
_DELIMITERS = _BLANKS + "(),="

LONGEST = 10_000_000
"""How many characters a condition may have once names of lists are replaced."""


class ListError(Exception):
    """A condition that grows beyond all reason when the names in it are replaced."""


class Lists:
    """The lists of a ruleset, in the order of their first definition, and which of them are used."""

    def __init__(self, known: Mapping[str, ListItem]) -> None:
        self.used: set[str] = set()
        self.items = {name: self._resolved(item, known) for name, item in known.items()}

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
        """Put in, one level deep, the items of lists that were there before this list's latest definition."""
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
    text = ""
    for item in items:
        text += (", " if text else "") + quoted_if_spaced(item)
    return text


def _replace(condition: str, name: str, items: str) -> str | None:
    """Replace the name where blanks, parentheses, commas, `=` or the text's ends stand around it; None if nowhere."""
    hit = False
    start = condition.find(name)
    while start >= 0:
        end = start + len(name)
        if _delimited(condition, start, end):
            hit = True
            start, end = _without_blanks(condition, start, end)
            if not items:
                start, end = _without_comma(condition, start, end)
            before = f"{condition[:start]} " if start else ""
            condition = f"{before}{items} {condition[end:]}"
            start += len(items) + 1
            if len(condition) > LONGEST:
                raise ListError(f"list '{name}' makes the condition longer than {LONGEST} characters")
        start = condition.find(name, start + 1)
    return condition if hit else None


def _delimited(text: str, start: int, end: int) -> bool:
    return (start == 0 or text[start - 1] in _DELIMITERS) and (end >= len(text) or text[end] in _DELIMITERS)


def _without_blanks(text: str, start: int, end: int) -> tuple[int, int]:
    while start > 0 and text[start - 1] in _BLANKS:
        start -= 1
    while end < len(text) and text[end] in _BLANKS:
        end += 1
    return start, end


def _without_comma(text: str, start: int, end: int) -> tuple[int, int]:
    if start > 0 and text[start - 1] == ",":
        return start - 1, end
    return (start, end + 1) if end < len(text) and text[end] == "," else (start, end)
