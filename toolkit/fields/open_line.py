"""An event of a line whose review was decoded in part: what that part does not hold is read the general way."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from msgspec import Raw

from toolkit.events import lenient, strict
from toolkit.events.review import Review
from toolkit.events.source import Source
from toolkit.events.times import SECOND_NS, parse_rfc3339
from toolkit.fields.extractor import EventFields
from toolkit.fields.json_fields import below, tokens
from toolkit.fields.model import Value
from toolkit.fields.projection import OBJECTS, OddShapeError

_ISO = "evt.time.iso8601"
_TIME = "evt.time"
_NAMES = {member: re.compile(rb'"' + member.encode() + rb'"\s*:') for member in ("request", *OBJECTS)}


class Clock:
    """The words of times; what they share with the time before is made once."""

    def __init__(self, utc_offset: int = 0) -> None:
        self._offset = utc_offset
        self._second = ""
        self._ns = 0
        self._local = ""

    def read(self, stamp: str) -> tuple[int, str, str]:
        """Return a valid time in UTC as nanoseconds since 1970, the local time of day, and date and time in UTC."""
        second = stamp[:19]
        if second != self._second:
            self._ns = parse_rfc3339(f"{second}Z") or 0
            day = (self._ns // SECOND_NS + self._offset) % 86400
            self._local = f"{day // 3600:02d}:{day // 60 % 60:02d}:{day % 60:02d}"
            self._second = second
        fraction = stamp[20:29].rstrip("Z").ljust(9, "0")
        return self._ns + int(fraction), f"{self._local}.{fraction}", f"{second}.{fraction}+0000"


class OpenLine:
    """The event of one line, with the same values as `EventFields` has; `general` makes those when they are needed."""

    __slots__ = ("_clock", "_decode", "_general", "_open", "_sources", "_times", "line", "review")

    def __init__(
        self,
        line: bytes,
        review: Any,
        clock: Clock,
        decode: Callable[[bytes], Any],
        general: Callable[[], EventFields],
    ) -> None:
        self.line = line
        self.review = review
        self._clock = clock
        self._decode = decode
        self._open = general
        self._general: EventFields | None = None
        self._sources: dict[str, Source] = {}
        self._times: tuple[int, str, str] | None = None

    @property
    def general(self) -> EventFields:
        """The fields as the general way reads them."""
        if self._general is None:
            self._general = self._open()
        return self._general

    def value(self, name: str, argument: str | None = None) -> Value:
        """Return what conditions compare."""
        return self.general.value(name, argument)

    def text(self, name: str, argument: str | None = None) -> str | None:
        """Return the value as it stands in a text."""
        if name == _TIME:
            return self._time()[1]
        return self._time()[2] if name == _ISO else self.general.text(name, argument)

    def output_value(self, name: str, argument: str | None = None) -> Value:
        """Return the value as `output_fields` hold it."""
        return self._time()[0] if name == _TIME else self.general.output_value(name, argument)

    def _time(self) -> tuple[int, str, str]:
        if self._times is None:
            self._times = self._clock.read(self.review.requestReceivedTimestamp)
        return self._times

    def source(self, member: str) -> Source:
        """Return the object or the old object as it stands in the line.

        Raises OddShapeError where names could be repeated, so that the first is not the last, or it nests too deep.
        """
        if member not in self._sources:
            self._sources[member] = self._read_source(member)
        return self._sources[member]

    def _read_source(self, member: str) -> Source:
        line = self.line
        single = all(len(_NAMES[name].findall(line)) == 1 for name in ("request", member))
        if not single or b"\\u" in line or lenient.is_too_deep(line):
            raise OddShapeError
        raw = getattr(self.review.request, member)
        if raw.__class__ is not Raw:
            raw = getattr(self._decode(line).request, member)
        return Source(strict.compact(bytes(raw)))


def pointer_reader(pointer: str | None) -> Callable[[OpenLine], Value] | None:
    """Return what reads a JSON pointer into one of the objects; None where it leads elsewhere."""
    path = tokens(pointer)
    if len(path) < 2 or path[0] != "request" or path[1] not in OBJECTS:
        return None
    member, rest = path[1], path[2:]

    def read(event: OpenLine) -> Value:
        found: Source | None = event.source(member)
        for token in rest:
            found = below(found, token) if found else None
        if found is None:
            return None
        return found.words_like_fastjson().partition("\0")[0]

    return read
