"""What a field is: its name, type, argument, meaning, and how its value is read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from toolkit.fields.event import Event
from toolkit.fields.gates import Gate

Value = str | int | bool | list[str] | None
"""A field's value: text, a number, true or false, one or more texts, or None where it has none (`<NA>`)."""

Read = Callable[[Event, str | None], Value]
"""How a value is read: the event and the argument in, the value out."""


class FieldType(Enum):
    """The type that comparisons go by. ABSTIME and RELTIME are nanoseconds or seconds, unsigned, 64 bits."""

    STRING = "string"
    UINT64 = "uint64"
    ABSTIME = "abstime"
    RELTIME = "reltime"
    BOOL = "bool"


class Argument(Enum):
    """What may stand in the brackets after a field's name."""

    NONE = "none"
    INDEX = "index"
    KEY = "key"


class Family(Enum):
    """Who gives the field its value; the value of each member says it as a heading."""

    KAR = "kar: the admission review"
    EVT = "evt: the event, whatever its source"
    JSON = "json, jevt: the review as JSON"
    USER = "fields of your own"


def no_value(_event: Event, _argument: str | None) -> Value:
    """Read nothing: the field is there, and no event has a value for it."""
    return None


@dataclass(frozen=True, slots=True)
class Field:
    """One field.

    `gate` admits the events that the field is about (None: all); `paths` are those that `read` follows, for readers;
    `never` says why admission data can hold no value for it, and None that it can. `published` says how the published
    Go plugin differs (None: not at all). `refuses_empty_key` is about a key in brackets.
    """

    name: str
    description: str
    read: Read = no_value
    type: FieldType = FieldType.STRING
    is_list: bool = False
    argument: Argument = Argument.NONE
    argument_required: bool = False
    refuses_empty_key: bool = False
    family: Family = Family.KAR
    gate: Gate | None = None
    paths: tuple[str, ...] = ()
    never: str | None = None
    published: str | None = None

    @property
    def usage(self) -> str:
        """How the field is written: `name`, `name[index]` where that may be left out, `name[key]` where it may not."""
        if self.argument is Argument.NONE:
            return self.name
        inner = f"[{self.argument.value}]"
        return f"{self.name}{inner}" if self.argument_required else f"{self.name}, {self.name}{inner}"
