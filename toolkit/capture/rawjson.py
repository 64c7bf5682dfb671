"""JSON whose scalars stay as they stand in the text, so that what is not changed keeps every byte."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import TypeAlias

RawJson: TypeAlias = "dict[str, RawJson] | list[RawJson] | str"
"""A value: an object or list of values, or the source text of a scalar; keys are source text too, quotes included."""

_TOKEN = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[{}\[\],:]|[^\s"{}\[\],:]+')


def parse(text: str) -> RawJson:
    """Parse one JSON value that is known to be valid; members keep their order."""
    return _value(match.group() for match in _TOKEN.finditer(text))


def _value(tokens: Iterator[str], token: str | None = None) -> RawJson:
    token = token or next(tokens)
    if token == "{":
        return _object(tokens)
    if token == "[":
        return _list(tokens)
    return token


def _object(tokens: Iterator[str]) -> dict[str, RawJson]:
    members: dict[str, RawJson] = {}
    for token in tokens:
        if token == "}":
            break
        if token != ",":
            next(tokens)
            members[token] = _value(tokens)
    return members


def _list(tokens: Iterator[str]) -> list[RawJson]:
    elements: list[RawJson] = []
    for token in tokens:
        if token == "]":
            break
        if token != ",":
            elements.append(_value(tokens, token))
    return elements


def dump(value: RawJson) -> str:
    """Return the compact text of a value."""
    if isinstance(value, dict):
        return "{" + ",".join(f"{key}:{dump(member)}" for key, member in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(dump, value)) + "]"
    return value


def quoted(text: str) -> str:
    """Return a text as source; for texts of our own, which need no escapes that differ between writers."""
    return json.dumps(text)


def text_of(value: RawJson | None) -> str | None:
    """Return what a string's source says, or None when the value is not a string."""
    if isinstance(value, str) and value.startswith('"'):
        return str(json.loads(value))
    return None


def at(value: RawJson | None, *path: str) -> RawJson | None:
    """Return the value at a path of member names, or None where there is none."""
    for name in path:
        if not isinstance(value, dict):
            return None
        value = value.get(quoted(name))
    return value


def objects(value: RawJson) -> Iterator[dict[str, RawJson]]:
    """Yield every object at or below a value, outer ones first."""
    if isinstance(value, dict):
        yield value
        for member in value.values():
            yield from objects(member)
    elif isinstance(value, list):
        for element in value:
            yield from objects(element)


def scalars(value: RawJson) -> Iterator[str]:
    """Yield the source of every key and scalar, in order."""
    if isinstance(value, dict):
        for key, member in value.items():
            yield key
            yield from scalars(member)
    elif isinstance(value, list):
        for element in value:
            yield from scalars(element)
    else:
        yield value
