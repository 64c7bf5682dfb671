"""What the operators mean. Each takes its right side once and gives the test of a left side that is present."""

from __future__ import annotations

import operator
from collections.abc import Callable, Collection, Sequence
from typing import Any

from toolkit.conditions.globs import glob
from toolkit.conditions.octets import encode, lower
from toolkit.conditions.paths import pmatch
from toolkit.conditions.regexes import regex
from toolkit.conditions.transformers import Present, Scalar

Test = Callable[[Present], bool]


def _equals(right: Scalar) -> Test:
    return lambda left: left == right


def _differs(right: Scalar) -> Test:
    return lambda left: left != right


def _ordered(holds: Callable[[Any, Any], bool]) -> Callable[[Scalar], Test]:
    def compare(right: Scalar) -> Test:
        if isinstance(right, str):
            octets = encode(right)
            return lambda left: holds(encode(str(left)), octets)
        return lambda left: holds(left, right)

    return compare


def _on_bytes(holds: Callable[[Any, Any], bool]) -> Callable[[Scalar], Test]:
    def compare(right: Scalar) -> Test:
        text = str(right)
        if text.isascii():
            # No byte of a longer character is ASCII, so text says the same as bytes.
            return lambda left: holds(left, text)
        octets = encode(text)
        return lambda left: holds(encode(str(left)), octets)

    return compare


def _icontains(right: Scalar) -> Test:
    contains = COMPARISONS["contains"](lower(str(right)))
    return lambda left: contains(lower(str(left)))


def _pattern(matcher: Callable[[str], Callable[[str], bool]]) -> Callable[[Scalar], Test]:
    def compare(right: Scalar) -> Test:
        matches = matcher(str(right))
        return lambda left: matches(str(left))

    return compare


COMPARISONS: dict[str, Callable[[Scalar], Test]] = {
    "=": _equals,
    "==": _equals,
    "!=": _differs,
    "<": _ordered(operator.lt),
    "<=": _ordered(operator.le),
    ">": _ordered(operator.gt),
    ">=": _ordered(operator.ge),
    "contains": _on_bytes(operator.contains),
    "icontains": _icontains,
    "startswith": _on_bytes(lambda left, right: left.startswith(right)),
    "endswith": _on_bytes(lambda left, right: left.endswith(right)),
    "glob": _pattern(glob),
    "iglob": _pattern(lambda pattern: glob(pattern, fold=True)),
    "regex": _pattern(regex),
}
"""Operators with one right-hand value."""


def member(name: str, right: Collection[Scalar]) -> Test:
    """Return the test of `in`, `intersects` or `pmatch`.

    A list is `in` when all its elements are on the right, and `intersects` when one is; for a single value both ask
    whether it is there.
    """
    if name == "pmatch":
        covered = pmatch([str(path) for path in right])
        return lambda left: covered(str(left))
    known = frozenset(right)
    some = name == "intersects"

    def holds(left: Present) -> bool:
        if not isinstance(left, list):
            return left in known
        return not known.isdisjoint(left) if some else known.issuperset(left)

    return holds


def modified(modifier: str, tests: Sequence[Test]) -> Test:
    """Return the test that one or more (`anyof`), exactly one (`oneof`) or all (`allof`) of the tests hold.

    Without tests it never holds.
    """
    if modifier == "oneof":
        return lambda left: sum(test(left) for test in tests) == 1
    if modifier == "anyof":
        return lambda left: any(test(left) for test in tests)
    return lambda left: bool(tests) and all(test(left) for test in tests)
