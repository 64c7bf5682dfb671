"""Values of fields on events: read when asked for, once per event."""

from __future__ import annotations

from toolkit.events.review import Review
from toolkit.fields import rendering
from toolkit.fields.catalog import Catalog
from toolkit.fields.event import Event, Machine, Subject
from toolkit.fields.model import Field, Value


class EventFields:
    """The fields of one event."""

    __slots__ = ("_catalog", "_event", "_values")

    def __init__(self, catalog: Catalog, event: Event) -> None:
        self._catalog = catalog
        self._event = event
        self._values: dict[tuple[str, str | None], Value] = {}

    @property
    def subject(self) -> Subject:
        """What the event is about, which gates look at."""
        return self._event.subject

    @property
    def review(self) -> Review:
        """The review that the fields are read from."""
        return self._event.review

    def value(self, name: str, argument: str | None = None) -> Value:
        """Return what conditions compare: text, a list of texts (never empty), an unsigned number, a boolean, or None.

        Raises KeyError where the catalog has no such field.
        """
        key = (name, argument)
        if key not in self._values:
            self._values[key] = self._read(self._field(name), argument)
        return self._values[key]

    def output_value(self, name: str, argument: str | None = None) -> Value:
        """Return what `output_fields` of a JSON alert hold: as `value`, but times in signed nanoseconds.

        That goes for `evt.time`, `evt.datetime` and their kin too, which conditions and texts have as words.
        """
        return rendering.output_value(self._field(name), self._event, self.value(name, argument))

    def text(self, name: str, argument: str | None = None) -> str | None:
        """Return the field as it stands in a text, None where it has no value; lists are not rendered here.

        Raises TypeError for a list.
        """
        return rendering.text(self._field(name), self.value(name, argument))

    def _read(self, field: Field, argument: str | None) -> Value:
        if field.gate and not field.gate.admits(self._event.subject):
            return None
        return ended(field.read(self._event, argument))

    def _field(self, name: str) -> Field:
        field = self._catalog.find(name)
        if field is None:
            raise KeyError(name)
        return field


class Extractor:
    """Opens reviews as events whose fields can be read; `machine` gives host name and local time."""

    def __init__(self, catalog: Catalog, machine: Machine | None = None) -> None:
        self.catalog = catalog
        self.machine = machine or Machine()

    def open(self, review: Review, num: int, first_time_ns: int) -> EventFields:
        """Return the fields of the event `num` (from 1) of a run whose first event is of `first_time_ns`."""
        return EventFields(self.catalog, Event(review, num, first_time_ns, self.machine))


def ended(value: Value) -> Value:
    """Return a value as events have it: text ends at its first NUL, as in Falco, and an empty list is no value."""
    if isinstance(value, str):
        return value.partition("\0")[0] if "\0" in value else value
    return [text.partition("\0")[0] for text in value] or None if isinstance(value, list) else value
