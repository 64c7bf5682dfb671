"""Alerts: what a rule says about an event, as text and as JSON, byte for byte as Falco prints them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import orjson

from toolkit.engine.about import About, about
from toolkit.events.review import Review
from toolkit.fields.evt import SOURCE
from toolkit.fields.model import Value
from toolkit.ruleset.outputs import Fields
from toolkit.ruleset.rules import Rule
from toolkit.texts import encode_json

_TIME = "evt.time"
_ISO_TIME = "evt.time.iso8601"
_OFFSET = "+0000"


@dataclass(frozen=True, slots=True)
class AlertForm:
    """How alerts are written: as JSON or text, which members JSON has, and the time before a message with its date."""

    json: bool = False
    include_output: bool = True
    include_tags: bool = True
    include_message: bool = False
    include_output_fields: bool = True
    iso_time: bool = False

    @property
    def time_field(self) -> str:
        """The field whose text stands before a message."""
        return _ISO_TIME if self.iso_time else _TIME

    @property
    def has_usual_members(self) -> bool:
        """Whether JSON has the members that it has where nothing is configured, and their form."""
        has_all = self.include_output and self.include_tags and self.include_output_fields
        return has_all and not (self.include_message or self.iso_time)


DEFAULT_FORM = AlertForm()


@dataclass(frozen=True, slots=True)
class Alert:
    """A rule that fired on an event."""

    rule: Rule
    review: Review
    fields: Fields

    @property
    def time_ns(self) -> int | None:
        """When the event was received, in nanoseconds since 1970; None where the line has no readable time."""
        return None if self.review.time_fault else self.review.time_ns

    def about(self) -> About:
        """Return who made the request, and what it is about."""
        return about(self.review)

    def message(self) -> str:
        """Return the rule's output on the event."""
        return self.rule.output.text(self.fields)

    def text(self, form: AlertForm = DEFAULT_FORM) -> str:
        """Return the line that Falco prints, without its end; a newline in a value is a newline here."""
        return f"{self.fields.text(form.time_field)}: {self.rule.priority.in_alerts} {self.message()}"

    def output_fields(self, form: AlertForm = DEFAULT_FORM) -> dict[str, Value]:
        """Return the values of the fields in the output, the time, and what the configuration adds."""
        found = {**self.rule.output.fields(self.fields), form.time_field: self.fields.output_value(form.time_field)}
        for extra in self.rule.extra_fields:
            found[extra.name] = extra.value(self.fields)
        return found

    def json(self, hostname: str | None = None, form: AlertForm = DEFAULT_FORM) -> bytes:
        """Return the JSON line that Falco prints, without its end; without a host name that member is left out."""
        rule = self.rule
        members: dict[str, Any] = {
            "priority": rule.priority.in_alerts,
            "rule": rule.name,
            "source": SOURCE,
            "time": _utc(self.fields),
        }
        if form.include_output:
            members["output"] = self.text(form)
        if form.include_message:
            members["message"] = self.message()
        if form.include_output_fields:
            members["output_fields"] = self.output_fields(form)
        if form.include_tags:
            members["tags"] = list(rule.tags)
        if hostname is not None:
            members["hostname"] = hostname
        return to_json(members)

    def line(self, form: AlertForm, hostname: str | None = None) -> bytes:
        """Return the alert as the configured line, without its end."""
        return self.json(hostname, form) if form.json else self.text(form).encode("utf-8", "surrogateescape")


def to_json(members: dict[str, Any]) -> bytes:
    """Return compact JSON with sorted keys; bytes that are not UTF-8 become U+FFFD."""
    try:
        return orjson.dumps(members, option=orjson.OPT_SORT_KEYS)
    except TypeError:
        return encode_json(members, orjson.OPT_SORT_KEYS)


def _utc(fields: Fields) -> str:
    return f"{(fields.text(_ISO_TIME) or '').removesuffix(_OFFSET)}Z"
