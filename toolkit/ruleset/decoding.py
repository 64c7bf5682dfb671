"""Values of an item's keys, with Falco's demands on them and its words where they are not met."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TypeVar

from toolkit.ruleset.contexts import Context
from toolkit.ruleset.results import ErrorCode, LoadError
from toolkit.ruleset.yaml_nodes import Kind, Node
from toolkit.texts import number

T = TypeVar("T")

_TRUE = frozenset({"true", "yes", "y", "on"})
_FALSE = frozenset({"false", "no", "n", "off"})
_UNSIGNED = re.compile(r"\+?(?:0[xX][0-9a-fA-F]+|0[0-7]*|[1-9][0-9]*)\s*")
_LARGEST = 2**32 - 1


def invalid(message: str, context: Context, hint: str | None = None) -> LoadError:
    """Return the error of a file whose structure is wrong."""
    return LoadError(ErrorCode.LOAD_ERR_YAML_VALIDATE, message, context, hint)


def text(item: Node, key: str, context: Context) -> str:
    """Return the text of a key that has to be there."""
    return _required(item, key, context, lambda scalar: scalar)


def optional_text(item: Node, key: str, context: Context) -> str | None:
    """Return the text of a key, or None where the key is not there."""
    return text(item, key, context) if item.get(key) else None


def boolean(item: Node, key: str, context: Context) -> bool:
    """Return the truth value of a key that has to be there."""
    return _required(item, key, context, as_boolean)


def optional_boolean(item: Node, key: str, context: Context, *, default: bool) -> bool:
    """Return the truth value of a key, or the default where the key is not there."""
    return boolean(item, key, context) if item.get(key) else default


def unsigned(item: Node, key: str, context: Context) -> int:
    """Return the number of a key that has to be there: at most 32 bits, decimal, hexadecimal or octal."""
    return _required(item, key, context, as_unsigned)


def texts(item: Node, key: str, context: Context) -> list[str]:
    """Return the scalars of a key that has to be there and to hold a sequence of them."""
    value = item.get(key)
    if value is None:
        raise invalid(f"Item has no mapping for key '{key}'", context)
    inside = context.of(value, "value for", key)
    if value.kind is not Kind.SEQUENCE:
        raise invalid("Value is not a sequence", inside)
    for element in value.items:
        if element.kind is not Kind.SCALAR:
            raise invalid("sequence value is not scalar", inside.of(element, "list item"))
    return [element.text for element in value.items]


def as_boolean(scalar: str) -> bool | None:
    """Return the truth value that a word stands for: lower, upper or capitalised; None for any other."""
    if scalar not in (scalar.lower(), scalar.upper(), scalar.capitalize()):
        return None
    word = scalar.lower()
    return True if word in _TRUE else False if word in _FALSE else None


def as_unsigned(scalar: str) -> int | None:
    """Return the number that a word stands for, or None."""
    if not _UNSIGNED.fullmatch(scalar):
        return None
    digits = scalar.strip().lstrip("+")
    base = 16 if digits[:2] in ("0x", "0X") else 8 if digits.startswith("0") else 10
    found = number(digits, _LARGEST) if base == 10 else int(digits, base)
    return found if found <= _LARGEST else None


def _required(item: Node, key: str, context: Context, decode: Callable[[str], T | None]) -> T:
    value = item.get(key)
    if value is None:
        raise invalid(f"Item has no mapping for key '{key}'", context)
    if value.kind is Kind.NULL:
        raise invalid(f"Mapping for key '{key}' is empty", context)
    inside = context.of(value, "value for", key)
    if value.kind is not Kind.SCALAR:
        raise invalid("Value is not a scalar value", inside)
    if not value.text:
        raise invalid("Value must be non-empty", inside)
    decoded = decode(value.text)
    if decoded is None:
        raise invalid("Can't decode YAML scalar value", inside)
    return decoded
