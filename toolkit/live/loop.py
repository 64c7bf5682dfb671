"""The loop of a live run: events in, alerts out, signals heeded between two events."""

from __future__ import annotations

import selectors
import signal
import time
from collections.abc import Callable, Iterable

from toolkit.engine.alerts import Alert
from toolkit.engine.statistics import Statistics
from toolkit.errors import ToolkitError
from toolkit.events.review import BrokenLine
from toolkit.events.tally import NAMED, Tally
from toolkit.live.latency import Latency
from toolkit.live.metrics import Times, families
from toolkit.live.model import Outputs, Rules, Source
from toolkit.live.signals import Signals
from toolkit.live.snapshots import Snapshots, State
from toolkit.webhook.http_source import Arrival

DRAINING = 20.0
"""Seconds that rules have, once the process is told to end, for the events that wait."""
_TELLING = 1.0


class Live:
    """Runs rules on a source until it ends or a signal ends it; `say` prints one line for people.

    SIGTERM and SIGINT: no more events are taken, those that wait are still evaluated; a second one leaves them out.
    SIGHUP: `load` gives new rules, or raises ToolkitError and the old ones stay. SIGUSR1: outputs open files anew.
    `keep` is called once a second at most, when all that was read is evaluated.
    """

    def __init__(
        self,
        source: Source,
        rules: Rules,
        outputs: Outputs,
        load: Callable[[], Rules],
        say: Callable[[str], None],
        snapshots: Snapshots | None = None,
        keep: Callable[[], None] = lambda: None,
    ) -> None:
        self.statistics = Statistics(rules.defined)
        self.tally = Tally()
        self.latency = Latency()
        self._source = source
        self._rules = rules
        self._outputs = outputs
        self._load = load
        self._say = say
        self._snapshots = snapshots
        self._keep = keep
        self._times = Times()
        self._told_at = 0.0
        self._deadline: float | None = None
        self._abandons = False

    def run(self) -> None:
        """Return when all that was taken is evaluated. Raises ToolkitError (exit 4) when the source fails."""
        with Signals() as signals, selectors.DefaultSelector() as selector:
            selector.register(signals, selectors.EVENT_READ)
            selector.register(self._source, selectors.EVENT_READ)
            while not self._source.is_ended:
                ready = {key.fileobj for key, _ in selector.select(_TELLING)}
                if self._source in ready:
                    self._evaluate_all(self._source.read(), signals)
                self._heed(signals)
                self._tell()
        self._pass_on_notes()

    def _evaluate_all(self, arrivals: Iterable[Arrival], signals: Signals) -> None:
        for arrival in arrivals:
            if signals.noted:
                self._heed(signals)
            if self._is_too_late():
                self._source.abandon(1)
            else:
                self._evaluate(arrival)

    def _evaluate(self, arrival: Arrival) -> None:
        for review in self.tally.reviews_of((arrival.event,)):
            for alert in self._rules.engine.evaluate(review):
                self._put(alert, arrival.time_ns)
        if isinstance(arrival.event, BrokenLine) and self.tally.broken <= NAMED:
            self._say(f"warning: {arrival.event}")

    def _put(self, alert: Alert, answered_ns: int) -> None:
        self.statistics.count(alert.rule)
        self._outputs.put(alert)
        self.latency.add(time.time_ns() - answered_ns)

    def _is_too_late(self) -> bool:
        return self._abandons or (self._deadline is not None and time.monotonic() > self._deadline)

    def _heed(self, signals: Signals) -> None:
        for number in signals.take():
            if number == signal.SIGHUP:
                self._reload()
            elif number == signal.SIGUSR1:
                self._outputs.reopen()
            elif self._deadline is None:
                self._deadline = time.monotonic() + DRAINING
                self._source.stop()
            else:
                self._abandons = True

    def _reload(self) -> None:
        try:
            self._rules = self._load()
        except ToolkitError as error:
            faults = "\n".join(f"error: {fault}" for fault in error.faults)
            self._say(f"{faults}\nthe rules were not loaded again, those before stay")
            return
        self._times.loaded = time.time_ns()
        self.statistics.follow(self._rules.defined)
        self._say(f"rules loaded again: {len(self._rules.engine.rules)} are on")

    def _tell(self) -> None:
        """Pass on what people and the metrics page should know, once a second at most."""
        if time.monotonic() < self._told_at + _TELLING:
            return
        self._told_at = time.monotonic()
        self._keep()
        self._pass_on_notes()
        matches, lost = self.statistics.by_rule, self._outputs.lost
        self._source.show(families(self._rules, matches, self._times, lost))
        if self._snapshots:
            state = State(self._rules, matches, self.tally.reviews, self._times, lost, self._source.counts)
            self._snapshots.offer(state)

    def _pass_on_notes(self) -> None:
        for note in self._source.notes():
            self._say(note)
