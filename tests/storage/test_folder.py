"""Folders of results: a file is whole or not there, at paths and behind URLs."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest
from fsspec.implementations.memory import MemoryFileSystem

from toolkit.errors import ToolkitError
from toolkit.storage.folder import Folder


@pytest.fixture(params=["path", "file", "memory"])
def place(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(tmp_path)
    MemoryFileSystem.store.clear()
    return {"path": "a [b]*/c%20", "file": f"file://{tmp_path}/x", "memory": "memory://x/y"}[request.param]


def test_files_come_and_go(place: str) -> None:
    folder = Folder(place)
    assert folder.names() == []
    folder.make()
    folder.make()
    folder.write("b", b"1")
    folder.write("a", b"2")
    folder.write("a", b"3")
    assert folder.names() == ["a", "b"]
    assert (folder.find("a"), folder.find("gone")) == (b"3", None)
    assert folder.read(["b", "a", "b"]) == [b"1", b"3", b"1"]
    assert Folder(folder.location).names() == ["a", "b"]
    folder.remove("a")
    folder.remove("a")
    assert folder.names() == ["b"]
    assert str(folder) == place


def test_a_file_is_there_when_it_is_whole(place: str) -> None:
    folder = Folder(place)
    folder.make()
    folder.write("a", b"old")
    with folder.written("a") as stream:
        stream.write(b"new")
        assert (folder.names(), folder.find("a")) == (["a"], b"old")
    assert folder.find("a") == b"new"
    with pytest.raises(KeyError), folder.written("a") as stream:
        stream.write(os.environb[b"no such variable"])
    assert folder.find("a") == b"new"
    assert len(folder._names()) == 1


def test_what_killed_writers_leave_is_no_file_and_can_be_removed(place: str) -> None:
    folder = Folder(place)
    folder.make()
    folder.write(".a.0123456789abcdef0123456789abcdef.tmp", b"half")
    folder.write(".hidden", b"")
    assert folder.names() == [".hidden"]
    folder.clear_unfinished()
    assert folder._names() == [".hidden"]


def test_a_full_disk_is_named_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = Folder(str(tmp_path))

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ToolkitError, match=f"{tmp_path} cannot take x: No space left on device") as raised:
        folder.write("x", b"1")
    assert raised.value.exit_code == 4
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("name", "words"),
    [("file/x", "cannot be made: Not a directory"), ("file", "cannot be made: File exists")],
)
def test_what_is_no_folder(tmp_path: Path, name: str, words: str) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ToolkitError, match=words) as raised:
        Folder(str(tmp_path / name)).make()
    assert raised.value.exit_code == 4


def test_urls_that_nobody_knows() -> None:
    with pytest.raises(ToolkitError, match="unknown kind of URL foo://") as raised:
        Folder("foo://x")
    assert raised.value.exit_code == 2


def test_what_a_store_says_is_told_of_the_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    folder = Folder("memory://new")

    def refuses(*_: object, **__: object) -> None:
        raise RuntimeError("quota of the bucket\nis used up")

    monkeypatch.setattr(MemoryFileSystem, "cp_file", refuses)
    with pytest.raises(ToolkitError, match=r"^memory://new cannot take a: quota of the bucket$") as raised:
        folder.write("a", b"")
    assert raised.value.exit_code == 4
    assert folder._names() == []
