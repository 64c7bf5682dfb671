"""The loop by itself: how long it drains, what it says, what it hands on."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Callable, Iterable, Iterator

import pytest
from posting import review

from toolkit.engine.alerts import Alert
from toolkit.engine.run import Engine
from toolkit.errors import ToolkitError, bad_input
from toolkit.fields.catalog import load_catalog
from toolkit.fields.extractor import Extractor
from toolkit.live import loop
from toolkit.live.latency import Latency
from toolkit.live.loop import Live
from toolkit.live.model import Rules
from toolkit.ruleset.loader import RuleFile, load
from toolkit.webhook.endpoint_counts import EndpointCounts
from toolkit.webhook.families import Family
from toolkit.webhook.http_source import Arrival
from toolkit.webhook.reviews import review_of

RULES = b"""
- rule: Any
  desc: any
  condition: kar.uid exists
  output: saw %kar.uid
  priority: NOTICE
  source: k8s_admission
"""


def rules(text: bytes = RULES) -> Rules:
    catalog = load_catalog("corrected")
    ruleset = load([RuleFile("rules.yaml", text)], catalog).checked()
    return Rules(Engine(ruleset, Extractor(catalog)), ruleset.rules)


class FakeSource:
    """Gives what it was given, in one read, and ends when told to; `before` is called before each event."""

    def __init__(self, events: list[bytes], before: Callable[[int], None] = lambda number: None) -> None:
        self.is_ended = False
        self.counts = EndpointCounts(events=len(events))
        self.stopped = 0
        self.abandoned = 0
        self.shown: list[list[Family]] = []
        self._events = events
        self._before = before
        self._ours, self._theirs = socket.socketpair()
        self._theirs.send(b"x")

    def fileno(self) -> int:
        return self._ours.fileno()

    def read(self) -> Iterator[Arrival]:
        self._ours.recv(1)
        for number, text in enumerate(self._events, 1):
            self._before(number)
            yield Arrival(review_of(text, 5, "http://h:1/p", number), 5)
        self._events = []
        self.is_ended = True

    def notes(self) -> list[str]:
        return [f"note {len(self.shown)}"]

    def show(self, families: Iterable[Family]) -> None:
        self.shown.append(list(families))

    def stop(self) -> None:
        self.stopped += 1

    def abandon(self, count: int) -> None:
        self.abandoned += count


class FakeOutputs:
    lost = 3

    def __init__(self) -> None:
        self.messages: list[str] = []
        self.reopened = 0

    def put(self, alert: Alert) -> None:
        self.messages.append(alert.message())

    def reopen(self) -> None:
        self.reopened += 1


def played(
    source: FakeSource, load_again: Callable[[], Rules] = rules, said: list[str] | None = None
) -> tuple[Live, FakeOutputs]:
    outputs = FakeOutputs()
    live = Live(source, rules(), outputs, load_again, (said if said is not None else []).append)
    live.run()
    return live, outputs


def signals(**at: int) -> Callable[[int], None]:
    """Send signals before the events of these numbers."""

    def send(number: int) -> None:
        for name, when in at.items():
            if number == when:
                os.kill(os.getpid(), signal.Signals[name])

    return send


EVENTS = [review(str(number)) for number in range(1, 7)]


def test_every_event_is_evaluated_and_counted() -> None:
    live, outputs = played(FakeSource(EVENTS))
    assert outputs.messages == [f"saw {number}" for number in range(1, 7)]
    assert (live.tally.reviews, live.statistics.alerts) == (6, 6)
    assert live.latency.quantile(0.5) > 1e9, "from the arrival in 1970"


@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT"])
def test_after_a_signal_the_rest_is_still_evaluated(name: str) -> None:
    source = FakeSource(EVENTS, signals(**{name: 3}))
    _, outputs = played(source)
    assert len(outputs.messages) == 6
    assert (source.stopped, source.abandoned) == (1, 0)


def test_a_second_signal_leaves_the_rest_out() -> None:
    source = FakeSource(EVENTS, signals(SIGTERM=2, SIGINT=4))
    _, outputs = played(source)
    assert outputs.messages == ["saw 1", "saw 2", "saw 3"]
    assert (source.stopped, source.abandoned) == (1, 3)


def test_draining_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop, "DRAINING", -1.0)
    source = FakeSource(EVENTS, signals(SIGTERM=3))
    _, outputs = played(source)
    assert len(outputs.messages) == 2
    assert source.abandoned == 4


def test_new_rules_hold_from_the_next_event_and_outputs_are_reopened_once() -> None:
    said: list[str] = []
    source = FakeSource(EVENTS, signals(SIGHUP=3, SIGUSR1=5))
    live, outputs = played(source, lambda: rules(RULES.replace(b"Any", b"New").replace(b"saw", b"now")), said)
    assert outputs.messages == ["saw 1", "saw 2", "now 3", "now 4", "now 5", "now 6"]
    assert outputs.reopened == 1
    assert "rules loaded again: 1 are on" in said
    assert live.statistics.text().endswith("   New: 4\n   Any: 2\n")


def test_rules_that_do_not_load_change_nothing() -> None:
    said: list[str] = []

    def fail() -> Rules:
        raise bad_input("the file is a riddle", hint="solve it")

    _, outputs = played(FakeSource(EVENTS, signals(SIGHUP=3)), fail, said)
    assert len(outputs.messages) == 6
    assert "error: the file is a riddle\n  hint: solve it\nthe rules were not loaded again, those before stay" in said


def test_notes_are_passed_on_to_the_end_and_metrics_are_shown() -> None:
    said: list[str] = []
    source = FakeSource(EVENTS)
    played(source, said=said)
    assert said == ["note 0", "note 1"]
    (shown,) = source.shown
    values = {family.name: family.samples for family in shown}
    assert values["falcosecurity_falco_outputs_queue_num_drops_total"][0].value == 3
    labels, value = values["falcosecurity_falco_rules_matches_total"][0]
    assert labels == {"priority": "5", "rule_name": "Any", "source": "k8s_admission"}
    assert value == 6


def test_signals_are_as_before_afterwards() -> None:
    before = [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR1)]
    played(FakeSource([]))
    after = [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR1)]
    assert after == before


def test_a_source_that_fails_ends_the_loop_with_its_error() -> None:
    class Failing(FakeSource):
        def read(self) -> Iterator[Arrival]:
            yield from super().read()
            raise bad_input("gone")

    with pytest.raises(ToolkitError, match="gone"):
        played(Failing(EVENTS))


def test_quantiles() -> None:
    latency = Latency()
    assert latency.words() is None
    for milliseconds in range(1, 101):
        latency.add(milliseconds * 1_000_000)
    latency.add(-5)
    assert latency.quantile(0) == 0.0
    assert latency.quantile(1) == 0.1
    assert latency.words() == "answer to alert: median 50.0 ms, p99 99.0 ms"
