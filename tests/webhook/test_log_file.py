"""The recorder's file: mode, growth, rotation, and whole lines or none."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from toolkit.webhook.log_file import MEBIBYTE, LogFile

NAME = re.compile(r"events-\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d\.\d{3}\.log")


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_the_first_line_makes_the_file_and_its_folder(tmp_path: Path) -> None:
    log = LogFile(tmp_path / "logs" / "events.log")
    assert names(tmp_path) == []
    log.write(b"one")
    assert log.path.read_bytes() == b"one\n"
    assert log.path.stat().st_mode & 0o777 == 0o600


def test_lines_already_there_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "events.log"
    for line in (b"one", b"two"):
        log = LogFile(path)
        log.write(line)
        log.close()
    assert path.read_bytes() == b"one\ntwo\n"


def test_a_full_file_is_moved_aside_before_the_write_that_would_pass_the_limit(tmp_path: Path) -> None:
    log = LogFile(tmp_path / "events.log", max_size=1, max_backups=0)
    half = b"x" * (MEBIBYTE // 2 - 1)
    log.write(half)
    log.write(half)
    assert names(tmp_path) == ["events.log"]
    log.write(b"next")
    backup, current = names(tmp_path)
    assert NAME.fullmatch(backup)
    assert (tmp_path / backup).read_bytes() == (half + b"\n") * 2
    assert (tmp_path / current).read_bytes() == b"next\n"
    assert [path.name for path in log.files()] == [backup, current]


def test_the_size_of_a_file_found_counts(tmp_path: Path) -> None:
    path = tmp_path / "events.log"
    path.write_bytes(b"x" * MEBIBYTE)
    LogFile(path, max_size=1).write(b"next")
    assert path.read_bytes() == b"next\n"


@pytest.mark.parametrize(("max_backups", "kept"), [(0, 4), (1, 1), (2, 2)])
def test_the_newest_backups_are_kept(tmp_path: Path, max_backups: int, kept: int) -> None:
    log = LogFile(tmp_path / "events.log", max_size=1, max_backups=max_backups)
    for number in range(5):
        log.write(b"%d" % number + b"x" * (MEBIBYTE - 2))
    assert [path.read_bytes()[:1] for path in log.files()] == [b"%d" % n for n in range(4 - kept, 5)]


def test_other_files_beside_it_are_left_alone(tmp_path: Path) -> None:
    for other in ("events-old.log", "events-2026.log", "other-2026-01-01T00-00-00.000.log"):
        (tmp_path / other).touch()
    log = LogFile(tmp_path / "events.log", max_size=1, max_backups=1)
    for _ in range(3):
        log.write(b"x" * (MEBIBYTE - 1))
    assert len(names(tmp_path)) == 3 + 2


def test_a_line_larger_than_the_largest_file_is_refused(tmp_path: Path) -> None:
    log = LogFile(tmp_path / "events.log", max_size=1)
    with pytest.raises(OSError, match="larger than the largest file"):
        log.write(b"x" * MEBIBYTE)
    assert names(tmp_path) == []


def test_a_full_disk_is_an_error_each_time(tmp_path: Path) -> None:
    log = LogFile(Path("/dev/full"))
    for _ in range(2):
        with pytest.raises(OSError, match="No space left"):
            log.write(b"line")


def test_half_a_line_is_taken_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = LogFile(tmp_path / "events.log")
    log.write(b"whole")
    write = os.write

    def disk_fills_up(descriptor: int, data: memoryview) -> int:
        if len(data) > 3:
            return write(descriptor, data[:3])
        raise OSError("No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "write", disk_fills_up)
        with pytest.raises(OSError, match="No space left"):
            log.write(b"second")
    log.write(b"third")
    assert log.path.read_bytes() == b"whole\nthird\n"
