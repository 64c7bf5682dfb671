"""The same run as that of `Engine`, several times as fast: conditions are Python, lines are decoded in part.

Whatever is out of the ordinary about a line goes the general way, so that both say the same.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import repeat
from typing import cast

from toolkit.conditions.compiled import Fired
from toolkit.engine.alerts import Alert
from toolkit.engine.cases import KEY_FIELDS, Case, Cases, Sort
from toolkit.engine.predicates import general_reader, unsettled
from toolkit.engine.quick import LONGEST_SORT, MOST_SORTS, NEVER, POD, POD_AT, Quick, Renders
from toolkit.engine.quick_alert import ODD, QuickAlert
from toolkit.engine.run import Engine, Matching
from toolkit.events.reader import Lines, read_line
from toolkit.events.review import Review
from toolkit.events.tally import Tally
from toolkit.fields.catalog import is_corrected
from toolkit.fields.event import Subject
from toolkit.fields.extractor import EventFields, Extractor
from toolkit.fields.model import Value
from toolkit.fields.open_line import OpenLine
from toolkit.ruleset.outputs import Fields
from toolkit.ruleset.rules import Rule, Ruleset

Hit = tuple[Sequence[int], Renders, OpenLine]
"""The rules that fire by number, what renders their alerts, and the event."""

_NO_SUBJECT = Subject("", "", "", "", "")
_REFUSED = (*ODD, TypeError, AttributeError, IndexError)
"""What is raised of an odd line, a broken one, which has no bytes, a short one, and a review without a time."""


class CompiledEngine(Engine):
    """Tries the rules that are on, in their order, on one event after the other."""

    def __init__(self, ruleset: Ruleset, extractor: Extractor, matching: Matching | str = Matching.FIRST) -> None:
        super().__init__(ruleset, extractor, matching)
        catalog = extractor.catalog
        first_only = self._first_only
        self._quick: Quick | None = None
        if is_corrected(catalog):
            self._quick = Quick(self.rules, catalog, first_only=first_only, utc_offset=extractor.machine.utc_offset)
        self._cases = Cases(self.rules, catalog, general_reader, first_only=first_only)
        self._key_fields = [name if catalog.find(name) else None for name in KEY_FIELDS]
        self._sorts: dict[Sort, Case] = {}
        self._all: Fired | None = None

    def begin(self, events: int = 0, first_time_ns: int = 0) -> None:
        """Go on as after so many events of a run, the first of which is of this time; 0 begins a run."""
        super().begin(events, first_time_ns)
        if self._quick:
            self._quick.second = NEVER

    def fired(self, fields: Fields) -> Iterator[Rule]:
        """Yield the rules that fire on an event, in order; no more than one where the first one counts."""
        fired = self._case(fields).fired if isinstance(fields, EventFields) else self._unsettled()
        return (self.rules[number] for number in fired(fields, fields))

    def scan(
        self, lines: Lines, name: str, tally: Tally, *, published: bool = False, before: int = 0
    ) -> Iterator[Alert]:
        """Yield the alerts on lines of a file, of which `before` others come first, and count them."""
        quick = self._quick
        if quick is None or published:
            yield from super().scan(lines, name, tally, published=published, before=before)
            return
        rules = self.rules
        for hit in self._hits(quick, lines, name, tally, before):
            if isinstance(hit, list):
                yield from hit
                continue
            fired, renders, event = hit
            for number in fired:
                yield QuickAlert(rules[number], event, renders[number])

    def count(self, lines: Lines, name: str, tally: Tally, *, published: bool = False, before: int = 0) -> Counter[str]:
        """Return how often each rule fires on lines of a file, of which `before` others come first; count the lines."""
        quick = self._quick
        if quick is None or published:
            return super().count(lines, name, tally, published=published, before=before)
        together: Counter[tuple[int, ...]] = Counter()
        counts = Counter(
            alert.rule.name
            for hit in self._hits(quick, lines, name, tally, before, together)
            if isinstance(hit, list)
            for alert in hit
        )
        for rules, times in together.items():
            counts.update({self.rules[rule].name: times for rule in rules})
        return counts

    def _hits(
        self,
        quick: Quick,
        lines: Lines,
        name: str,
        tally: Tally,
        number: int,
        together: Counter[tuple[int, ...]] | None = None,
    ) -> Iterator[Hit | list[Alert]]:
        """The hot loop: everything in it is done for each line of the log, of which `others` are no reviews.

        Yields hits, or counts in `together` which rules fire on one event; yields alerts on odd lines.
        """
        decode, decode_whole, clock, general = quick.decode, quick.decode_whole, quick.clock, self._general
        table, second, join = quick.table.get, quick.second, b"".join
        others = number - self._events
        before = self._events - tally.reviews
        try:
            for line in cast(Iterator[bytes], lines):
                number += 1
                try:
                    review = (decode_whole if line[POD_AT] == POD else decode)(line)
                    stamp = review.requestReceivedTimestamp
                    fraction = stamp[20:-1]
                    if stamp != f"{second}{fraction}Z" or not fraction.isdigit() or not line.isascii():
                        quick.look_closer(line, stamp)
                        second = quick.second
                        if number - others == 1:
                            self._first_time_ns = quick.time_ns(stamp)
                    request = review.request
                    sort = join((request.resource, request.kind, request.operation, request.subResource))
                    fired, by_user, reads_event, renders = table(sort) or quick.find(sort, request)
                    event = None
                    rules = None if by_user is None else by_user.get(request.userInfo.username)
                    if rules is None:
                        if reads_event:
                            event = OpenLine(line, review, clock, general, decode, name, number, number - others)
                        rules = fired(review, event)
                except _REFUSED:
                    self._events = number - 1 - others
                    tally.reviews = self._events - before
                    alerts = self._scan_line(line, name, number, tally)
                    others = number - self._events
                    before = self._events - tally.reviews
                    if alerts:
                        yield alerts
                    continue
                if not rules:
                    continue
                if together is not None:
                    together[tuple(rules)] += 1
                    continue
                self._events = number - others
                tally.reviews = self._events - before
                event = event or OpenLine(line, review, clock, general, decode, name, number, number - others)
                yield rules, renders, event
        finally:
            self._events = number - others
            tally.reviews = self._events - before

    def _general(self, line: bytes, name: str, number: int, num: int) -> EventFields:
        found = read_line(line, name, number)
        assert isinstance(found, Review)
        return self._extractor.open(found, num, self._first_time_ns)

    def _case(self, fields: EventFields) -> Case:
        subject = fields.subject if self._cases.gates else _NO_SUBJECT
        sort = Sort(tuple(map(self._key_value, self._key_fields, repeat(fields))), subject)
        found = self._sorts.get(sort)
        if found is None:
            found = self._cases.of(sort)
            if len(self._sorts) >= MOST_SORTS:
                self._sorts.clear()
            if sum(map(len, sort.subject)) <= LONGEST_SORT:
                self._sorts[sort] = found
        return found

    @staticmethod
    def _key_value(name: str | None, fields: EventFields) -> Value:
        return fields.value(name) if name else None

    def _unsettled(self) -> Fired:
        if self._all is None:
            self._all = unsettled(self.rules, first_only=self._first_only).function(general_reader)
        return self._all
