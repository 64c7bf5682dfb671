"""The shapes that values of our own files have: one declaration checks a value and gives its JSON Schema."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from toolkit.errors import Faults, closest
from toolkit.located import Located

Schema = dict[str, Any]


class Shape(Protocol):
    """What a value must look like."""

    def check(self, found: Located, faults: Faults) -> None:
        """Add a fault for everything in `found` that does not fit."""

    def schema(self) -> Schema:
        """Return the JSON Schema of the shape."""


@dataclass(frozen=True, slots=True)
class Scalar:
    """A text, number or flag; `accepts` narrows it further and says in `words` what was expected."""

    kind: type
    words: str
    accepts: Callable[[Any], bool] = lambda _: True
    more: Mapping[str, Any] = field(default_factory=dict)

    def check(self, found: Located, faults: Faults) -> None:
        """Add a fault unless the value is of this kind and accepted."""
        if type(found.value) is not self.kind or not self.accepts(found.value):
            faults.add(f"expected {self.words}, found {describe(found)}", found.place)

    def schema(self) -> Schema:
        """Return the JSON Schema of the scalar."""
        return {"type": {str: "string", int: "integer", bool: "boolean"}[self.kind], **self.more}


@dataclass(frozen=True, slots=True)
class Choice:
    """One word of a few."""

    words: tuple[str, ...]

    def check(self, found: Located, faults: Faults) -> None:
        """Add a fault, with the nearest word, unless the value is one of the words."""
        if found.value not in self.words:
            message = f"expected one of {', '.join(self.words)}, found {describe(found)}"
            faults.add(message, found.place, hint=closest(str(found.value), self.words))

    def schema(self) -> Schema:
        """Return the JSON Schema of the choice."""
        return {"enum": list(self.words)}


@dataclass(frozen=True, slots=True)
class ListOf:
    """A list of values of one shape."""

    element: Shape
    at_least: int = 0

    def check(self, found: Located, faults: Faults) -> None:
        """Add a fault unless this is a list, and the faults of every element."""
        if not isinstance(found.value, list):
            faults.add(f"expected a list, found {describe(found)}", found.place)
            return
        if len(found.value) < self.at_least:
            faults.add(f"expected at least {self.at_least} entry, found an empty list", found.place)
        for element in found.value:
            self.element.check(element, faults)

    def schema(self) -> Schema:
        """Return the JSON Schema of the list."""
        least = {"minItems": self.at_least} if self.at_least else {}
        return {"type": "array", "items": self.element.schema(), **least}


@dataclass(frozen=True, slots=True)
class MapOf:
    """A map of free names to values of one shape."""

    member: Shape

    def check(self, found: Located, faults: Faults) -> None:
        """Add a fault unless this is a map, and the faults of every member."""
        if not isinstance(found.value, dict):
            faults.add(f"expected a map, found {describe(found)}", found.place)
            return
        for value in found.value.values():
            self.member.check(value, faults)

    def schema(self) -> Schema:
        """Return the JSON Schema of the map."""
        return {"type": "object", "additionalProperties": self.member.schema()}


@dataclass(frozen=True, slots=True)
class Key:
    """A key of a record: the shape of its value, what it means, and whether it must be there."""

    shape: Shape
    means: str
    required: bool = False


@dataclass(frozen=True, slots=True)
class Record:
    """A map with known keys; `exactly_one` names keys of which there must be one and only one."""

    keys: Mapping[str, Key]
    exactly_one: tuple[str, ...] = ()
    called: str = "key"

    def check(self, found: Located, faults: Faults) -> None:
        """Add a fault for every unknown, missing or ill-shaped key."""
        if not isinstance(found.value, dict):
            faults.add(f"expected a map with {_some(self.keys)}, found {describe(found)}", found.place)
            return
        for name, value in found.value.items():
            if name in self.keys:
                self.keys[name].shape.check(value, faults)
            else:
                hint = closest(name, self.keys) or f"known here: {', '.join(self.keys)}"
                faults.add(f'unknown key "{name}"', (found.keys or {}).get(name, value.place), hint=hint)
        self._check_presence(found, faults)

    def _check_presence(self, found: Located, faults: Faults) -> None:
        for name, key in self.keys.items():
            if key.required and name not in found.value:
                faults.add(f'key "{name}" is missing', found.place, hint=f"{name}: {key.means}")
        present = [name for name in self.exactly_one if name in found.value]
        misspelt = not present and not found.value.keys() <= self.keys.keys()  # the unknown key is fault enough
        if self.exactly_one and len(present) != 1 and not misspelt:
            number = f"{len(present)} ({', '.join(present)})" if present else "none"
            hint = f"one of {', '.join(self.exactly_one)}"
            faults.add(f"expected exactly one {self.called}, found {number}", found.place, hint=hint)

    def schema(self) -> Schema:
        """Return the JSON Schema of the record."""
        properties = {name: {**key.shape.schema(), "description": key.means} for name, key in self.keys.items()}
        required = [name for name, key in self.keys.items() if key.required]
        schema: Schema = {"type": "object", "properties": properties, "additionalProperties": False}
        if required:
            schema["required"] = required
        if self.exactly_one:
            schema["oneOf"] = [{"required": [name]} for name in self.exactly_one]
        return schema


@dataclass(frozen=True, slots=True)
class EitherOf:
    """A list in the one shape or a map in the other; what is neither is a fault."""

    as_list: ListOf
    as_map: Shape

    def check(self, found: Located, faults: Faults) -> None:
        """Add the faults of the shape that the value's own kind chooses."""
        if isinstance(found.value, list | dict):
            (self.as_list if isinstance(found.value, list) else self.as_map).check(found, faults)
        else:
            faults.add(f"expected a list or a map, found {describe(found)}", found.place)

    def schema(self) -> Schema:
        """Return the JSON Schema of the alternative."""
        return {"anyOf": [self.as_map.schema(), self.as_list.schema()]}


def describe(found: Located) -> str:
    """Say what a value is, short enough for a message."""
    if isinstance(found.value, dict):
        return "a map"
    if isinstance(found.value, list):
        return "a list"
    if found.value is None:
        return "nothing"
    text = str(found.value).lower() if isinstance(found.value, bool) else repr(found.value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _some(names: Mapping[str, object]) -> str:
    first = list(names)[:4]
    return ", ".join(first) + (", …" if len(names) > len(first) else "")
