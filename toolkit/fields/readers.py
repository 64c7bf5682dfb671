"""Readers: how a field's value comes from paths, with null and wrong shapes left out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from toolkit.events.source import Source
from toolkit.fields.event import Event
from toolkit.fields.model import Read, Value
from toolkit.fields.paths import Path, find_all, find_one, parse_path

Words = Callable[[Source], str | None]
"""What a value says, or None where its shape is wrong."""


class Take(Enum):
    """What is taken of the values at some paths: the first that has a text, all, or all of one element."""

    FIRST = "first"
    ALL = "all"
    INDEXED = "indexed"


@dataclass(frozen=True, slots=True)
class PathRead:
    """Reads the values at paths as words; being data, it can also be read off a part of the review only."""

    take: Take
    paths: tuple[Path, ...]
    words: Words

    def __call__(self, event: Event, argument: str | None) -> Value:
        """Return the value; the argument is an index where one element is taken, else the key of `{key}`."""
        return self.read(event.source, argument)

    def read(self, source: Source, argument: str | None) -> Value:
        """Return the value at the paths from a source on."""
        if self.take is Take.FIRST:
            return self._first(source, argument)
        key, index = (argument, None) if self.take is Take.ALL else (None, argument)
        sources = find_all(self.paths, source, key, None if index is None else int(index))
        return [text for found in sources if (text := self.words(found)) is not None]

    def _first(self, source: Source, key: str | None) -> Value:
        for path in self.paths:
            found = find_one(path, source, key)
            text = self.words(found) if found else None
            if text or (text is not None and len(self.paths) == 1):
                return text
        return None


def scalar(source: Source) -> str | None:
    """Return the words of a string, number or boolean."""
    return source.scalar()


def object_text(source: Source) -> str | None:
    """Return the source text of an object."""
    return source.json() if source.is_object else None


def json_text(source: Source) -> str | None:
    """Return the source text of an object or array."""
    return source.json() if source.is_object or source.is_array else None


def one(*paths: str, words: Words = scalar) -> Read:
    """Read the value at a path; of several paths the first that has a text which is not empty."""
    return PathRead(Take.FIRST, tuple(map(parse_path, paths)), words)


def all_of(*paths: str, words: Words = scalar) -> Read:
    """Read every value at the paths; holes are left out. An argument is the key of `{key}`."""
    return PathRead(Take.ALL, tuple(map(parse_path, paths)), words)


def indexed(*paths: str, words: Words = scalar) -> Read:
    """Read every value at the paths, or with an argument those in that element of the first `[]`."""
    return PathRead(Take.INDEXED, tuple(map(parse_path, paths)), words)
