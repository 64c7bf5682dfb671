"""The operators `glob` and `iglob`: C's fnmatch without flags, on bytes, in the C locale.

A pattern is turned into a regular expression over bytes, so that matching takes linear time whatever the stars.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache

from toolkit.conditions.octets import encode
from toolkit.conditions.regexes import byte_pattern

_CLASSES: dict[str, frozenset[int]] = {
    "alnum": frozenset(b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"),
    "alpha": frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"),
    "blank": frozenset(b" \t"),
    "cntrl": frozenset([*range(32), 127]),
    "digit": frozenset(b"0123456789"),
    "graph": frozenset(range(33, 127)),
    "lower": frozenset(b"abcdefghijklmnopqrstuvwxyz"),
    "print": frozenset(range(32, 127)),
    "punct": frozenset(b"!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"),
    "space": frozenset(b" \t\n\v\f\r"),
    "upper": frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
    "xdigit": frozenset(b"0123456789ABCDEFabcdef"),
}
_ALL = frozenset(range(256))
_NAMED = re.compile(rb"\[:([a-y]*):\]")
_EQUIVALENT = re.compile(rb"\[=(.)=\]", re.DOTALL)
_COLLATED = re.compile(rb"\[\.(.)\.\]", re.DOTALL)


def has_wildcard(pattern: str) -> bool:
    """Return whether the pattern can match anything but itself."""
    return any(char in pattern for char in "*?[")


@lru_cache(maxsize=4096)
def glob(pattern: str, *, fold: bool = False) -> Callable[[str], bool]:
    """Return the test of a whole value against the pattern; `fold` makes ASCII letters equal in both cases."""
    try:
        return byte_pattern(b"".join(_Glob(encode(pattern), fold).expression()))
    except _MatchesNothingError:
        return _never


def _never(_value: str) -> bool:
    return False


class _MatchesNothingError(Exception):
    """The pattern is so malformed that no value matches it."""


class _UnterminatedError(Exception):
    """A bracket that never closes: it stands for itself."""


def _folded(octet: int) -> int:
    return octet + 32 if 65 <= octet <= 90 else octet


def _set(octets: frozenset[int]) -> bytes:
    """Return the expression of one byte out of a set."""
    if not octets:
        raise _MatchesNothingError
    return b"[" + b"".join(b"\\x%02x" % octet for octet in sorted(octets)) + b"]"


class _Glob:
    """A cursor over a pattern."""

    def __init__(self, pattern: bytes, fold: bool) -> None:
        self.pattern = pattern
        self.fold = fold
        self.at = 0
        self._unclosed: set[int] = set()

    def expression(self) -> Iterator[bytes]:
        """Yield the regular expression piece by piece."""
        while self.at < len(self.pattern):
            octet = self._take()
            if octet == ord("*"):
                yield b".*"
            elif octet == ord("?"):
                yield b"."
            elif octet == ord("["):
                yield _set(self._bracket_or_itself())
            else:
                yield _set(self._both_cases(self._escaped() if octet == ord("\\") else octet))

    def _take(self) -> int:
        self.at += 1
        return self.pattern[self.at - 1]

    def _next(self) -> int | None:
        return self.pattern[self.at] if self.at < len(self.pattern) else None

    def _escaped(self) -> int:
        if self._next() is None:
            raise _MatchesNothingError
        return self._take()

    def _bracket_or_itself(self) -> frozenset[int]:
        start = self.at
        try:
            return self._bracket()
        except _UnterminatedError:
            self.at = start
            return frozenset({ord("[")})

    def _bracket(self) -> frozenset[int]:
        negated = self._next() in (ord("!"), ord("^"))
        if negated:
            self.at += 1
        wanted: set[int] = set()
        passed: list[int] = []
        try:
            while not passed or self._next() != ord("]"):
                if passed and self.at in self._unclosed:
                    raise _UnterminatedError
                passed.append(self.at)
                wanted |= self._element()
        except _UnterminatedError:
            self._unclosed.update(passed[1:])  # a bracket that comes by here again does not close either
            raise
        self.at += 1
        return _ALL - wanted if negated else frozenset(wanted)

    def _element(self) -> frozenset[int]:
        named = self._class()
        if named is not None:
            return named
        low = self._member()
        if self._next() != ord("-") or self.pattern[self.at + 1 : self.at + 2] in (b"", b"]"):
            return self._both_cases(low)
        self.at += 1
        high = self._member()
        if not self.fold:
            return frozenset(range(low, high + 1))
        return frozenset(octet for octet in _ALL if _folded(low) <= _folded(octet) <= _folded(high))

    def _class(self) -> frozenset[int] | None:
        """Take `[:name:]` or `[=x=]` where one comes next. A class looks at the letter as it is, folded or not."""
        equivalent = _EQUIVALENT.match(self.pattern, self.at)
        if equivalent:
            self.at = equivalent.end()
            return self._both_cases(equivalent[1][0])
        named = _NAMED.match(self.pattern, self.at)
        if not named:
            return None
        self.at = named.end()
        try:
            return _CLASSES[named[1].decode()]
        except KeyError:
            raise _MatchesNothingError from None

    def _member(self) -> int:
        collated = _COLLATED.match(self.pattern, self.at)
        if collated:
            self.at = collated.end()
            return collated[1][0]
        if self._next() is None:
            raise _UnterminatedError
        octet = self._take()
        return self._escaped() if octet == ord("\\") else octet

    def _both_cases(self, octet: int) -> frozenset[int]:
        if not self.fold:
            return frozenset({octet})
        return frozenset(other for other in _ALL if _folded(other) == _folded(octet))
