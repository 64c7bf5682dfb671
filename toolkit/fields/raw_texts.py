"""The texts of objects and arrays below one of a request's objects, as they stand in the line."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
from msgspec import Raw

from toolkit.events import strict
from toolkit.fields.paths import Each, Step
from toolkit.fields.projection import Branch
from toolkit.fields.readers import PathRead, Take, json_text, object_text

_BEGINS: dict[Any, tuple[bytes, ...]] = {object_text: (b"{",), json_text: (b"{", b"[")}
"""How the texts begin that are values of a field; all others are left out."""

Reader = Callable[[Raw], list[str] | None]
"""Gives texts of the text of an object; raises msgspec's errors where that has another shape."""


def raw_text_reader(read: PathRead) -> Reader | None:
    """Return what reads all elements of one array along member names; None where a field is read in another way."""
    begins = _BEGINS.get(read.words)
    path = read.paths[0]
    if begins is None or read.take is not Take.ALL or len(read.paths) > 1 or path.tail != () or not path.head:
        return None
    branch = _shape(path.head)
    if branch is None:
        return None
    decode = msgspec.json.Decoder(branch.struct("Object")).decode
    attributes = _attributes(branch, path.head)

    def texts(text: Raw) -> list[str] | None:
        at: Any = decode(text)
        for attribute in attributes:
            if at is None:
                return None
            at = getattr(at, attribute)
        found = (bytes(element) for element in at or ())
        return [strict.compact(each).decode() for each in found if each.startswith(begins)] or None

    return texts


def _shape(steps: tuple[Step, ...]) -> Branch | None:
    """Return the shape of an object that has an array at the end of some member names."""
    shape = Branch()
    if not shape.add((*steps, Each())):
        return None
    at = shape
    for step in steps:
        if not isinstance(step, str):
            return None
        at = at.members[step]
    at.elements = Branch(Raw)
    return shape


def _attributes(branch: Branch, steps: tuple[Step, ...]) -> list[str]:
    names = []
    for step in map(str, steps):
        names.append(branch.attribute(step))
        branch = branch.members[step]
    return names
