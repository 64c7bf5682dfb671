"""How values stand in texts and in `output_fields`, where that is not simply the value."""

from __future__ import annotations

from toolkit.fields.event import Event
from toolkit.fields.evt import PADDED, TIMES_AS_WORDS
from toolkit.fields.model import Field, FieldType, Value

_TIMES = (FieldType.ABSTIME, FieldType.RELTIME)


def text(field: Field, value: Value) -> str | None:
    """Return the value as it stands in a text, None where there is none; raise TypeError for a list."""
    if isinstance(value, list):
        raise TypeError(f"{field.name} is a list")
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:09d}" if field.name in PADDED else str(value)


def output_value(field: Field, event: Event, value: Value) -> Value:
    """Return the value as `output_fields` hold it."""
    if field.name in TIMES_AS_WORDS:
        return _signed(event.review.time_ns)
    return _signed(value) if field.type in _TIMES and isinstance(value, int) else value


def _signed(number: int) -> int:
    # The 64 bits of an unsigned number, read as a signed one.
    return (number + 2**63) % 2**64 - 2**63
