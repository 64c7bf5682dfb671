"""The fields of Falco's json plugin, `json.*` and their older names `jevt.*`: the review by JSON pointer."""

from __future__ import annotations

import re

from toolkit.events import lenient, strict
from toolkit.events.lenient import NotJsonError
from toolkit.events.source import Source
from toolkit.fields.event import Event
from toolkit.fields.model import Argument, Family, Field, Value

_INTEGER = re.compile(r"[+-]?[0-9]+", re.ASCII)


def _value(event: Event, pointer: str | None) -> Value:
    if not _is_readable(event.source):
        return None
    found: Source | None = event.source
    for token in tokens(pointer):
        found = below(found, token) if found else None
    return found.words_like_fastjson() if found else None


def tokens(pointer: str | None) -> list[str]:
    """Return the members and indexes that a JSON pointer goes through."""
    parts = pointer.removeprefix("/").split("/") if pointer else ()
    return [part.replace("~1", "/").replace("~0", "~") for part in parts]


def below(source: Source, token: str) -> Source | None:
    """Return the member (the first of equal names) or element that a token of a pointer leads to."""
    if source.is_array:
        index = index_of(token)
        return source.elements[index] if 0 <= index < len(source.elements) else None
    return source.first(token)


def _is_readable(source: Source) -> bool:
    return not lenient.is_too_deep(source.text)


def index_of(token: str) -> int:
    """Return which element of an array a token of a pointer names, counted from 0; negative where it names none."""
    return int(token) if _INTEGER.fullmatch(token) and len(token) < 20 else -1


def _indented(event: Event, _argument: str | None) -> Value:
    try:
        return strict.indented(event.source.text).decode("utf-8", "replace") if _is_readable(event.source) else None
    except NotJsonError:
        return None


def _raw_time(event: Event, _argument: str | None) -> Value:
    return str(event.review.time_ns % 2**64)


def _fields(prefix: str, note: str) -> tuple[Field, ...]:
    return (
        Field(
            f"{prefix}.value",
            f"Value at a JSON pointer of the review, such as [/request/object/data]; ~1 is a slash, ~0 a tilde.{note}",
            _value,
            argument=Argument.KEY,
            argument_required=True,
            family=Family.JSON,
        ),
        Field(f"{prefix}.obj", f"The whole review, indented.{note}", _indented, family=Family.JSON),
        Field(f"{prefix}.rawtime", f"Nanoseconds since 1970, as text.{note}", _raw_time, family=Family.JSON),
    )


FIELDS = (*_fields("json", ""), *_fields("jevt", " The older name."))
