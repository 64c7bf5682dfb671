"""Readers of fields off the projected part of a review: generated Python, the same value as the general way gives."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import msgspec
from msgspec import Raw

from toolkit.events import strict
from toolkit.events.source import Source
from toolkit.fields.catalog import Catalog
from toolkit.fields.generated import run_source
from toolkit.fields.images import repository, repository_words
from toolkit.fields.model import Value
from toolkit.fields.path_code import PathCode, as_steps
from toolkit.fields.paths import Each, Element, Step, follow
from toolkit.fields.projection import OBJECTS, OddShapeError, Shape
from toolkit.fields.readers import PathRead, Take, Words, scalar

Reference = tuple[str, str | None]
"""A field's name and argument."""

Reader = Callable[[Any], Value]
"""Gives a field's value off a decoded review; raises OddShapeError or msgspec.ValidationError where it cannot."""

_LARGE = 2**63


@dataclass(frozen=True, slots=True)
class Projection:
    """Decodes what some fields need: `decode` takes a line, `readers` give the values of what it returns.

    `decode` raises msgspec's errors where the line is no review of the usual shape. Gates are not looked at.
    """

    decode: Callable[[bytes], Any]
    readers: dict[Reference, Reader]
    source: str


def project(catalog: Catalog, references: Iterable[Reference]) -> Projection:
    """Return the projection for some fields; those that only the general way can read have no reader."""
    shape = Shape()
    known = {reference: read for reference in references if (read := _projectable(catalog, reference))}
    kept = {reference: read for reference, read in known.items() if _add(shape, read, reference[1])}
    code = _Code(shape)
    names = {reference: code.reader(reference, read) for reference, read in kept.items()}
    text = code.text()
    namespace = _namespace(shape, {name: kept[reference].words for reference, name in names.items() if name})
    run_source(text, "fields", namespace)
    readers = {reference: namespace[name] for reference, name in names.items() if name}
    return Projection(msgspec.json.Decoder(shape.review()).decode, readers, text)


def _projectable(catalog: Catalog, reference: Reference) -> PathRead | None:
    field = catalog.find(reference[0])
    return field.read if field and isinstance(field.read, PathRead) else None


def _add(shape: Shape, read: PathRead, argument: str | None) -> bool:
    as_bytes = read.words not in (scalar, repository_words)
    return all([shape.add(as_steps(path, read, argument), as_bytes=as_bytes) for path in read.paths])


def _namespace(shape: Shape, words: dict[str, Words]) -> dict[str, Any]:
    found: dict[str, Any] = {f"words_of_{name}": each for name, each in words.items()}
    for member in OBJECTS:
        kind = shape.object(member)
        if kind is not None:
            found[f"decode_{member}"] = msgspec.json.Decoder(kind).decode
    return {**found, "Raw": Raw, "text_of": text_of, "values_in": values_in, "repository": repository, "Each": Each, "Element": Element}


class _Code:
    """Writes one function a field."""

    def __init__(self, shape: Shape) -> None:
        self._shape = shape
        self._functions: list[str] = []

    def reader(self, reference: Reference, read: PathRead) -> str | None:
        """Write the reader of a field and return its name; None where several paths share an index."""
        name = f"{reference[0].replace('.', '_')}_{len(self._functions)}"
        index = reference[1] if read.take is Take.INDEXED else None
        if index is not None and len(read.paths) > 1:
            return None
        code = PathCode(self._shape, name, read, index)
        for path in read.paths:
            if not code.follow(as_steps(path, read, reference[1])):
                return None
        shown = reference[0] if reference[1] is None else f"{reference[0]}[{reference[1]}]"
        self._functions.append(code.function(f"def {name}(review):  # {ascii(shown)}"))
        return name

    def text(self) -> str:
        return "\n\n".join(self._functions)


def text_of(value: Any) -> str:
    """Return the words of a decoded boolean or whole number.

    Raises OddShapeError for what the source may say in another way, and for a text with a NUL in it.
    """
    if value is True or value is False:
        return "true" if value else "false"
    if isinstance(value, int) and 0 < abs(value) < _LARGE:
        return str(value)
    raise OddShapeError


def values_in(raw: Raw, steps: tuple[Step, ...], words: Words) -> list[str]:
    """Return the words of all that some steps lead to in a value that was left as bytes."""
    found = follow([Source(strict.compact(bytes(raw)))], steps, None)
    texts = [text for source in found if (text := words(source)) is not None]
    if any("\0" in text for text in texts):
        raise OddShapeError
    return texts
