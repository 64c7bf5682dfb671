"""The catalog: every field there is, once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import Literal

from toolkit.fields import evt, json_fields, kar_containers, kar_objects, kar_pod, kar_request, published
from toolkit.fields.model import Family, Field
from toolkit.fields.readers import PathRead

Plugin = Literal["corrected", "published"]
"""Whose fields: as documented, or as the published Go plugin reads them."""


class Catalog:
    """The fields that rules can use, in the order in which they are listed."""

    def __init__(self, fields: Iterable[Field]) -> None:
        self._fields = {field.name: field for field in fields}
        self.longest_name = max(map(len, self._fields), default=0)
        """How many characters the longest name of a field has."""

    def find(self, name: str) -> Field | None:
        """Return the field of exactly this name."""
        return self._fields.get(name)

    def __iter__(self) -> Iterator[Field]:
        """Iterate over the fields in listing order."""
        return iter(self._fields.values())

    def __len__(self) -> int:
        """Return the number of fields."""
        return len(self._fields)


def load_catalog(plugin: Plugin | str = "corrected", user_fields: Sequence[Field] = ()) -> Catalog:
    """Return the fields of a plugin; fields of a user's own are part of `corrected` only, Falco does not know them."""
    return _published() if plugin == "published" else Catalog((*_corrected(), *user_fields))


def loaded_fields(catalog: Catalog, static: Sequence[tuple[str, str]] = (), *, has_json: bool = True) -> Catalog:
    """Return the fields of the plugins that are loaded, `json` among them or not, and fixed ones by name and text."""
    if has_json and not static:
        return catalog
    fields = [field for field in catalog if has_json or field.family is not Family.JSON]
    return Catalog([*fields, *(evt.static_field(name, text) for name, text in static)])


def is_corrected(catalog: Catalog) -> bool:
    """Return whether the fields are those as documented, which are read along paths."""
    field = catalog.find("kar.uid")
    return field is not None and isinstance(field.read, PathRead)


@cache
def _corrected() -> tuple[Field, ...]:
    kar = (*kar_request.FIELDS, *kar_objects.FIELDS, *kar_pod.FIELDS, *kar_containers.FIELDS)
    return (*kar, *json_fields.FIELDS, *evt.FIELDS)


@cache
def _published() -> Catalog:
    fields = (published.as_published(field) for field in _corrected())
    return Catalog(field for field in fields if field)
