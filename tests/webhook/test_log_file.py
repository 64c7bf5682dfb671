"""The recorder's file: mode, growth, rotation, and whole lines or none."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from toolkit.webhook.log_file import MEBIBYTE, LogFile


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_the_first_line_makes_the_file_and_its_folder(tmp_path: Path) -> None:
    log = LogFile(tmp_path / "logs" / "events.log")
    assert names(tmp_path) == []
    log.write(b"one")
    assert log.path.read_bytes() == b"one\n"
    assert log.path.stat().st_mode & 0o777 == 0o600


def test_other_files_beside_it_are_left_alone(tmp_path: Path) -> None:
    for other in ("events-old.log", "events-2026.log", "other-2026-01-01T00-00-00.000.log"):
        (tmp_path / other).touch()
    log = LogFile(tmp_path / "events.log", max_size=1, max_backups=1)
    for _ in range(3):
        log.write(b"x" * (MEBIBYTE - 1))
    assert len(names(tmp_path)) == 3 + 2


def test_its_files_are_named_oldest_first(tmp_path: Path) -> None:
    log = LogFile(tmp_path / "events.log", max_size=1, max_backups=0)
    assert log.files() == []
    for number in range(3):
        log.write(b"%d" % number * (MEBIBYTE - 1))
    assert [path.read_bytes()[:1] for path in log.files()] == [b"0", b"1", b"2"]


def test_a_line_and_its_end_are_one_write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "events.log").write_bytes(b"half")
    written: list[bytes] = []
    write = os.write

    def spy(descriptor: int, data: memoryview) -> int:
        written.append(bytes(data))
        return write(descriptor, data)

    monkeypatch.setattr(os, "write", spy)
    log = LogFile(tmp_path / "events.log")
    log.write(b"one")
    log.write(b"two")
    assert written == [b"\none\n", b"two\n"]


def test_a_backup_that_cannot_be_removed_costs_no_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path) -> None:
        raise PermissionError(f"not permitted: {path}")

    monkeypatch.setattr(Path, "unlink", refuse)
    log = LogFile(tmp_path / "events.log", max_size=1, max_backups=1)
    for _ in range(4):
        log.write(b"x" * (MEBIBYTE - 1))
    assert len(log.files()) == 4


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
