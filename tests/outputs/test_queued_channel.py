"""A channel with a queue: who waits, what is dropped, what is said, and how it ends."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest
from receiving import line
from waiting import until

from toolkit.engine.alerts import AlertForm
from toolkit.outputs import queued
from toolkit.outputs.channel import GoneError, Line, RefusedError
from toolkit.outputs.outputs import Outputs
from toolkit.outputs.queued import AT_THE_END, FAILED, FULL, GONE, REFUSED, QueuedChannel


class FakeSink:
    """A far end that does what a test tells it to."""

    name = "fake_output"

    def __init__(self) -> None:
        self.written: list[bytes] = []
        self.trouble: Callable[[], Exception | None] = lambda: None
        self.open = threading.Event()
        self.open.set()
        self.calls: list[str] = []

    def write(self, line: Line) -> None:
        assert self.open.wait(20)
        if error := self.trouble():
            raise error
        self.written.append(line.text)

    def reopen(self) -> None:
        self.calls.append("reopen")

    def close(self) -> None:
        self.calls.append("close")

    def abandon(self) -> None:
        self.calls.append("abandon")
        self.open.set()


def test_a_blocked_sink_blocks_nobody_and_what_has_no_room_is_counted(said: list[str]) -> None:
    sink = FakeSink()
    sink.open.clear()
    channel = QueuedChannel(sink, said.append, capacity=10, timeout=0.05)
    begun = time.monotonic()
    for number in range(1000):
        channel.put(line(str(number)))
    assert time.monotonic() - begun < 5
    until(lambda: channel.counts.dropped[FULL] == 990)
    time.sleep(0.06)
    channel.put(line("more"))
    sink.open.set()
    channel.close(10)
    assert sink.written == [str(number).encode() for number in range(10)]
    assert (channel.counts.sent, channel.counts.lost) == (10, 991)
    assert sink.calls == ["close"]
    assert said == [
        "fake_output: 10 alerts wait; further ones are dropped until there is room",
        "fake_output: blocked for more than 0.05 s; alerts wait",
        f"fake_output: 991 of 1001 alerts were lost: 991 {FULL}",
    ]


def test_a_lossless_channel_waits_for_room_and_loses_nothing(said: list[str]) -> None:
    sink = FakeSink()
    sink.open.clear()
    channel = QueuedChannel(sink, said.append, capacity=2, lossless=True)
    threading.Timer(0.1, sink.open.set).start()
    for number in range(200):
        channel.put(line(str(number)))
    channel.close(threading.TIMEOUT_MAX)
    assert sink.written == [str(number).encode() for number in range(200)]
    assert (channel.counts.sent, channel.counts.lost, said) == (200, 0, [])


def test_what_cannot_be_written_waits_and_gets_through_in_order_later(said: list[str]) -> None:
    sink = FakeSink()
    sink.trouble = lambda: OSError(28, "No space left on device")
    channel = QueuedChannel(sink, said.append, capacity=100)
    for number in range(5):
        channel.put(line(str(number)))
    until(lambda: channel.counts.failures > 5)
    sink.trouble = lambda: None
    until(lambda: len(sink.written) == 5)
    channel.close(10)
    assert sink.written == [b"0", b"1", b"2", b"3", b"4"]
    assert channel.counts.lost == 0
    assert said == [
        "fake_output: No space left on device; alerts wait",
        "fake_output: works again; 0 alerts were lost so far",
    ]


def test_the_same_trouble_is_told_once_in_a_while(said: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queued, "SHORT", 5.0)
    sink = FakeSink()
    turns = iter(range(1000))
    sink.trouble = lambda: OSError(5, "Input/output error") if next(turns) % 2 else None
    channel = QueuedChannel(sink, said.append, capacity=100)
    for number in range(50):
        channel.put(line(str(number)))
    until(lambda: channel.counts.sent == 50)
    channel.close(10)
    assert channel.counts.failures >= 49
    assert said == ["fake_output: Input/output error; alerts wait"]


def test_a_lossless_channel_tries_twice_or_once_where_it_was_failing_and_goes_on(said: list[str]) -> None:
    sink = FakeSink()
    error = OSError(5, "x")
    answers = iter([error, None, error, error, error, None])
    sink.trouble = lambda: next(answers)
    channel = QueuedChannel(sink, said.append, capacity=10, lossless=True)
    for text in ("a", "b", "c", "d"):
        channel.put(line(text))
    channel.close(10)
    assert sink.written == [b"a", b"d"]
    assert dict(channel.counts.dropped) == {FAILED: 2}


def test_what_is_refused_is_not_tried_again(said: list[str]) -> None:
    sink = FakeSink()
    answers = iter([RefusedError("too long"), None])
    sink.trouble = lambda: next(answers)
    channel = QueuedChannel(sink, said.append, capacity=10)
    channel.put(line("a"))
    channel.put(line("b"))
    channel.close(10)
    assert sink.written == [b"b"]
    assert dict(channel.counts.dropped) == {REFUSED: 1}


@pytest.mark.parametrize("lossless", [False, True])
def test_where_the_reader_is_gone_nothing_is_tried_any_more(said: list[str], lossless: bool) -> None:
    sink = FakeSink()
    sink.trouble = lambda: GoneError("its reader has gone away")
    channel = QueuedChannel(sink, said.append, capacity=2, lossless=lossless)
    for number in range(10):
        channel.put(line(str(number)))
    channel.close(10)
    assert channel.counts.failures == 1
    assert channel.counts.lost == 10
    assert set(channel.counts.dropped) <= {GONE, FULL}
    assert said[-1].startswith("fake_output: 10 of 10 alerts were lost: ")


def test_the_end_comes_in_time_and_what_waited_is_counted(said: list[str]) -> None:
    sink = FakeSink()
    sink.open.clear()
    sink.abandon = lambda: sink.calls.append("abandon")  # type: ignore[method-assign]
    channel = QueuedChannel(sink, said.append, capacity=10)
    for number in range(4):
        channel.put(line(str(number)))
    begun = time.monotonic()
    channel.close(0.2)
    assert time.monotonic() - begun < 5
    sink.open.set()
    until(lambda: not channel._thread.is_alive())
    assert sink.calls[0] == "abandon"
    assert channel.counts.sent == 0
    assert dict(channel.counts.dropped) == {AT_THE_END: 4}
    channel.put(line("late"))
    assert channel.counts.dropped[AT_THE_END] == 5


def test_the_end_is_told_to_all_channels_before_any_is_waited_for(said: list[str]) -> None:
    blocked, dead = FakeSink(), FakeSink()
    blocked.open.clear()
    dead.trouble = lambda: OSError(111, "Connection refused")
    channels = [QueuedChannel(sink, said.append, capacity=10) for sink in (blocked, dead)]
    for channel in channels:
        channel.put(line("a"))
    until(lambda: channels[1].counts.failures > 0)
    Outputs(channels, AlertForm()).close(0.3)
    assert [dict(channel.counts.dropped) for channel in channels] == [{AT_THE_END: 1}, {FAILED: 1}]


def test_at_the_end_each_alert_that_waits_is_tried_once(said: list[str]) -> None:
    sink = FakeSink()
    sink.trouble = lambda: OSError(111, "Connection refused")
    channel = QueuedChannel(sink, said.append, capacity=10)
    for number in range(4):
        channel.put(line(str(number)))
    channel.close(10)
    assert dict(channel.counts.dropped) == {FAILED: 4}
    assert sink.calls == ["close"]


def test_reopening_happens_before_the_next_alert_and_while_one_waits(said: list[str]) -> None:
    sink = FakeSink()
    channel = QueuedChannel(sink, said.append, capacity=10)
    channel.reopen()
    until(lambda: sink.calls == ["reopen"])
    sink.trouble = lambda: None if len(sink.calls) > 1 else OSError(5, "x")
    channel.put(line("a"))
    until(lambda: channel.counts.failures > 2)
    channel.reopen()
    until(lambda: sink.written == [b"a"])
    channel.close(10)
