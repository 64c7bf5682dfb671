"""Events against rules."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from pathlib import Path

from toolkit.conditions.walk import evaluate
from toolkit.engine.alerts import Alert
from toolkit.errors import Faults
from toolkit.events.files import Input, Watch
from toolkit.events.reader import Lines, read_files, read_line
from toolkit.events.review import BrokenLine, Review
from toolkit.events.tally import Tally
from toolkit.fields.evt import SOURCE
from toolkit.fields.extractor import EventFields, Extractor
from toolkit.ruleset.outputs import Fields
from toolkit.ruleset.rules import Rule, Ruleset


class Matching(StrEnum):
    """Whether an event is done with at the first rule that fires, which is Falco's default, or tried on all."""

    FIRST = "first"
    ALL = "all"


class Engine:
    """Tries the rules that are on, in their order, on one event after the other."""

    def __init__(self, ruleset: Ruleset, extractor: Extractor, matching: Matching | str = Matching.FIRST) -> None:
        self.rules: tuple[Rule, ...] = tuple(rule for rule in ruleset.enabled if rule.source == SOURCE)
        self._extractor = extractor
        self._first_only = Matching(matching) is Matching.FIRST
        self._events = 0
        self._first_time_ns = 0

    @property
    def progress(self) -> tuple[int, int]:
        """How many events the run has had, and the time of the first one: nanoseconds since 1970."""
        return self._events, self._first_time_ns

    def begin(self, events: int = 0, first_time_ns: int = 0) -> None:
        """Go on as after so many events of a run, the first of which is of this time; 0 begins a run."""
        self._events = events
        self._first_time_ns = first_time_ns

    def open(self, review: Review) -> EventFields:
        """Return the fields of the next event of the run."""
        self._events += 1
        if self._events == 1:
            self._first_time_ns = review.time_ns
        return self._extractor.open(review, self._events, self._first_time_ns)

    def fired(self, fields: Fields) -> Iterator[Rule]:
        """Yield the rules that fire on an event, in order; no more than one where the first one counts."""
        for rule in self.rules:
            if evaluate(rule.condition, fields.value):
                yield rule
                if self._first_only:
                    return

    def matches(self, review: Review) -> list[Rule]:
        """Return the rules that fire on the next event."""
        return list(self.fired(self.open(review)))

    def evaluate(self, review: Review) -> list[Alert]:
        """Return the alerts on the next event."""
        fields = self.open(review)
        return [Alert(rule, review, fields) for rule in self.fired(fields)]

    def alerts(self, reviews: Iterable[Review]) -> Iterator[Alert]:
        """Yield the alerts on events, event by event."""
        for review in reviews:
            yield from self.evaluate(review)

    def run(
        self,
        paths: Sequence[str | Path | Input],
        tally: Tally,
        *,
        published: bool = False,
        max_bytes: int | None = None,
        watch: Watch | None = None,
        faults: Faults | None = None,
    ) -> Iterator[Alert]:
        """Yield the alerts on the events of logs, and count their lines.

        With `published` lines are taken or refused as the published plugin does; for the rest see `read_files`.
        """
        return read_files(
            paths,
            lambda lines, name: self.scan(lines, name, tally, published=published),
            max_bytes=max_bytes,
            watch=watch,
            faults=faults,
        )

    def scan(
        self, lines: Lines, name: str, tally: Tally, *, published: bool = False, before: int = 0
    ) -> Iterator[Alert]:
        """Yield the alerts on lines of a file, of which `before` others come first, and count them."""
        for number, line in enumerate(lines, before + 1):
            yield from self._scan_line(line, name, number, tally, published=published)

    def count(self, lines: Lines, name: str, tally: Tally, *, published: bool = False, before: int = 0) -> Counter[str]:
        """Return how often each rule fires on lines of a file, of which `before` others come first; count the lines."""
        alerts = self.scan(lines, name, tally, published=published, before=before)
        return Counter(alert.rule.name for alert in alerts)

    def _scan_line(
        self, line: bytes | BrokenLine, name: str, number: int, tally: Tally, *, published: bool = False
    ) -> list[Alert]:
        review = read_line(line, name, number, published=published)
        if review is not None:
            tally.note(review)
        return self.evaluate(review) if isinstance(review, Review) else []
