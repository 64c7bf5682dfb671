"""Alerts to the system's log: the frame, and a log that comes and goes."""

from __future__ import annotations

import re
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from receiving import line
from waiting import until

from toolkit.outputs.channel import Line, RefusedError
from toolkit.outputs.queued import QueuedChannel
from toolkit.outputs.syslog import SyslogSink
from toolkit.ruleset.priorities import Priority


@pytest.fixture
def path() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="log") as folder:  # a socket's path is short
        yield Path(folder) / "log"


def listening(path: Path) -> socket.socket:
    log = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    log.bind(str(path))
    log.settimeout(10)
    return log


@pytest.mark.parametrize(
    ("priority", "number"), [(Priority.EMERGENCY, 8), (Priority.WARNING, 12), (Priority.DEBUG, 15)]
)
def test_the_frame_has_the_facility_user_and_the_priority_as_severity(
    path: Path, priority: Priority, number: int
) -> None:
    with listening(path) as log:
        SyslogSink(path).write(Line(b"an alert", priority))
        frame = log.recv(1000)
    assert re.fullmatch(rb"<%d>[A-Z][a-z]{2} [ 123]\d \d\d:\d\d:\d\d falco: an alert" % number, frame)


def test_a_log_that_is_not_there_yet_is_waited_for_and_found_again(path: Path, said: list[str]) -> None:
    channel = QueuedChannel(SyslogSink(path), said.append, capacity=10)
    channel.put(line("a"))
    until(lambda: channel.counts.failures > 0)
    with listening(path) as log:
        assert log.recv(1000).endswith(b": a")
        until(lambda: channel.counts.sent == 1)
    path.unlink()
    channel.put(line("b"))
    until(lambda: channel.counts.failures > 5)
    with listening(path) as log:
        assert log.recv(1000).endswith(b": b")
    channel.close(10)
    assert said[0] == f"syslog_output: {path}: No such file or directory; alerts wait"
    assert channel.counts.lost == 0


def test_an_alert_that_is_too_long_is_refused(path: Path) -> None:
    with listening(path) as log:
        sink = SyslogSink(path)
        with pytest.raises(RefusedError, match="5000000 bytes is too long"):
            sink.write(Line(b"x" * 5_000_000))
        sink.write(Line(b"short"))
        assert log.recv(1000).endswith(b": short")
