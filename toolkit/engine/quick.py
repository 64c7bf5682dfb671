"""The rules of a run as lines see them that are decoded in part: tables of what is left for each sort of request."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from toolkit.conditions.compiled import Fired, Reader
from toolkit.conditions.nodes import FieldRef
from toolkit.engine.by_user import ByUser, Users
from toolkit.engine.cases import Cases, Sort
from toolkit.engine.output_code import Readers, Render, output_functions
from toolkit.events.times import SECOND_NS, parse_rfc3339
from toolkit.fields.catalog import Catalog
from toolkit.fields.event import Subject
from toolkit.fields.gates import Gate
from toolkit.fields.object_text import FRAME
from toolkit.fields.open_line import Clock, event_reader
from toolkit.fields.projected import project
from toolkit.fields.projection import OddShapeError
from toolkit.ruleset.rules import Rule

POD_AT = len(FRAME) + len('{"uid":"00000000-0000-0000-0000-000000000000","kind":{"group":"","version":"v1","kind":"')
POD = ord("P")
"""What stands where in the line of a pod; nothing but speed depends on it."""

MOST_SORTS = 4096
"""So many sorts of request are remembered."""
LONGEST_SORT = 1000
"""A sort of more bytes, or of words that are longer together, is worked out anew each time."""

NEVER = "never"
"""No second at all: the next time is looked at more closely."""

_LAST_SECOND = 2**63 // SECOND_NS - 1

Entry = tuple[Fired, Users | None, bool, "Renders"]
"""What tells which rules fire, what it has told of users where it asks for no more, whether it reads the event."""


class Renders(dict[int, Render]):
    """What renders the alerts of each rule, by number, on requests that pass the same gates; made when asked for."""

    def __init__(self, make: Callable[[int], Render]) -> None:
        super().__init__()
        self._make = make

    def __missing__(self, number: int) -> Render:
        """Make it."""
        self[number] = made = self._make(number)
        return made


class Quick:
    """Decodes lines in part, and knows what is left of the rules for each sort of request.

    `second` is the beginning of the last time that was read, to the second; it saves reading the like again.
    """

    def __init__(self, rules: Sequence[Rule], catalog: Catalog, *, first_only: bool, utc_offset: int) -> None:
        self._rules = rules
        self._catalog = catalog
        used = dict.fromkeys(
            field for rule in rules for field in (*rule.condition.fields_used, *rule.output.fields_used)
        )
        projection = project(catalog, [(field.name, field.argument) for field in used])
        self.decode, self.decode_whole = projection.decode, projection.decode_whole
        expressions, names = projection.expressions, projection.names
        self._names = names
        self._readers = Readers(
            {field: text for field in used if (text := expressions.get((field.name, field.argument)))},
            names,
            {field: reader for field in used if (reader := projection.readers.get((field.name, field.argument)))},
            {field: reader for field in used if (reader := event_reader(catalog, field.name, field.argument))},
        )
        off_review = {field: self._readers.expressions.get(field) for field in self._readers.off_review}
        self._cases = Cases(rules, catalog, self._reader, first_only=first_only, off_review=off_review, names=names)
        self._users = ByUser()
        self.table: dict[bytes, Entry] = {}
        self.clock = Clock(utc_offset)
        self.second = NEVER
        self._renders: dict[frozenset[Gate], Renders] = {}

    def look_closer(self, line: bytes, stamp: str | None) -> None:
        """Look at a line and its time more closely, and set `second`.

        Raises OddShapeError or UnicodeDecodeError where the decoded part does not say all about them.
        """
        if not line.isascii():
            line.decode()  # msgspec does not look at what it steps over
        if stamp is None or not (stamp.isascii() and stamp.endswith("Z")):
            raise OddShapeError
        time_ns = parse_rfc3339(stamp)
        if time_ns is None or not 0 <= time_ns // SECOND_NS <= _LAST_SECOND:
            raise OddShapeError
        self.second = stamp[:20] if stamp[19:20] == "." else ""

    def time_ns(self, stamp: str) -> int:
        """Return a time that was looked at as nanoseconds since 1970."""
        return self.clock.read(stamp)[0]

    def find(self, key: bytes, request: Any) -> Entry:
        """Return what is left for a sort of request, and remember it; `key` is the bytes of what makes the sort.

        Raises OddShapeError, or msgspec's errors, where the general way has to look.
        """
        resource, kind = self._names["resource_of"](request.resource), self._names["kind_of"](request.kind)
        verb = self._names["verb_of"](request.operation)
        subresource = self._names["subresource_of"](request.subResource)
        words = (kind.group, kind.kind, resource.group, resource.resource, subresource)
        if any(word and "\0" in word for word in words):
            raise OddShapeError
        values = (resource.resource, subresource, verb, kind.kind, resource.group)
        case = self._cases.of(Sort(values, Subject(*(word or "" for word in words))))
        if len(self.table) >= MOST_SORTS or self._users.is_full:
            self.table.clear()
            self._users = ByUser()
        entry = (*self._users.remembering(case), case.reads_event, self._renders_for(case.admitted))
        if len(key) <= LONGEST_SORT:
            self.table[key] = entry
        return entry

    def _renders_for(self, admitted: frozenset[Gate]) -> Renders:
        if admitted not in self._renders:
            self._renders[admitted] = Renders(lambda number: self._render(number, admitted))
        return self._renders[admitted]

    def _render(self, number: int, admitted: frozenset[Gate]) -> Render:
        if sum(map(len, self._renders.values())) >= MOST_SORTS:
            for renders in self._renders.values():
                renders.clear()
        return output_functions(self._rules[number], self._catalog, self._readers, admitted)

    def _reader(self, field: FieldRef) -> Reader:
        reader = self._readers.off_review.get(field) or self._readers.off_event.get(field)
        return reader or (lambda event: event.value(field.name, field.argument))
