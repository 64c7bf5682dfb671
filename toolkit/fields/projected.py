"""Readers of fields off the projected part of a review: generated Python, the same value as the general way gives."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from toolkit.fields.catalog import Catalog
from toolkit.fields.generated import run_source
from toolkit.fields.images import repository, repository_words
from toolkit.fields.model import Value
from toolkit.fields.path_code import PathCode, as_steps, expression
from toolkit.fields.projection import OBJECTS, OddShapeError, Shape
from toolkit.fields.readers import PathRead, Take, scalar

Reference = tuple[str, str | None]
"""A field's name and argument."""

Reader = Callable[[Any], Value]
"""Gives a field's value off a decoded review; raises OddShapeError or msgspec.ValidationError where it cannot."""

_LARGE = 2**63


@dataclass(frozen=True, slots=True)
class Projection:
    """Decodes what some fields need: `decode` takes a line, `readers` give the values of what it returns.

    `expressions` are those of them that need no function; `names` are what they name besides `review`, among them the
    decoders `resource_of`, `kind_of`, `verb_of` and `subresource_of`.

    `decode_whole` decodes the object at once, which pays where it is looked into. Both raise msgspec's errors where the
    line is no review of the usual shape; what makes the sort of a request shows its faults when it is decoded. Gates
    are not looked at.
    """

    decode: Callable[[bytes], Any]
    decode_whole: Callable[[bytes], Any]
    readers: dict[Reference, Reader]
    expressions: dict[Reference, str]
    names: Mapping[str, Any]
    source: str


def project(catalog: Catalog, references: Iterable[Reference]) -> Projection:
    """Return the projection for some fields; those that are not texts along paths have no reader."""
    shape = Shape()
    wanted = {reference: read for reference in references if (read := _projectable(catalog, reference))}
    reads = {reference: read for reference, read in wanted.items() if _add(shape, read, reference[1])}
    names = {reference: f"{reference[0].replace('.', '_')}_{number}" for number, reference in enumerate(reads)}
    review = shape.review()
    expressible = {"text_of": text_of, **shape.decoders()}
    namespace: dict[str, Any] = {**expressible, "repository": repository}
    for member in OBJECTS:
        if (kind := shape.object(member)) is not None:
            namespace[f"decode_{member}"] = msgspec.json.Decoder(kind).decode
    text = "\n\n".join(_function(shape, names[reference], reference, read) for reference, read in reads.items())
    run_source(text, "fields", namespace)
    readers = {reference: namespace[name] for reference, name in names.items()}
    decode = msgspec.json.Decoder(review).decode
    has_object = shape.object("object") is not None
    whole = msgspec.json.Decoder(shape.whole_review()).decode if has_object else decode
    wordings = {reference: _expression(shape, read, reference[1]) for reference, read in reads.items()}
    expressions = {reference: wording for reference, wording in wordings.items() if wording}
    return Projection(decode, whole, readers, expressions, expressible, text)


def _projectable(catalog: Catalog, reference: Reference) -> PathRead | None:
    """Return how a field is read, where that is texts along paths; an index goes through all paths together."""
    field = catalog.find(reference[0])
    if field is None or not isinstance(field.read, PathRead) or field.read.words not in (scalar, repository_words):
        return None
    is_one_of_many = field.read.take is Take.INDEXED and reference[1] is not None and len(field.read.paths) > 1
    return None if is_one_of_many else field.read


def _add(shape: Shape, read: PathRead, argument: str | None) -> bool:
    return all(shape.add(as_steps(path, read, argument)) for path in read.paths)


def _expression(shape: Shape, read: PathRead, argument: str | None) -> str | None:
    if read.take is not Take.FIRST or len(read.paths) > 1 or read.words is not scalar:
        return None
    return expression(shape, as_steps(read.paths[0], read, argument))


def _function(shape: Shape, name: str, reference: Reference, read: PathRead) -> str:
    code = PathCode(shape, read, reference[1] if read.take is Take.INDEXED else None)
    for path in read.paths:
        code.follow(as_steps(path, read, reference[1]))
    shown = reference[0] if reference[1] is None else f"{reference[0]}[{reference[1]}]"
    return code.function(f"def {name}(review):  # {shown!a}")


def text_of(value: Any) -> str:
    """Return the words of a decoded boolean or whole number.

    Raises OddShapeError for what the source may say in another way, and for a text with a NUL in it.
    """
    if value is True or value is False:
        return "true" if value else "false"
    if isinstance(value, int) and 0 < abs(value) < _LARGE:
        return str(value)
    raise OddShapeError
