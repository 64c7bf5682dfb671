"""The source of `--follow` as the loop uses it: what counts as read when it is stopped in the middle."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from log_writer import line

from toolkit.events.review import BrokenLine
from toolkit.live.file_source import FileSource, Followed


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "a.log"
    path.write_bytes(b"".join(line(number) for number in (1, 2, 3)))
    return path


def uids(source: FileSource) -> Iterator[str | None]:
    for arrival in source.read():
        assert not isinstance(arrival.event, BrokenLine)
        yield arrival.event.uid


def test_a_line_that_was_evaluated_when_the_end_came_does_not_come_again(log: Path) -> None:
    with FileSource(Followed(files=(log,))) as source:
        events = uids(source)
        assert next(events) == "1"
        source.stop()
        assert list(events) == []
        assert source.is_ended
        positions = source.positions
    with FileSource(Followed(files=(log,)), positions) as source:
        assert list(uids(source)) == ["2", "3"]


def test_a_line_that_no_rule_saw_comes_again(log: Path) -> None:
    with FileSource(Followed(files=(log,))) as source:
        events = uids(source)
        assert [next(events), next(events)] == ["1", "2"]
        source.stop()
        source.abandon(1)
        assert list(events) == []
        positions = source.positions
    with FileSource(Followed(files=(log,)), positions) as source:
        assert list(uids(source)) == ["2", "3"]


def test_a_line_over_the_limit_is_broken(log: Path) -> None:
    with log.open("ab") as file:
        file.write(line(4, padding=5000))
    with FileSource(Followed(files=(log,), max_bytes=5000)) as source:
        events = [arrival.event for arrival in source.read()]
    assert [isinstance(event, BrokenLine) for event in events] == [False, False, False, True]
    assert str(events[-1]).startswith(f"{log}:4: ")
    assert str(events[-1]).endswith("bytes, more than the 5000 of maxEventSize")
