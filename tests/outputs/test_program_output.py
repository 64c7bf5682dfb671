"""Alerts to programs: one for all or one for each, programs that end, that fail, that never read."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from receiving import line
from waiting import until

from toolkit.outputs import queued
from toolkit.outputs.program import ProgramSink
from toolkit.outputs.queued import QueuedChannel


def channel_to(command: str, said: list[str], *, keep_alive: bool, lossless: bool = False) -> QueuedChannel:
    sink = ProgramSink(command, keep_alive=keep_alive, say=said.append)
    return QueuedChannel(sink, said.append, capacity=100, lossless=lossless)


def lines(path: Path) -> list[str]:
    return path.read_text().splitlines() if path.exists() else []


def test_one_program_reads_all_and_has_ended_when_the_channel_has(tmp_path: Path, said: list[str]) -> None:
    out = tmp_path / "out"
    channel = channel_to(f"echo $$ >>{out}; sleep 0.1; cat >>{out}", said, keep_alive=True)
    for number in range(50):
        channel.put(line(str(number)))
    channel.close(10)
    assert lines(out)[1:] == [str(number) for number in range(50)]
    assert (channel.counts.sent, said) == (50, [])


def test_a_program_for_each_alert(tmp_path: Path, said: list[str]) -> None:
    out = tmp_path / "out"
    channel = channel_to(f"echo $$ >>{out}.pids; cat >>{out}", said, keep_alive=False)
    for number in range(5):
        channel.put(line(str(number)))
    channel.close(10)
    assert lines(out) == [str(number) for number in range(5)]
    assert len(set(lines(Path(f"{out}.pids")))) == 5


def test_a_program_that_ends_is_started_anew(tmp_path: Path, said: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queued, "SHORT", 5.0)
    out = tmp_path / "out"
    channel = channel_to(f"read first; echo $first >>{out}; exit 3", said, keep_alive=True)
    for number in range(3):
        channel.put(line(str(number)))
        until(lambda expected=number + 1: len(lines(out)) == expected)  # type: ignore[misc]
        time.sleep(0.05)
    channel.close(10)
    assert lines(out) == ["0", "1", "2"]
    assert channel.counts.failures == 2
    assert said == [
        f"program_output: {f'read first; echo $first >>{out}; exit 3'!r:.60} ended with status 3; alerts wait",
        f"program_output: {f'read first; echo $first >>{out}; exit 3'!r:.60} ended with status 3",
    ]


def test_a_program_that_fails_on_each_alert_is_told_once_and_not_asked_again(tmp_path: Path, said: list[str]) -> None:
    out = tmp_path / "out"
    channel = channel_to(f"cat >>{out}; exit 1", said, keep_alive=False)
    for number in range(5):
        channel.put(line(str(number)))
    channel.close(10)
    assert lines(out) == [str(number) for number in range(5)]
    assert len(said) == 1
    assert said[0].endswith("ended with status 1")


def test_a_program_that_never_reads_is_killed_with_all_it_started(tmp_path: Path, said: list[str]) -> None:
    started = tmp_path / "started"
    sink = ProgramSink(f"sleep 60 & echo $! >{started}; sleep 60", keep_alive=True, say=said.append)
    channel = QueuedChannel(sink, said.append, capacity=10_000)
    for _ in range(3000):
        channel.put(line("x" * 100))
    until(lambda: bool(lines(started)))
    begun = time.monotonic()
    channel.close(0.3)
    assert time.monotonic() - begun < 10
    assert channel.counts.lost > 0
    sleeping = Path("/proc") / lines(started)[0]
    until(lambda: not sleeping.exists() or " Z " in (sleeping / "stat").read_text())
