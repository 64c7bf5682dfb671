"""The operators `glob` and `iglob`: C's fnmatch without flags, on bytes, in the C locale.

A pattern is turned into a regular expression over bytes, so that matching takes linear time whatever the stars.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import lru_cache

from toolkit.conditions.brackets import Brackets, Ways, both_cases
from toolkit.conditions.octets import encode
from toolkit.conditions.regexes import byte_pattern

_MOST_SPLITS = 3
"""So many brackets of a pattern may end in different places for different bytes; in no pattern of use one does."""


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


_PLAIN = {ord("*"): b".*", ord("?"): b"."}


class _MatchesNothingError(Exception):
    """The pattern is so malformed that no value matches it."""


def _set(octets: frozenset[int]) -> bytes:
    """Return the expression of one byte out of a set."""
    if not octets:
        raise _MatchesNothingError
    return b"[" + b"".join(b"\\x%02x" % octet for octet in sorted(octets)) + b"]"


class _Glob:
    """A cursor over a pattern."""

    def __init__(self, pattern: bytes, fold: bool) -> None:
        self._pattern = pattern
        self._fold = fold
        self._brackets = Brackets(pattern, fold=fold)

    def expression(self, at: int = 0, splits: int = 0) -> Iterator[bytes]:
        """Yield the regular expression of the pattern from `at` on, piece by piece."""
        while at < len(self._pattern):
            octet = self._pattern[at]
            at += 1
            if octet in _PLAIN:
                yield _PLAIN[octet]
            elif octet == ord("["):
                ways = self._brackets.ways(at)
                if len(ways) > 1 and splits < _MOST_SPLITS:
                    yield self._either(ways, splits)
                    return
                at, octets = max(ways.items(), default=(at, frozenset()))
                yield _set(octets)
            else:
                at, octet = self._escaped(at) if octet == ord("\\") else (at, octet)
                yield _set(both_cases(octet) if self._fold else frozenset({octet}))

    def _either(self, ways: Ways, splits: int) -> bytes:
        """Return the expression of what goes on at one place after some bytes, and at another after others."""
        found = []
        for at, octets in ways.items():
            with suppress(_MatchesNothingError):
                found.append(b"".join([_set(octets), *self.expression(at, splits + 1)]))
        if not found:
            raise _MatchesNothingError
        return b"(?:" + b"|".join(found) + b")"

    def _escaped(self, at: int) -> tuple[int, int]:
        if at == len(self._pattern):
            raise _MatchesNothingError
        return at + 1, self._pattern[at]
