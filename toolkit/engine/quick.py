"""The rules of a run as lines see them that are decoded in part: tables of what is left for each sort of request."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from toolkit.conditions.compiled import Fired, Reader
from toolkit.conditions.nodes import FieldRef
from toolkit.engine.by_user import ByUser, Users
from toolkit.engine.cases import Case, Cases, Sort
from toolkit.engine.output_code import Readers, Render, output_functions
from toolkit.engine.quick_alert import QuickAlert
from toolkit.events.times import SECOND_NS, parse_rfc3339
from toolkit.fields.catalog import Catalog
from toolkit.fields.event import Subject
from toolkit.fields.gates import Gate
from toolkit.fields.object_text import FRAME
from toolkit.fields.open_line import Clock, OpenLine, event_reader
from toolkit.fields.projected import project
from toolkit.fields.projection import OddShapeError
from toolkit.ruleset.rules import Rule

POD = b'"kind":{"group":"","version":"v1","kind":"Pod"}'
"""What stands in the line of a pod; nothing but speed depends on it."""
POD_BEGINS = len(FRAME) + len('{"uid":"00000000-0000-0000-0000-000000000000",')
POD_ENDS = POD_BEGINS + len(POD)

MOST_SORTS = 4096
"""So many sorts of request are remembered."""
LONGEST_SORT = 1000
"""A sort whose words are longer than this together is worked out anew each time."""

NEVER = "never"
"""No second at all: the next time is looked at more closely."""

_LAST_SECOND = 2**63 // SECOND_NS - 1

Entry = tuple[Fired, Users | None, bool, Case]
"""What tells which rules fire, what it has told of users where it asks for no more, whether it reads the event."""


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
        expressions, self._names = projection.expressions, projection.names
        self._readers = Readers(
            {field: text for field in used if (text := expressions.get((field.name, field.argument)))},
            projection.names,
            {field: reader for field in used if (reader := projection.readers.get((field.name, field.argument)))},
            {field: reader for field in used if (reader := event_reader(catalog, field.name, field.argument))},
        )
        off_review = {field: self._readers.expressions.get(field) for field in self._readers.off_review}
        names = projection.names
        self._cases = Cases(rules, catalog, self._reader, first_only=first_only, off_review=off_review, names=names)
        self._users = ByUser()
        self.table: dict[bytes, Entry] = {}
        self.clock = Clock(utc_offset)
        self.second = NEVER
        self._renders: dict[tuple[int, frozenset[Gate]], Render] = {}

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
        verb, subresource = (
            self._names["verb_of"](request.operation),
            self._names["subresource_of"](request.subResource),
        )
        words = (kind.group, kind.kind, resource.group, resource.resource, subresource)
        if any(word and "\0" in word for word in words):
            raise OddShapeError
        values = (resource.resource, subresource, verb, kind.kind, resource.group)
        case = self._cases.of(Sort(values, Subject(*(word or "" for word in words))))
        if len(self.table) >= MOST_SORTS or self._users.is_full:
            self.table.clear()
            self._users = ByUser()
        entry = (*self._users.remembering(case), case.reads_event, case)
        if len(key) <= LONGEST_SORT:
            self.table[key] = entry
        return entry

    def alert(self, number: int, event: OpenLine, case: Case) -> QuickAlert:
        """Return the alert of a rule, by number."""
        render = self._renders.get((number, case.admitted)) or self._render(number, case.admitted)
        return QuickAlert(self._rules[number], event, render)

    def _render(self, number: int, admitted: frozenset[Gate]) -> Render:
        if len(self._renders) >= MOST_SORTS:
            self._renders.clear()
        render = output_functions(self._rules[number], self._catalog, self._readers, admitted)
        self._renders[number, admitted] = render
        return render

    def _reader(self, field: FieldRef) -> Reader:
        reader = self._readers.off_review.get(field) or self._readers.off_event.get(field)
        return reader or (lambda event: event.value(field.name, field.argument))
