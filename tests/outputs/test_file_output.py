"""Alerts in files: whole lines only, full disks, and files that are rotated away."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest
from receiving import line
from waiting import until

from toolkit.outputs.queued import QueuedChannel
from toolkit.outputs.streams import FileSink


@pytest.mark.parametrize("keep_alive", [True, False])
def test_alerts_are_appended_to_what_is_there(tmp_path: Path, keep_alive: bool) -> None:
    path = tmp_path / "alerts"
    path.write_bytes(b"before\n")
    sink = FileSink(path, keep_alive=keep_alive)
    sink.write(line("a"))
    assert path.read_bytes() == b"before\na\n"
    sink.write(line("b\nc"))
    sink.close()
    assert path.read_bytes() == b"before\na\nb\nc\n"


def test_a_rotated_file_is_left_when_it_is_opened_anew(tmp_path: Path) -> None:
    path, old = tmp_path / "alerts", tmp_path / "alerts.1"
    sink = FileSink(path, keep_alive=True)
    sink.write(line("a"))
    path.rename(old)
    sink.write(line("b"))
    sink.reopen()
    sink.write(line("c"))
    sink.close()
    assert (old.read_bytes(), path.read_bytes()) == (b"a\nb\n", b"c\n")


def test_without_keep_alive_a_rotated_file_is_left_at_once(tmp_path: Path) -> None:
    path, old = tmp_path / "alerts", tmp_path / "alerts.1"
    sink = FileSink(path, keep_alive=False)
    sink.write(line("a"))
    path.rename(old)
    sink.write(line("b"))
    assert (old.read_bytes(), path.read_bytes()) == (b"a\n", b"b\n")


def test_a_full_device_is_told_once_and_alerts_wait(tmp_path: Path, said: list[str]) -> None:
    link = tmp_path / "alerts"
    link.symlink_to("/dev/full")
    channel = QueuedChannel(FileSink(link, keep_alive=True), said.append, capacity=100)
    for number in range(20):
        channel.put(line(str(number)))
    until(lambda: channel.counts.failures > 3)
    link.unlink()
    channel.close(10)
    assert link.read_text().split() == [str(number) for number in range(20)]
    assert said == [
        f"file_output: {link}: No space left on device; alerts wait",
        "file_output: works again; 0 alerts were lost so far",
    ]


def test_a_folder_that_is_missing_is_told_and_waited_for(tmp_path: Path, said: list[str]) -> None:
    path = tmp_path / "missing" / "alerts"
    channel = QueuedChannel(FileSink(path, keep_alive=False), said.append, capacity=100)
    channel.put(line("a"))
    until(lambda: channel.counts.failures > 0)
    path.parent.mkdir()
    channel.close(10)
    assert path.read_bytes() == b"a\n"
    assert said[0] == f"file_output: {path}: No such file or directory; alerts wait"


def test_a_line_that_fits_only_in_part_is_taken_back(tmp_path: Path) -> None:
    """A disk that fills up inside a line: the limit of the process's files is 10 bytes, then none."""
    path = tmp_path / "alerts"
    script = """
import resource, sys
from pathlib import Path
from toolkit.outputs.channel import Line
from toolkit.outputs.streams import FileSink
sink = FileSink(Path(sys.argv[1]), keep_alive=True)
resource.setrlimit(resource.RLIMIT_FSIZE, (10, resource.RLIM_INFINITY))
sink.write(Line(b"first"))
for _ in range(2):
    try:
        sink.write(Line(b"second, too long"))
    except OSError as error:
        print(error.strerror, Path(sys.argv[1]).read_bytes())
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
sink.write(Line(b"second, too long"))
"""
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[1] == resource.RLIM_INFINITY
    done = subprocess.run([sys.executable, "-c", script, str(path)], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == [f"{path}: File too large b'first\\n'"] * 2
    assert path.read_bytes() == b"first\nsecond, too long\n"


def test_what_cannot_be_taken_back_ends_before_the_next_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A pipe takes a part of a line and then refuses: no truncating there."""
    path = tmp_path / "pipe"
    os.mkfifo(path)
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    sink = FileSink(path, keep_alive=True)
    write, turns = os.write, iter([True, False])
    with monkeypatch.context() as patched:
        patched.setattr(os, "write", lambda fd, data: write(fd, data[:3]) if next(turns, False) else write(-1, data))
        with pytest.raises(OSError, match="Bad file descriptor"):
            sink.write(line("torn line"))
        assert os.read(reader, 100) == b"tor"
    sink.write(line("whole"))
    assert os.read(reader, 100) == b"\nwhole\n"
    sink.close()
    os.close(reader)
