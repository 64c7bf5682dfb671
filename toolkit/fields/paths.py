"""Paths into a review: `request.object.spec.containers[].image`.

Members stand between dots, in double quotes where a name has signs of the language; `[]` is every element of an
array, `[0]` one of them, `{key}` the member that a field's argument names.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from toolkit.events.source import Source

_STEP = re.compile(
    r'(?P<each>\[\])|\[(?P<element>\d{1,9})\]|(?:^|\.)(?:(?P<key>\{key\})|"(?P<quoted>[^"]+)"|(?P<name>[^."\[\]{}\s]+))'
)


class PathError(ValueError):
    """A path that is not written as paths are; `column` counts from 1."""

    def __init__(self, message: str, column: int) -> None:
        super().__init__(message)
        self.column = column


@dataclass(frozen=True, slots=True)
class Each:
    """Every element of an array."""


@dataclass(frozen=True, slots=True)
class Element:
    """One element of an array, counted from 0."""

    index: int


@dataclass(frozen=True, slots=True)
class Key:
    """The member that the field's argument names."""


Step = str | Each | Element | Key
"""A member's name, or one of the above."""


@dataclass(frozen=True, slots=True)
class Path:
    """A path up to its first `[]` (`head`) and after it (`tail`, None where it has no `[]`)."""

    head: tuple[Step, ...]
    tail: tuple[Step, ...] | None = None

    @property
    def takes_key(self) -> bool:
        """Whether the path needs a key."""
        return any(isinstance(step, Key) for step in (*self.head, *(self.tail or ())))


def parse_path(text: str) -> Path:
    """Return the path that is written there; raise PathError where it is none."""
    steps: list[Step] = []
    at = 0
    while at < len(text):
        match = _STEP.match(text, at)
        if match is None or not (steps or _begins(match)):
            raise PathError(f"expected a member, [], [0] or {{key}}, found {text[at:][:20]!r}", at + 1)
        steps.append(_step(match))
        at = match.end()
    if not steps:
        raise PathError("the path is empty", 1)
    first = next((at for at, step in enumerate(steps) if isinstance(step, Each)), None)
    return Path(tuple(steps)) if first is None else Path(tuple(steps[:first]), tuple(steps[first + 1 :]))


def _begins(match: re.Match[str]) -> bool:
    return not match.group().startswith(".") and bool(match["name"] or match["quoted"])


def _step(match: re.Match[str]) -> Step:
    if match["each"]:
        return Each()
    if match["element"]:
        return Element(int(match["element"]))
    return Key() if match["key"] else match["quoted"] or match["name"]


def find_one(path: Path, source: Source, key: str | None = None) -> Source | None:
    """Return what a path without `[]` leads to."""
    found = follow([source], path.head, key)
    return found[0] if found else None


def find_all(paths: Iterable[Path], source: Source, key: str | None = None, index: int | None = None) -> list[Source]:
    """Return all that paths lead to, in order; with `index` only what is in that element of the first `[]`.

    An index counts the elements as they stand, null ones too, through all paths.
    """
    pairs = [
        (element, path.tail or ())
        for path in paths
        for array in follow([source], path.head, key)
        for element in array.elements
    ]
    if index is not None:
        pairs = pairs[index : index + 1]
    return [found for element, tail in pairs for found in follow([element], tail, key)]


def follow(sources: list[Source], steps: Iterable[Step], key: str | None) -> list[Source]:
    """Return all that steps lead to from some values, in order."""
    for step in steps:
        sources = [found for source in sources for found in _next(source, step, key)]
    return sources


def _next(source: Source, step: Step, key: str | None) -> list[Source]:
    if isinstance(step, Each):
        return source.elements
    if isinstance(step, Element):
        return source.elements[step.index : step.index + 1]
    member = source.last(step) if isinstance(step, str) else source.last(key or "")
    return [member] if member else []
