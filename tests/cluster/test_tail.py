"""A growing file is read line by line, each line once and whole."""

from __future__ import annotations

from pathlib import Path

from toolkit.cluster.recorder.tail import LineTail


def test_lines_come_when_they_are_whole(tmp_path: Path) -> None:
    path = tmp_path / "log"
    tail = LineTail(path)
    assert tail.lines() == []
    path.write_bytes(b"one\ntw")
    assert tail.lines() == [b"one"]
    with path.open("ab") as file:
        file.write(b"o\n\nthree")
    assert tail.lines() == [b"one", b"two", b""]
    with path.open("ab") as file:
        file.write(b"\n")
    assert tail.lines() == tail.lines() == [b"one", b"two", b"", b"three"]
