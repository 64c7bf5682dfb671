"""A line that cannot be written: logged, counted, allowed all the same; and never half of it stays."""

from __future__ import annotations

import json
import os
import resource
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from recorders import RecorderProcess

SMALL = 256 * 1024
Recording = Callable[..., RecorderProcess]


def review(uid: str, size: int) -> bytes:
    """Return a review of about so many bytes."""
    return b'{"request":{"uid":"%s"},"x":"%s"}' % (uid.encode(), b"x" * size)


def limited() -> None:
    """Let the process write files of no more than SMALL bytes."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (SMALL, SMALL))


def fill(recorder: RecorderProcess) -> list[str]:
    """Post until three large reviews found no room and a small one did; return the uids that must be in the file."""
    uids, lost = [], 0
    for number in range(1000):
        before = recorder.counts()["write_errors_total"]
        assert recorder.post(review(f"large{number}", 30_000)) == 200
        if recorder.counts()["write_errors_total"] > before:
            lost += 1
            assert recorder.post(review(f"small{number}", 10)) == 200
            uids.append(f"small{number}")
        else:
            uids.append(f"large{number}")
        if lost == 3:
            return uids
    raise AssertionError("the disk was never full")


def assert_whole(recorder: RecorderProcess, uids: list[str]) -> None:
    """The file holds these reviews, whole and no other; each loss is an error in the log and in the counts."""
    assert [json.loads(line)["request"]["uid"] for line in recorder.lines()] == uids
    counts = recorder.counts()
    lost = counts["valid_requests_processed_total"] - len(uids)
    assert lost == counts["write_errors_total"] == 3
    entries = [json.loads(line) for line in recorder.said()[1:]]
    assert [entry["level"] for entry in entries] == ["error"] * 3
    assert all(entry["msg"] == "a line was not written" and entry["uid"].startswith("large") for entry in entries)


def test_where_files_may_be_no_larger(recording: Recording) -> None:
    recorder = recording(before=limited)
    assert_whole(recorder, fill(recorder))
    assert recorder.stop() < 30


@contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    """Mount a file system of SMALL bytes."""
    folder.mkdir()
    mount = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={SMALL}", "tmpfs", folder], capture_output=True, text=True
    )
    if mount.returncode:
        pytest.skip(f"no small disk can be mounted here: {mount.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", folder], check=True)


@pytest.mark.skipif(os.getuid() != 0, reason="only root mounts a small disk")
def test_on_a_full_disk_and_after_room_was_made(recording: Recording, tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk") as disk:
        other = disk / "other"
        other.write_bytes(b"x" * 64 * 1024)
        recorder = recording(log=disk / "events.log")
        uids = fill(recorder)
        assert_whole(recorder, uids)
        other.unlink()
        assert recorder.post(review("large again", 30_000)) == 200
        assert_whole(recorder, [*uids, "large again"])
        recorder.stop()


def test_a_file_left_within_a_line_goes_on_with_a_new_one(recording: Recording, tmp_path: Path) -> None:
    (tmp_path / "kube-audit-rest.log").write_bytes(b'{"request":{"uid":"whole"}}\n{"request":{"ui')
    recorder = recording()
    assert recorder.post(review("next", 10)) == 200
    whole, half, following = recorder.lines()
    assert half == b'{"request":{"ui'
    assert [json.loads(line)["request"]["uid"] for line in (whole, following)] == ["whole", "next"]


def test_a_file_that_was_emptied_meanwhile_is_never_padded(recording: Recording) -> None:
    recorder = recording(before=limited)
    assert recorder.post(review("first", 200_000)) == 200
    os.truncate(recorder.log, 0)
    assert recorder.post(review("too large", SMALL)) == 200
    assert recorder.post(review("last", 10)) == 200
    assert [json.loads(line)["request"]["uid"] for line in recorder.lines()] == ["last"]
