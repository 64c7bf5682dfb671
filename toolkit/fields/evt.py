"""The `evt.*` fields, which Falco gives to every event, whatever its source."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from toolkit.events.times import SECOND_NS
from toolkit.fields.event import Event
from toolkit.fields.model import Family, Field, FieldType, Read, Value

SOURCE = "k8s_admission"
PLUGIN = "k8sadmission"

TIMES_AS_WORDS = frozenset({"evt.time", "evt.time.s", "evt.time.iso8601", "evt.datetime", "evt.datetime.s"})
"""Fields whose value is a time in words, and in `output_fields` the nanoseconds."""
PADDED = frozenset({"evt.rawtime.ns", "evt.reltime", "evt.reltime.ns"})
"""Numbers that have at least nine digits in a text."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_BITS_64 = 2**64


def _time(event: Event) -> int:
    # Falco holds times unsigned: before 1970 is far in the future.
    return event.review.time_ns % _BITS_64


def _since_first(event: Event) -> int:
    return (event.review.time_ns - event.first_time_ns) % _BITS_64


def _words(form: str, *, fraction: bool, local: bool) -> Read:
    def read(event: Event, _argument: str | None) -> Value:
        seconds, rest = divmod(_time(event), SECOND_NS)
        moment = _EPOCH + timedelta(seconds=seconds + (event.machine.utc_offset if local else 0))
        return moment.strftime(form) + (f".{rest:09d}" if fraction else "") + ("" if local else "+0000")

    return read


def _field(name: str, description: str, read: Read, kind: FieldType = FieldType.STRING) -> Field:
    return Field(name, description, read, kind, family=Family.EVT)


FIELDS = (
    _field("evt.num", "Number of the event in the run, from 1.", lambda event, _: event.num, FieldType.UINT64),
    _field("evt.time", "Local time of day with nanoseconds.", _words("%H:%M:%S", fraction=True, local=True)),
    _field("evt.time.s", "Local time of day to the second.", _words("%H:%M:%S", fraction=False, local=True)),
    _field(
        "evt.time.iso8601",
        "Date and time in UTC with nanoseconds.",
        _words("%Y-%m-%dT%H:%M:%S", fraction=True, local=False),
    ),
    _field(
        "evt.datetime",
        "Local date and time with nanoseconds.",
        _words("%Y-%m-%d %H:%M:%S", fraction=True, local=True),
    ),
    _field(
        "evt.datetime.s",
        "Local date and time to the second.",
        _words("%Y-%m-%d %H:%M:%S", fraction=False, local=True),
    ),
    _field("evt.rawtime", "Nanoseconds since 1970.", lambda event, _: _time(event), FieldType.ABSTIME),
    _field("evt.rawtime.s", "Whole seconds since 1970.", lambda event, _: _time(event) // SECOND_NS, FieldType.ABSTIME),
    _field(
        "evt.rawtime.ns",
        "Nanoseconds of the second.",
        lambda event, _: _time(event) % SECOND_NS,
        FieldType.ABSTIME,
    ),
    _field(
        "evt.reltime",
        "Nanoseconds since the run's first event; an earlier event wraps around, as in Falco.",
        lambda event, _: _since_first(event),
        FieldType.RELTIME,
    ),
    _field(
        "evt.reltime.s",
        "Whole seconds since the run's first event.",
        lambda event, _: _since_first(event) // SECOND_NS,
        FieldType.RELTIME,
    ),
    _field(
        "evt.reltime.ns",
        "Nanoseconds of the second since the run's first event.",
        lambda event, _: _since_first(event) % SECOND_NS,
        FieldType.RELTIME,
    ),
    _field("evt.source", f"Always {SOURCE}.", lambda _event, _: SOURCE),
    _field("evt.pluginname", f"Always {PLUGIN}.", lambda _event, _: PLUGIN),
    _field("evt.plugininfo", "The whole review, as its line has it.", lambda event, _: event.source.json()),
    _field("evt.is_async", "Always false.", lambda _event, _: False, FieldType.BOOL),
    Field(
        "evt.asynctype",
        "Kind of an asynchronous event.",
        family=Family.EVT,
        never="admission reviews are not asynchronous events",
    ),
    _field("evt.hostname", "Name of the host, or FALCO_HOSTNAME.", lambda event, _: event.machine.hostname),
)


def static_field(name: str, text: str) -> Field:
    """Return the field `static.NAME` that a configuration gives to every event, whatever its source."""
    return Field(f"static.{name}", "A fixed text of the configuration.", lambda _event, _: text, family=Family.EVT)
