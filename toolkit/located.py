"""YAML text as values that know their place, so that every later fault can name a line and a column."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import yaml
from yaml.constructor import ConstructorError, SafeConstructor
from yaml.events import (
    AliasEvent,
    DocumentEndEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)
from yaml.nodes import ScalarNode

from toolkit.errors import ToolkitError, bad_input
from toolkit.places import Place
from toolkit.texts import shortened

MAX_DEPTH = 64
"""Nesting beyond this is refused; the deepest Kubernetes objects (CRD schemas) stay far below it."""
MAX_VALUES = 50_000
"""Values in one file, aliases expanded: a YAML bomb stops here."""

_LARGEST = 2**64 - 1
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_RESOLVERS = {
    first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith(("timestamp", ":value"))]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
"""As Kubernetes reads YAML: dates stay text."""


@dataclass(frozen=True, slots=True)
class Located:
    """A value with its place: a scalar, a list of Located, or a dict of name to Located; `keys` places the names."""

    value: Any
    place: Place
    keys: dict[str, Place] | None = None

    def plain(self) -> Any:
        """Return the value without places: what `json.loads` would give."""
        if isinstance(self.value, dict):
            return {name: member.plain() for name, member in self.value.items()}
        if isinstance(self.value, list):
            return [element.plain() for element in self.value]
        return self.value

    def members(self) -> Iterator[Located]:
        """Yield the values right below this one, in the order of the file; a scalar has none."""
        if isinstance(self.value, dict):
            yield from self.value.values()
        elif isinstance(self.value, list):
            yield from self.value

    def at(self, route: Sequence[str | int]) -> Located:
        """Return the value at the end of the way of names and indexes, or the last one on it that is there."""
        found = self
        for step in route:
            inside = isinstance(found.value, dict | list) and (step in found.keys if found.keys is not None else True)
            if not inside:
                return found
            found = found.value[step]
        return found

    def scalars(self) -> Iterator[Located]:
        """Yield every scalar at or below this value, in the order of the file."""
        if isinstance(self.value, dict | list):
            for member in self.members():
                yield from member.scalars()
        else:
            yield self


def elements(found: Located | None) -> list[Located]:
    """Return a list's elements; a single value is a list of one, nothing a list of none."""
    if found is None:
        return []
    return found.value if isinstance(found.value, list) else [found]


class _Composer:
    """Builds one document from the parser's events; never deeper than MAX_DEPTH, never more than MAX_VALUES."""

    def __init__(self, text: str, file: str) -> None:
        self._events: Iterator[Event] = yaml.parse(text, Loader=_LOADER)
        self._file = file
        self._anchors: dict[str, Located] = {}
        self._sizes: dict[str, int] = {}
        self._values = 0

    def documents(self) -> Iterator[Located]:
        for event in self._events:
            if isinstance(event, DocumentEndEvent):
                self._anchors.clear()
            elif isinstance(event, ScalarEvent | MappingStartEvent | SequenceStartEvent | AliasEvent):
                yield self._value(event, 0)

    def _value(self, event: Event, depth: int) -> Located:
        place = self._place(event)
        if depth > MAX_DEPTH:
            raise _too_deep(place)
        if isinstance(event, AliasEvent):
            return self._alias(str(event.anchor), place)
        before = self._values
        self._count(1, place)
        located = self._fresh(event, place, depth)
        anchor = getattr(event, "anchor", None)
        if anchor:
            self._anchors[anchor], self._sizes[anchor] = located, self._values - before
        return located

    def _fresh(self, event: Event, place: Place, depth: int) -> Located:
        if isinstance(event, SequenceStartEvent):
            return Located(self._list(depth), place)
        if isinstance(event, MappingStartEvent):
            return self._mapping(place, depth)
        assert isinstance(event, ScalarEvent)
        return Located(_scalar(event, place), place)

    def _alias(self, anchor: str, place: Place) -> Located:
        if anchor not in self._anchors:
            raise bad_input(
                f"alias *{shortened(anchor)} has no anchor before it",
                place,
                hint=f"write &{shortened(anchor)} at the value",
            )
        self._count(self._sizes[anchor], place)
        return self._anchors[anchor]

    def _list(self, depth: int) -> list[Located]:
        elements = []
        while not isinstance(event := next(self._events), SequenceEndEvent):
            elements.append(self._value(event, depth + 1))
        return elements

    def _mapping(self, place: Place, depth: int) -> Located:
        members: dict[str, Located] = {}
        keys: dict[str, Place] = {}
        while not isinstance(event := next(self._events), MappingEndEvent):
            key = self._value(event, depth + 1)
            value = self._value(next(self._events), depth + 1)
            name = _key(key)
            if name in members:
                raise bad_input(
                    f'key "{shortened(name)}" stands twice', key.place, hint=f"the first is at {keys[name]}"
                )
            members[name], keys[name] = value, key.place
        return Located(members, place, keys)

    def _count(self, values: int, place: Place) -> None:
        self._values += values
        if self._values > MAX_VALUES:
            raise bad_input(f"more than {MAX_VALUES} values in one file", place, hint="aliases count as written out")

    def _place(self, event: Event) -> Place:
        mark = event.start_mark
        return Place(self._file, mark.line + 1, mark.column + 1) if mark else Place(self._file)


def read_yaml(text: bytes, file: str) -> list[Located]:
    """Read every document of a YAML file; `file` names it in places.

    Raises ToolkitError (exit 3) with line and column for what is not YAML, not UTF-8, or too deep or large.
    """
    try:
        return list(_Composer(text.decode("utf-8-sig"), file).documents())
    except UnicodeDecodeError as error:
        line = text.count(b"\n", 0, error.start) + 1
        raise bad_input("not UTF-8 text", Place(file, line), hint="save the file as UTF-8") from error
    except yaml.MarkedYAMLError as error:
        raise _syntax_error(error, file) from error
    except yaml.YAMLError as error:
        raise bad_input(f"not YAML: {error}".splitlines()[0], Place(file)) from error


def _syntax_error(error: yaml.MarkedYAMLError, file: str) -> ToolkitError:
    mark = error.problem_mark or error.context_mark
    place = Place(file, mark.line + 1, mark.column + 1) if mark else Place(file)
    if "nesting depth" in str(error.problem):  # libyaml, which reads ahead, has a limit of its own
        return _too_deep(place)
    return bad_input(f"not YAML: {error.problem or error.context}", place, hint=error.note)


def _too_deep(place: Place) -> ToolkitError:
    return bad_input(f"nested more than {MAX_DEPTH} levels deep", place, hint="flatten the document")


def _key(key: Located) -> str:
    if isinstance(key.value, str):
        return key.value
    found = "a list or mapping" if isinstance(key.value, dict | list) else shortened(repr(key.value))
    raise bad_input(f"expected a name as key, found {found}", key.place, hint="put the key in quotes")


def _scalar(event: ScalarEvent, place: Place) -> Any:
    tag = event.tag or (_plain_tag(event.value) if event.implicit[0] else "tag:yaml.org,2002:str")
    if tag == "tag:yaml.org,2002:str":
        return event.value
    construct = _CONSTRUCT.get(tag)
    if construct is None:
        raise bad_input(f"tag {shortened(tag)} is not known here", place, hint="write plain YAML")
    try:
        found = construct(SafeConstructor(), ScalarNode(tag, event.value))
    except (ValueError, KeyError, IndexError, ConstructorError) as error:
        raise bad_input(f"{shortened(event.value)!r} is not a {tag.rsplit(':', 1)[-1]}", place) from error
    if isinstance(found, float | int) and not -_LARGEST <= found <= _LARGEST:
        raise bad_input(f"{shortened(event.value)!r} is not a number of 64 bits", place, hint="put it in quotes")
    return found


def _plain_tag(value: str) -> str:
    for tag, pattern in _RESOLVERS.get(value[:1], []):
        if pattern.match(value) and ":" not in value:  # 12:30 is text, not a number to base sixty
            return str(tag)
    return "tag:yaml.org,2002:str"


_CONSTRUCT: dict[str, Any] = {
    "tag:yaml.org,2002:null": SafeConstructor.construct_yaml_null,
    "tag:yaml.org,2002:bool": SafeConstructor.construct_yaml_bool,
    "tag:yaml.org,2002:int": SafeConstructor.construct_yaml_int,
    "tag:yaml.org,2002:float": SafeConstructor.construct_yaml_float,
}
