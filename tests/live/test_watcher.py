"""What wakes a reader: the system's events, or a look every so often."""

from __future__ import annotations

import errno
import os
import select
import time
from pathlib import Path

import pytest

from toolkit.live import watcher
from toolkit.live.watcher import Watcher, is_remote


def is_woken(watching: Watcher, within: float) -> bool:
    return bool(select.select([watching], [], [], within)[0])


def test_a_write_a_new_file_and_a_rename_wake_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watcher, "_HEARTBEAT", 60.0)
    with Watcher([tmp_path]) as watching:
        assert watching.note is None
        for change in (
            lambda: (tmp_path / "a").write_text("1"),
            lambda: (tmp_path / "a").write_text("2"),
            lambda: (tmp_path / "a").rename(tmp_path / "b"),
            lambda: (tmp_path / "b").unlink(),
        ):
            time.sleep(0.1)
            watching.calm()
            change()
            assert is_woken(watching, 5)
        time.sleep(0.1)
        watching.calm()
        list(tmp_path.iterdir())
        assert not is_woken(watching, 0.3), "nothing happened"
        (begun := time.monotonic())
    assert time.monotonic() - begun < 5, "the end waits for no heartbeat"


def test_without_events_it_wakes_every_so_often_and_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def none_left(*_: object) -> None:
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))

    monkeypatch.setattr(watcher, "_observe", none_left)
    with Watcher([tmp_path]) as watching:
        assert watching.note == "the system gives no file events (Too many open files): looking every 50 ms"
        watching.calm()
        assert is_woken(watching, 5)


def test_a_network_file_system_is_looked_at_every_so_often(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watcher, "is_remote", lambda _: True)
    with Watcher([tmp_path]) as watching:
        assert watching.note == f"{tmp_path} lies on a network file system: looking every 50 ms"


def test_file_systems_by_their_mounts(tmp_path: Path) -> None:
    mounts = tmp_path / "mounts"
    shared = tmp_path / "with blank"
    mounts.write_text(
        "/dev/vda / ext4 rw 0 0\n"
        f"server:/x {tmp_path}/with\\040blank nfs4 rw 0 0\n"
        f"/dev/vdb {tmp_path}/with\\040blank/local xfs rw 0 0\n"
        f"x {tmp_path}/fused fuse.sshfs rw 0 0\n"
    )
    assert is_remote(shared / "below", mounts)
    assert is_remote(tmp_path / "fused", mounts)
    assert not is_remote(shared / "local", mounts)
    assert not is_remote(tmp_path / "with", mounts)
    assert not is_remote(tmp_path, tmp_path / "none")
