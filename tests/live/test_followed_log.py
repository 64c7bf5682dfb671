"""A log under the eyes of a reader: rotated, cut, replaced, half written; looked at when the test says so."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from toolkit.live import open_log, tail
from toolkit.live.rotation import backups_of, logs_in
from toolkit.live.tail import Tail


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "kube-audit-rest.log"


def rotate(log: Path, second: int) -> Path:
    backup = log.with_name(f"kube-audit-rest-2026-01-02T03-04-{second:02d}.000.log")
    return log.rename(backup)


def add(log: Path, *lines: str) -> None:
    with log.open("a") as file:
        file.writelines(f"{line}\n" for line in lines)


def count_descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def read(reader: Tail) -> list[str]:
    """Return the lines that are there, however many looks that takes."""
    found = []
    for _ in range(30):
        found += [line.text.decode().rstrip("\n") if line.text is not None else "…" for line in reader.lines()]
    return found


def test_a_line_counts_once_its_end_is_there(log: Path) -> None:
    reader = Tail(log)
    assert read(reader) == []
    with log.open("w") as file:
        for piece, seen in (("on", []), ("e\ntw", ["one"]), ("o", []), ("\n", ["two"])):
            file.write(piece)
            file.flush()
            assert read(reader) == seen
    assert reader.notes == []


def test_places_name_the_file_as_it_was_opened_and_lines_from_1(log: Path) -> None:
    reader = Tail(log)
    add(log, "a", "b")
    assert [(line.file, line.number) for line in reader.lines()] == [(str(log), 1), (str(log), 2)]
    rotate(log, 1)
    add(log, "c")
    assert [(line.file, line.number) for _ in range(5) for line in reader.lines()] == [(str(log), 1)]


def test_a_file_that_is_renamed_is_read_to_its_end_first(log: Path) -> None:
    reader = Tail(log)
    add(log, "a")
    assert read(reader) == ["a"]
    add(log, "b")
    backup = rotate(log, 1)
    add(backup, "c")
    assert read(reader) == ["b", "c"], "there is no new file yet"
    add(backup, "d")
    add(log, "e")
    assert read(reader) == ["d", "e"]
    assert reader.notes == []


@pytest.mark.parametrize("begun", [True, False])
def test_several_rotations_between_two_looks(log: Path, begun: bool) -> None:
    reader = Tail(log)
    if begun:
        add(log, "0")
        assert read(reader) == ["0"]
    for number in range(1, 6):
        add(log, str(number))
        rotate(log, number)
    add(log, "6")
    assert read(reader) == ["1", "2", "3", "4", "5", "6"]
    assert reader.notes == []


def test_more_rotated_files_than_are_held_open(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tail, "MOST_OPEN", 3)
    reader = Tail(log)
    for number in range(9):
        add(log, str(number))
        rotate(log, number)
    add(log, "9")
    before = count_descriptors()
    found = [line.text for line in reader.lines()]
    assert count_descriptors() - before <= 3
    assert [*found, *(f"{line}\n".encode() for line in read(reader))] == [b"%d\n" % number for number in range(10)]


def test_the_half_line_of_a_killed_writer_is_the_last_line_of_its_file(log: Path) -> None:
    reader = Tail(log)
    log.write_text("a\nhal")
    assert read(reader) == ["a"]
    rotate(log, 1)
    add(log, "b")
    assert read(reader) == ["hal", "b"]


@pytest.mark.parametrize("is_late", [True, False])
def test_rotation_while_the_log_is_looked_at(log: Path, monkeypatch: pytest.MonkeyPatch, is_late: bool) -> None:
    """Rotated files are listed before or after two rotations that come in the middle of a look."""
    reader = Tail(log)
    add(log, "0")
    assert read(reader) == ["0"]
    rotate(log, 1)
    add(log, "1")

    def listed(path: Path) -> list[str]:
        monkeypatch.setattr(tail, "backups_of", backups_of)
        before = backups_of(path)
        for number in (2, 3):
            rotate(log, number)
            add(log, str(number))
        return before if is_late else backups_of(path)

    monkeypatch.setattr(tail, "backups_of", listed)
    assert read(reader) == ["1", "2", "3"]
    assert reader.notes == []


def test_what_was_opened_is_read_though_it_is_deleted(log: Path) -> None:
    reader = Tail(log)
    add(log, "a")
    assert read(reader) == ["a"]
    add(log, "b")
    backup = rotate(log, 1)
    assert [line.text for line in reader.lines()] == [b"b\n"]
    add(backup, "c")
    backup.unlink()
    add(log, "d")
    assert read(reader) == ["c", "d"]


def test_rotated_files_that_were_deleted_before_a_look_are_told(log: Path) -> None:
    reader = Tail(log)
    add(log, "a")
    assert read(reader) == ["a"]
    for number in range(3):
        add(log, str(number))
        gone = rotate(log, number)
        if number < 2:
            gone.unlink()
    add(log, "z")
    assert read(reader) == ["0", "2", "z"], "0 was in the open file, 1 is lost"
    (note,) = reader.notes
    assert note == f"{log}: rotated files were deleted before they were looked at; lines may be lost"


def test_a_rotated_file_that_is_deleted_between_list_and_opening_is_told(
    log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = Tail(log)
    add(log, "a")
    gone = rotate(log, 1)
    add(log, "b")
    monkeypatch.setattr(tail, "backups_of", lambda _: [gone.name])
    gone.unlink()
    assert read(reader) == ["b"]
    assert f"{gone}: was deleted before it was read; its lines are lost" in reader.notes


@pytest.mark.parametrize("again", ["c\n", "c\n" * 10, "c"])
def test_a_cut_file_is_read_from_its_beginning_also_when_it_has_grown_again(log: Path, again: str) -> None:
    reader = Tail(log)
    add(log, "a", "b", "d")
    assert len(read(reader)) == 3
    log.write_text(again)
    assert read(reader) == again.splitlines()[: again.count("\n")]
    assert reader.notes == [f"{log}: was cut and begun anew; it is read from its beginning again"]


def test_a_replaced_file_is_read_after_the_rest_of_the_one_before(log: Path, tmp_path: Path) -> None:
    reader = Tail(log)
    add(log, "a")
    assert read(reader) == ["a"]
    add(log, "b")
    add(tmp_path / "new", "c")
    (tmp_path / "new").replace(log)
    assert read(reader) == ["b", "c"]
    assert reader.notes == [f"{log}: is another file now; the one before is read to its end first"]


def test_what_was_rotated_before_is_done_when_it_is_said_to_be(log: Path) -> None:
    add(log, "a")
    old = rotate(log, 1)
    add(log, "b")
    rotate(log, 2)
    add(log, "c")
    assert read(Tail(log, done=[old.name])) == ["b", "c"]
    assert read(Tail(log)) == ["a", "b", "c"]


def test_a_line_that_is_too_long_is_not_kept_and_the_next_one_is_read(
    log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(open_log, "CHUNK", 10)
    monkeypatch.setattr(open_log, "LONGEST", 25)
    add(log, "a", "b" * 100, "c")
    reader = Tail(log)
    assert read(reader) == ["a", "…", "c"]
    assert reader.position.mark
    assert (reader.position.mark.offset, reader.position.mark.line) == (log.stat().st_size, 3)


def resumed(reader: Tail) -> Tail:
    """Return a reader that goes on where another one stopped."""
    after = Tail(reader.path)
    after.resume(reader.position)
    reader.close()
    return after


def test_going_on_in_the_middle_of_a_file_whatever_it_is_called_by_then(log: Path) -> None:
    add(log, "a", "b", "c")
    reader = Tail(log)
    lines = reader.lines()
    assert [next(lines).text, next(lines).text] == [b"a\n", b"b\n"]
    reader = resumed(reader)
    assert [(line.text, line.number) for line in reader.lines()] == [(b"b\n", 2), (b"c\n", 3)], "b was not done with"
    add(log, "d")
    for number in (1, 2):
        rotate(log, number)
        add(log, str(number))
    reader = resumed(reader)
    assert read(reader) == ["d", "1", "2"]
    assert read(resumed(reader)) == []
    assert reader.notes == []


def test_going_on_while_rotated_files_wait(log: Path) -> None:
    reader = Tail(log)
    for number in range(4):
        add(log, str(number))
        rotate(log, number)
    add(log, "4")
    assert [line.text for line in reader.lines()] == [b"0\n"]
    reader = resumed(reader)
    assert read(reader) == ["1", "2", "3", "4"]
    assert reader.notes == []


@pytest.mark.parametrize("again", ["xx\nyy\n", "", "x\n" * 50])
def test_another_file_with_the_number_of_the_old_one_is_not_taken_for_it(log: Path, again: str) -> None:
    add(log, "a", "b")
    reader = Tail(log)
    assert read(reader) == ["a", "b"]
    log.write_text(again)
    reader = resumed(reader)
    assert read(reader) == again.split()
    (note,) = reader.notes
    assert note.endswith("what was read up to byte 4 is not there any more; lines may be lost")


def test_a_file_that_may_not_be_read_is_told_once_and_read_later(log: Path, tmp_path: Path) -> None:
    log.mkdir()
    reader = Tail(log)
    assert read(reader) == []
    assert reader.notes == [f"{log}: cannot be read: is no regular file"]
    log.rmdir()
    add(log, "a")
    assert read(reader) == ["a"]


def test_names_of_rotated_files(tmp_path: Path) -> None:
    names = [
        "a.log", "a-2026-01-02T03-04-05.678.log", "a-2025-01-02T03-04-05.678.log", "a-b.log", "a-2026-01-02.log",
        "b-2026-01-02T03-04-05.678.jsonl", ".hidden.log", "a.log.gz", "notes.md", "ab-2026-01-02T03-04-05.678.log",
    ]  # fmt: skip
    for name in names:
        (tmp_path / name).touch()
    assert backups_of(tmp_path / "a.log") == ["a-2025-01-02T03-04-05.678.log", "a-2026-01-02T03-04-05.678.log"]
    assert [path.name for path in logs_in(tmp_path)] == ["a-2026-01-02.log", "a-b.log", "a.log", "ab.log", "b.jsonl"]


def test_a_file_that_fails_is_told_once_and_is_no_reason_to_look_all_the_time(
    log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(log, "a")
    reader = Tail(log)
    real = os.pread

    def fail(*_: object) -> bytes:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(os, "pread", fail)
    assert read(reader) == []
    assert reader.notes == [f"{log}: cannot be read: Input/output error"]
    assert not reader.has_more
    monkeypatch.setattr(os, "pread", real)
    assert read(reader) == ["a"]


def test_a_file_that_is_gone_from_its_server_makes_room_for_the_next(
    log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(log, "a")
    reader = Tail(log)
    assert read(reader) == ["a"]
    rotate(log, 1)
    add(log, "b")
    real = os.pread

    def fail(*_: object) -> bytes:
        monkeypatch.setattr(os, "pread", real)
        raise OSError(errno.ESTALE, os.strerror(errno.ESTALE))

    monkeypatch.setattr(os, "pread", fail)
    assert read(reader) == ["b"]
    assert reader.notes[-1] == f"{log}: is gone from its server; lines may be lost"
