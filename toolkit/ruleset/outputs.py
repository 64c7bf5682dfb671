"""Outputs of rules: text with fields in it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from toolkit.conditions.compiler import compile_longest_operand
from toolkit.conditions.nodes import FieldRef
from toolkit.conditions.operand_compiler import CompiledOperand
from toolkit.conditions.walk import operand_value
from toolkit.fields.catalog import Catalog
from toolkit.fields.model import Value
from toolkit.ruleset.bounds import WIDEST, TooLargeError
from toolkit.texts import number, shortened

MISSING = "<NA>"
LIST_BYTES = 1023
"""A list's text is cut after so many bytes."""

_WIDTH = re.compile(r"[0-9]+")


class Fields(Protocol):
    """The fields of one event."""

    def value(self, name: str, argument: str | None = None) -> Value:
        """Return the value that conditions compare."""

    def text(self, name: str, argument: str | None = None) -> str | None:
        """Return the value as it stands in a text; lists are not rendered."""

    def output_value(self, name: str, argument: str | None = None) -> Value:
        """Return the value as `output_fields` hold it."""


Rendered = tuple[str, dict[str, Value]]
"""The text of an output on an event, and the values of its fields."""


class OutputError(Exception):
    """An output that is not well formed; `at` is the character of the output where that shows."""

    def __init__(self, message: str, at: int) -> None:
        super().__init__(message)
        self.message = message
        self.at = at


@dataclass(frozen=True, slots=True)
class Token:
    """A field or transformer call in an output; the text is cut or filled to `width` bytes, 0 leaves it as it is."""

    operand: CompiledOperand
    width: int = 0

    def text(self, fields: Fields) -> str:
        """Render the value on an event."""
        return _fixed(self._text(fields), self.width) if self.width else self._text(fields)

    def _text(self, fields: Fields) -> str:
        node = self.operand.node
        if isinstance(node, FieldRef) and not self.operand.is_list:
            text = fields.text(node.name, node.argument)
            return MISSING if text is None else text
        value = operand_value(self.operand, fields.value)
        return MISSING if value is None else list_text(value) if isinstance(value, list) else str(value)


@dataclass(frozen=True, slots=True)
class OutputFormat:
    """An output ready to be rendered: literal texts and fields in turn."""

    source: str
    parts: tuple[str | Token, ...]

    @property
    def fields_used(self) -> tuple[FieldRef, ...]:
        """The fields that stand in the output, inside transformers too, each once."""
        tokens = [part for part in self.parts if isinstance(part, Token)]
        return tuple(dict.fromkeys(field for token in tokens for field in token.operand.fields))

    def text(self, fields: Fields) -> str:
        """Render the output on an event; what has no value is `<NA>`."""
        prepared = _prepared(self, fields)
        if prepared is not None:
            return prepared[0]
        return "".join(part if isinstance(part, str) else part.text(fields) for part in self.parts)

    def fields(self, fields: Fields) -> dict[str, Value]:
        """Return the values of the fields on an event, by field and argument."""
        prepared = _prepared(self, fields)
        if prepared is not None:
            return prepared[1]
        return {str(field): fields.output_value(field.name, field.argument) for field in self.fields_used}


@dataclass(frozen=True, slots=True)
class ExtraField:
    """A member that a configuration adds to `output_fields`: an output as text, or the value of one field."""

    name: str
    format: OutputFormat
    as_value: bool

    def value(self, fields: Fields) -> Value:
        """Return the member's value on an event; of a name that is not just how its field is written, None."""
        return self.format.fields(fields).get(self.name) if self.as_value else self.format.text(fields)


def _prepared(output: OutputFormat, fields: Fields) -> Rendered | None:
    """Return what fields that render outputs themselves make of one; None where they do not."""
    rendered = getattr(fields, "rendered", None)
    found: Rendered | None = rendered(output) if rendered else None
    return found


def parse_output(text: str, catalog: Catalog) -> OutputFormat:
    """Return the output's parts; raise OutputError with Falco's message where it is not well formed.

    A `%` begins a field: the longest text after it that is one. There is no way to write a `%` that is none.
    """
    if not text:
        raise OutputError("empty formatting token", 0)
    return OutputFormat(text, tuple(_parts(text, 1 if text.startswith("*") else 0, catalog)))


def _parts(text: str, start: int, catalog: Catalog) -> Iterator[str | Token]:
    while (percent := text.find("%", start)) >= 0:
        if percent > start:
            yield text[start:percent]
        if percent == len(text) - 1:
            raise OutputError("invalid formatting syntax: formatting cannot end with a %", percent)
        width = _WIDTH.match(text, percent + 1)
        begin = width.end() if width else percent + 1
        if begin == len(text):
            raise OutputError("invalid formatting syntax: formatting cannot end with a number", percent)
        found = compile_longest_operand(text[begin:], catalog)
        if found is None:
            raise OutputError("unknown filter: unexpected token after '", percent)
        operand, length = found
        yield Token(operand, _width(width[0]) if width else 0)
        start = begin + length
    if start < len(text):
        yield text[start:]


def _width(digits: str) -> int:
    found = number(digits, WIDEST)
    if found > WIDEST:
        message = f"%{shortened(digits, 20)} fills a field to more than {WIDEST:,} bytes"
        raise TooLargeError(message, "a number behind % is the width of the field, as in %20kar.verb")
    return found


def list_text(values: list[str]) -> str:
    """Render a list as `(a,b)`, cut as Falco cuts it; a separator stands only where something stands before it."""
    if values and not values[0]:
        values = values[next((number for number, value in enumerate(values) if value), len(values)) :]
    text = f"({','.join(values)})"
    if len(text) * 4 <= LIST_BYTES:
        return text
    octets = text.encode("utf-8", "surrogateescape")
    return text if len(octets) <= LIST_BYTES else octets[:LIST_BYTES].decode("utf-8", "surrogateescape")


def _fixed(text: str, width: int) -> str:
    octets = text.encode("utf-8", "surrogateescape")
    return octets[:width].ljust(width).decode("utf-8", "surrogateescape")
