"""A configuration as a tree of values that know their place, read as yaml-cpp reads it for Falco."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from toolkit.errors import ExitCode, Fault, ToolkitError
from toolkit.places import Place
from toolkit.ruleset.yaml_nodes import Kind, Mark, Node, YamlError, read_documents

MAX_DEPTH = 64
MAX_VALUES = 50_000
"""Values in one file, aliases written out; a file that means to be larger is refused."""


@dataclass(slots=True)
class Value:
    """A value and where it begins; `text` is a scalar's, `items` a list's, `members` a mapping's.

    `keys` are the places of the members' names; of equal names the first counts, and `doubles` places the others.
    """

    kind: Kind
    place: Place
    text: str = ""
    items: list[Value] = field(default_factory=list)
    members: dict[str, Value] = field(default_factory=dict)
    keys: dict[str, Place] = field(default_factory=dict)
    doubles: list[tuple[str, Place]] = field(default_factory=list)

    @property
    def is_scalar(self) -> bool:
        """Whether it is a text, number or truth value, which are all text here."""
        return self.kind is Kind.SCALAR

    @property
    def is_mapping(self) -> bool:
        """Whether it has members, or could have."""
        return self.kind is Kind.MAPPING

    def get(self, path: str) -> Value | None:
        """Return the value at the end of names with dots between them, or None."""
        found: Value | None = self
        for name in path.split("."):
            found = found.members.get(name) if found else None
        return found

    def at(self, route: Iterator[str | int]) -> Value:
        """Return the value at the end of a way of names and indexes that is there."""
        found = self
        for step in route:
            found = found.items[step] if isinstance(step, int) else found.members[step]
        return found

    def plain(self) -> Any:
        """Return the tree without places: dicts, lists, texts and None."""
        if self.is_mapping:
            return {name: member.plain() for name, member in self.members.items()}
        if self.kind is Kind.SEQUENCE:
            return [item.plain() for item in self.items]
        return self.text if self.is_scalar else None

    def __iter__(self) -> Iterator[Value]:
        """Iterate over this value and all below it."""
        yield self
        for inner in (*self.items, *self.members.values()):
            yield from inner


def refusal(message: str, place: Place | None = None, hint: str | None = None) -> ToolkitError:
    """Return the error of a faulty configuration (exit 2)."""
    return ToolkitError(Fault(message, place, hint), ExitCode.USAGE)


def read_tree(data: bytes, file: str) -> tuple[Value, list[str]]:
    """Return a file's first document, and notes on what else there is in it; an empty file is an empty mapping.

    Raises ToolkitError (exit 2) where it is not YAML, or no mapping, or larger than anybody means it to be.
    """
    try:
        documents = read_documents(data)
    except YamlError as error:
        place = _place(error.mark, file)
        raise refusal(f"not YAML: {error.message}", place) from None
    if not documents or documents[0].kind is Kind.NULL:
        return Value(Kind.MAPPING, Place(file)), []
    tree = _Builder(file).value(documents[0], 0)
    if not tree.is_mapping:
        raise refusal("expected keys with values, as in falco.yaml", tree.place, "write `rules_files: [rules.yaml]`")
    notes = [
        f"{place}: {name} stands twice in one mapping; the first counts, as in Falco" for name, place in _all(tree)
    ]
    if len(documents) > 1:
        notes.append(f"{_place(documents[1].mark, file)}: only the first document is read, as in Falco")
    return tree, notes


def inline(text: str, place: Place) -> Value:
    """Return what a text in braces says; its values all stand at `place`. Raises ToolkitError (exit 2)."""
    try:
        documents = read_documents(text.encode("utf-8", "surrogateescape"))
    except YamlError as error:
        raise refusal(f"not YAML: {error.message}", place) from None
    return _Builder(place.file, lambda _: place).value(documents[0], 0)


def from_json(text: str, place: Place) -> Value:
    """Return what a JSON text says; its values all stand at `place`. Raises ValueError."""
    return _as_value(json.loads(text), place)


def _as_value(found: Any, place: Place) -> Value:
    if isinstance(found, dict):
        members = {name: _as_value(member, place) for name, member in found.items()}
        return Value(Kind.MAPPING, place, members=members, keys=dict.fromkeys(members, place))
    if isinstance(found, list):
        return Value(Kind.SEQUENCE, place, items=[_as_value(item, place) for item in found])
    if found is None:
        return Value(Kind.NULL, place)
    return Value(Kind.SCALAR, place, found if isinstance(found, str) else json.dumps(found))


def _all(tree: Value) -> Iterator[tuple[str, Place]]:
    for value in tree:
        yield from value.doubles


def _place(mark: Mark, file: str) -> Place:
    return Place(file, mark.line + 1, mark.column + 1)


class _Builder:
    """Makes a tree of nodes; what an alias names stands there once more, so that nothing is shared."""

    def __init__(self, file: str, place: Callable[[Mark], Place] | None = None) -> None:
        self._place = place or (lambda mark: _place(mark, file))
        self._count = 0

    def value(self, node: Node, depth: int) -> Value:
        place = self._place(node.mark)
        self._count += 1
        if depth > MAX_DEPTH or self._count > MAX_VALUES:
            raise refusal(f"more than {MAX_DEPTH} levels or {MAX_VALUES} values", place, "aliases count as written out")
        value = Value(node.kind, place, node.text)
        value.items = [self.value(item, depth + 1) for item in node.items]
        for key, member in node.pairs:
            self._add(value, key, member, depth)
        return value

    def _add(self, value: Value, key: Node, member: Node, depth: int) -> None:
        place = self._place(key.mark)
        if key.kind is not Kind.SCALAR:
            raise refusal(f"expected a name as key, found a {key.kind.value}", place)
        if key.text in value.members:
            value.doubles.append((key.text, place))
            return
        value.members[key.text] = self.value(member, depth + 1)
        value.keys[key.text] = place
