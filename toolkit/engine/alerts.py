"""Alerts: what a rule says about an event, as text and as JSON, byte for byte as Falco prints them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import orjson

from toolkit.events.review import Review
from toolkit.fields.evt import SOURCE
from toolkit.fields.extractor import EventFields
from toolkit.fields.model import Value
from toolkit.ruleset.outputs import Fields
from toolkit.ruleset.priorities import Priority
from toolkit.ruleset.rules import Rule
from toolkit.texts import encode_json

_TIME = "evt.time"
_OFFSET = "+0000"


@dataclass(frozen=True, slots=True)
class Alert:
    """A rule that fired on an event."""

    rule: Rule
    review: Review
    fields: EventFields

    def message(self) -> str:
        """Return the rule's output on the event."""
        return self.rule.output.text(self.fields)

    def text(self) -> str:
        """Return the line that Falco prints, without its end; a newline in a value is a newline here."""
        return f"{_prefix(self.fields, self.rule.priority)} {self.message()}"

    def output_fields(self) -> dict[str, Value]:
        """Return the values of the fields in the output, and the time."""
        return {**self.rule.output.fields(self.fields), _TIME: self.fields.output_value(_TIME)}

    def json(self, hostname: str | None = None) -> bytes:
        """Return the JSON line that Falco prints, without its end; without a host name that member is left out."""
        rule = self.rule
        members: dict[str, Any] = {
            "output": self.text(),
            "output_fields": self.output_fields(),
            "priority": rule.priority.in_alerts,
            "rule": rule.name,
            "source": SOURCE,
            "tags": list(rule.tags),
            "time": _utc(self.fields),
        }
        if hostname is not None:
            members["hostname"] = hostname
        return to_json(members)


def to_json(members: dict[str, Any]) -> bytes:
    """Return compact JSON with sorted keys; bytes that are not UTF-8 become U+FFFD."""
    try:
        return orjson.dumps(members, option=orjson.OPT_SORT_KEYS)
    except TypeError:
        return encode_json(members, orjson.OPT_SORT_KEYS)


def _prefix(fields: Fields, priority: Priority) -> str:
    return f"{fields.text(_TIME)}: {priority.in_alerts}"


def _utc(fields: Fields) -> str:
    return f"{(fields.text('evt.time.iso8601') or '').removesuffix(_OFFSET)}Z"
