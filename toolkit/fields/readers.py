"""Readers: how a field's value comes from paths, with null and wrong shapes left out."""

from __future__ import annotations

from collections.abc import Callable

from toolkit.events.source import Source
from toolkit.fields.event import Event
from toolkit.fields.model import Read, Value
from toolkit.fields.paths import find_all, find_one, parse_path

Words = Callable[[Source], str | None]
"""What a value says, or None where its shape is wrong."""


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
    parsed = [parse_path(path) for path in paths]

    def read(event: Event, key: str | None) -> Value:
        for path in parsed:
            found = find_one(path, event.source, key)
            text = words(found) if found else None
            if text or (text is not None and len(parsed) == 1):
                return text
        return None

    return read


def all_of(*paths: str, words: Words = scalar) -> Read:
    """Read every value at the paths; holes are left out. An argument is the key of `{key}`."""
    parsed = [parse_path(path) for path in paths]

    def read(event: Event, key: str | None) -> Value:
        return [text for found in find_all(parsed, event.source, key) if (text := words(found)) is not None]

    return read


def indexed(*paths: str, words: Words = scalar) -> Read:
    """Read every value at the paths, or with an argument those in that element of the first `[]`."""
    parsed = [parse_path(path) for path in paths]

    def read(event: Event, index: str | None) -> Value:
        sources = find_all(parsed, event.source, index=None if index is None else int(index))
        return [text for found in sources if (text := words(found)) is not None]

    return read
