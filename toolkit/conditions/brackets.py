"""Brackets in the patterns of C's fnmatch: which bytes one takes, and where the pattern goes on after each of them.

glibc looks at a bracket element by element. As soon as one has the byte, it looks for the bracket's end in a way of its
own, so that elements that come later mean something else for that byte, and what is wrong with them does not count.
"""

from __future__ import annotations

import re
from enum import Enum

_CLASSES: dict[bytes, frozenset[int]] = {
    b"alnum": frozenset(b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"),
    b"alpha": frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"),
    b"blank": frozenset(b" \t"),
    b"cntrl": frozenset([*range(32), 127]),
    b"digit": frozenset(b"0123456789"),
    b"graph": frozenset(range(33, 127)),
    b"lower": frozenset(b"abcdefghijklmnopqrstuvwxyz"),
    b"print": frozenset(range(32, 127)),
    b"punct": frozenset(b"!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"),
    b"space": frozenset(b" \t\n\v\f\r"),
    b"upper": frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
    b"xdigit": frozenset(b"0123456789ABCDEFabcdef"),
}
ALL = frozenset(range(256))
_OPENING, _CLOSING, _ESCAPE = b"[]\\"
_ITSELF = frozenset({_OPENING})
_NAMED = re.compile(rb"\[:([a-y]*):\]")
_EQUIVALENT = re.compile(rb"\[=(.)=\]", re.DOTALL)
_COLLATED = re.compile(rb"\[\.(.)\.\]", re.DOTALL)

Ways = dict[int, frozenset[int]]
"""Bytes that are taken, by the position in the pattern at which it goes on after them."""

_LONG = 500
"""In longer patterns a bracket that gets to where another one did not close does not close either."""


class _End(Enum):
    """What there is to say of a bracket's end where it is no position."""

    OPEN = "it never closes"
    WRONG = "something before it is so malformed that nothing matches"


class Brackets:
    """The brackets of one pattern; with `fold` ASCII letters are equal in both cases. All take linear time together."""

    def __init__(self, pattern: bytes, *, fold: bool) -> None:
        self._pattern = pattern
        self._fold = fold
        self._at = 0
        self._open: set[int] = set()
        self._ends: dict[int, int | _End] = {}
        self._last_collated = pattern.rfind(b".]")

    def ways(self, start: int) -> Ways:
        """Return the ways on after the bracket whose `[` stands right before `start`; one that is open is a `[`."""
        negated = self._pattern[start : start + 1] in (b"!", b"^")
        self._at = start + negated
        ways: Ways = {}
        seen: frozenset[int] = frozenset()
        passed: list[int] = []
        while isinstance(found := self._next_element(start + negated), frozenset):
            passed.append(self._at)
            new, seen = found - seen, seen | found
            end = self._end_after(self._at) if new else _End.WRONG
            if end is _End.OPEN:
                _add(ways, start, new & _ITSELF)
            elif isinstance(end, int) and not negated:
                _add(ways, end, new)
        if found is _End.OPEN:
            self._open.update(passed if len(self._pattern) > _LONG else ())
            _add(ways, start, _ITSELF - seen)
        elif isinstance(found, int) and negated:
            _add(ways, found, ALL - seen)
        return ways

    def _next_element(self, first: int) -> frozenset[int] | int | _End:
        """Return the bytes of the next element, or the position after the bracket's end, or why there is none."""
        at = self._at
        if at > first and at < len(self._pattern) and self._pattern[at] == _CLOSING:
            return at + 1
        if at > first and at in self._open:
            return _End.OPEN
        return self._element()

    def _element(self) -> frozenset[int] | _End:
        if found := _EQUIVALENT.match(self._pattern, self._at):
            self._at = found.end()
            return self._both_cases(found[1][0])
        if found := _NAMED.match(self._pattern, self._at):  # it looks at the letter as it is, folded or not
            self._at = found.end()
            return _CLASSES.get(found[1], _End.WRONG)
        low = self._member()
        if isinstance(low, _End):
            return low
        if self._pattern[self._at : self._at + 1] != b"-" or self._pattern.startswith(b"-]", self._at):
            return self._both_cases(low)
        self._at += 1
        high = self._member() if self._at < len(self._pattern) else _End.WRONG
        return high if isinstance(high, _End) else self._range(low, high)

    def _member(self) -> int | _End:
        if self._pattern.startswith(b"[.", self._at):
            found = _COLLATED.match(self._pattern, self._at)
            if not found:
                return _End.WRONG
            self._at = found.end()
            return found[1][0]
        if self._pattern.startswith(b"\\", self._at):
            self._at += 1
            if self._at == len(self._pattern):
                return _End.WRONG
        elif self._at == len(self._pattern):
            return _End.OPEN
        self._at += 1
        return self._pattern[self._at - 1]

    def _range(self, low: int, high: int) -> frozenset[int]:
        if not self._fold:
            return frozenset(range(low, high + 1))
        return frozenset(octet for octet in ALL if _folded(low) <= _folded(octet) <= _folded(high))

    def _both_cases(self, octet: int) -> frozenset[int]:
        return both_cases(octet) if self._fold else frozenset({octet})

    def _end_after(self, at: int) -> int | _End:
        """Return the position after the end of a bracket that has the byte, looked for from `at` on."""
        passed: list[int] = []
        found: int | _End | None = None
        while found is None:
            passed.append(at)
            found = self._ends.get(at)
            if found is None:
                at, found = self._skip(at)
        self._ends.update(dict.fromkeys(passed, found))
        return found

    def _skip(self, at: int) -> tuple[int, int | _End | None]:
        """Return where the next step of that search begins, and what it came to where this one ends it."""
        two = self._pattern[at : at + 2]
        if not two:
            return at, _End.OPEN
        if two[0] == _CLOSING:
            return at, at + 1
        if two[0] == _ESCAPE:
            return at + 2, None if len(two) == 2 else _End.WRONG
        if two == b"[:":
            named = _NAMED.match(self._pattern, at)
            return (named.end() if named else at + 1), None
        if two == b"[=":
            equivalent = _EQUIVALENT.match(self._pattern, at)
            return (equivalent.end(), None) if equivalent else (at, _End.WRONG)
        if two == b"[.":
            if at + 2 > self._last_collated:
                return at, _End.WRONG
            return self._pattern.index(b".]", at + 2) + 2, None
        return at + 1, None


def both_cases(octet: int) -> frozenset[int]:
    """Return the bytes that are the same letter in either case."""
    return frozenset(other for other in ALL if _folded(other) == _folded(octet))


def _folded(octet: int) -> int:
    return octet + 32 if 65 <= octet <= 90 else octet


def _add(ways: Ways, at: int, octets: frozenset[int]) -> None:
    if octets:
        ways[at] = ways.get(at, frozenset()) | octets
