"""An event of a line whose review was decoded in part: what that part does not hold is read the general way."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import msgspec

from toolkit.events import lenient, strict
from toolkit.events.lenient import NotJsonError
from toolkit.events.source import Source
from toolkit.events.times import SECOND_NS, parse_rfc3339
from toolkit.fields.catalog import Catalog
from toolkit.fields.extractor import EventFields, ended
from toolkit.fields.json_fields import below, tokens
from toolkit.fields.model import Value
from toolkit.fields.object_text import FRAME, ObjectTexts, pointer_reader
from toolkit.fields.paths import Path
from toolkit.fields.projection import NULL, OBJECTS, OddShapeError
from toolkit.fields.raw_texts import raw_text_reader
from toolkit.fields.readers import PathRead

_ISO = "evt.time.iso8601"
_TIME = "evt.time"
_POINTERS = ("json.value", "jevt.value")
_STAMP = b',"requestReceivedTimestamp":"'
_END = re.compile(_STAMP + rb'[0-9TZ:.+-]+"\}\s*')
_LONGEST_END = 100
_WHOLE_STAMP = len("2026-01-02T03:04:05.123456789Z")


class Clock:
    """The words of times; what they share with the time before is made once."""

    def __init__(self, utc_offset: int = 0) -> None:
        self._offset = utc_offset
        self._second = ""
        self._ns = 0
        self._local = ""

    def read(self, stamp: str) -> tuple[int, str, str]:
        """Return a valid time in UTC in nanoseconds since 1970, the local time of day, and a text to the nanosecond."""
        second = stamp[:19]
        if second != self._second:
            self._ns = parse_rfc3339(f"{second}Z") or 0
            day = (self._ns // SECOND_NS + self._offset) % 86400
            self._local = f"{day // 3600:02d}:{day // 60 % 60:02d}:{day % 60:02d}."
            self._second = second
        if len(stamp) == _WHOLE_STAMP:
            fraction = stamp[20:29]
            return self._ns + int(fraction), self._local + fraction, stamp
        fraction = stamp[20:29].rstrip("Z").ljust(9, "0")
        return self._ns + int(fraction), self._local + fraction, f"{second}.{fraction}Z"


class OpenLine(msgspec.Struct, gc=False):
    """The event `num` of a run, from line `number` of the file `name`, with the same values as `EventFields` has.

    `open_general` makes those when they are needed; `decode` decodes the line again where parts of it were put in.
    """

    line: bytes
    review: Any
    clock: Clock
    open_general: Callable[[bytes, str, int, int], EventFields]
    decode: Callable[[bytes], Any]
    name: str
    number: int
    num: int
    made_general: EventFields | None = None
    made_source: Source | None = None
    made_sources: dict[str, Source] | None = None
    made_objects: ObjectTexts | None = None
    made_times: tuple[int, str, str] | None = None

    @property
    def general(self) -> EventFields:
        """The fields as the general way reads them."""
        if self.made_general is None:
            self.made_general = self.open_general(self.line, self.name, self.number, self.num)
        return self.made_general

    def value(self, name: str, argument: str | None = None) -> Value:
        """Return what conditions compare."""
        return self.general.value(name, argument)

    def text(self, name: str, argument: str | None = None) -> str | None:
        """Return the value as it stands in a text."""
        if name == _TIME:
            return self.times()[1]
        return f"{self.times()[2][:-1]}+0000" if name == _ISO else self.general.text(name, argument)

    def output_value(self, name: str, argument: str | None = None) -> Value:
        """Return the value as `output_fields` hold it."""
        return self.times()[0] if name in (_TIME, _ISO) else self.general.output_value(name, argument)

    def times(self) -> tuple[int, str, str]:
        """Return the event's time in nanoseconds, the local time of day, and as text in UTC."""
        if self.made_times is None:
            self.made_times = self.clock.read(self.review.requestReceivedTimestamp)
        return self.made_times

    @property
    def objects(self) -> ObjectTexts:
        """The objects as they stand in the line; raises as `ObjectTexts` does."""
        if self.made_objects is None:
            self.made_objects = ObjectTexts(self.line, self.request)
        return self.made_objects

    @property
    def request(self) -> Any:
        """The decoded request, with the text of its objects."""
        request = self.review.request
        return self.decode(self.line).request if request.object is NULL else request

    def object_source(self, member: str) -> Source:
        """Return one of the objects, of several the last, as it stands in the line."""
        if self.made_sources is None:
            self.made_sources = {}
        if member not in self.made_sources:
            self.made_sources[member] = Source(strict.compact(bytes(getattr(self.request, member))))
        return self.made_sources[member]

    @property
    def source(self) -> Source:
        """The request as it stands in the line.

        Raises OddShapeError where the line has another frame than the recorder's, or nests too deep.
        """
        if self.made_source is None:
            self.made_source = Source(_request(self.line))
        return self.made_source


def _request(line: bytes) -> bytes:
    end = line.rfind(_STAMP, -_LONGEST_END)
    if not line.startswith(FRAME) or _END.fullmatch(line, max(end, 0)) is None or lenient.is_too_deep(line):
        raise OddShapeError
    try:
        return strict.compact(line[len(FRAME) : end])
    except NotJsonError as error:  # there are other members beside the request
        raise OddShapeError from error


def event_reader(catalog: Catalog, name: str, argument: str | None) -> Callable[[OpenLine], Value] | None:
    """Return what reads a field off the text of the request; None where the field is not read from the request."""
    field = catalog.find(name)
    if field is None:
        return None
    if name in _POINTERS:
        return _pointer_reader(argument)
    if not isinstance(field.read, PathRead) or any(path.head[:1] != ("request",) for path in field.read.paths):
        return None
    read = field.read
    members = {path.head[1] if len(path.head) > 1 else None for path in read.paths}
    if len(members) == 1 and (member := members.pop()) in OBJECTS:
        within = PathRead(read.take, tuple(Path(path.head[2:], path.tail) for path in read.paths), read.words)
        if texts := raw_text_reader(within):
            return lambda event: texts(getattr(event.request, str(member)))
        return lambda event: ended(within.read(event.object_source(str(member)), argument))
    below_request = PathRead(read.take, tuple(Path(path.head[1:], path.tail) for path in read.paths), read.words)
    return lambda event: ended(below_request.read(event.source, argument))


def _pointer_reader(pointer: str | None) -> Callable[[OpenLine], Value] | None:
    path = tokens(pointer)
    if path[:1] != ["request"]:
        return None
    if len(path) > 1 and path[1] in OBJECTS:
        read_object = pointer_reader(path[1], path[2:])
        return lambda event: read_object(event.made_objects or event.objects)
    rest = path[1:]

    def read(event: OpenLine) -> Value:
        found: Source | None = event.source
        for token in rest:
            found = below(found, token) if found else None
        return ended(found.words_like_fastjson()) if found else None

    return read
