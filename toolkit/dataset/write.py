"""Writes a dataset beside the old one and puts it in its place when it is whole."""

from __future__ import annotations

import ctypes
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from toolkit.dataset.manifest import MANIFEST, Manifest, encode
from toolkit.errors import environment


def write_dataset(folder: Path, manifest: Manifest, files: Mapping[str, bytes]) -> tuple[int, int]:
    """Replace the folder by the manifest and its files; return how many files changed and how many are as before.

    The old folder stays whole until the new one is complete; a kill leaves the one or the other.
    Raises ToolkitError (exit 4) when the disk does not take it.
    """
    content = {**files, MANIFEST: encode(manifest)}
    before = {name: _existing(folder / name) for name in content}
    changed = sum(content[name] != before[name] for name in content if name != MANIFEST)
    if all(content[name] == before[name] for name in content) and _names(folder) == set(content):
        return 0, len(files)
    try:
        with _beside(folder) as fresh:
            for name, data in content.items():
                _write(fresh / name, data)
            _swap(fresh, folder)
    except OSError as error:
        hint = "free some space or name another folder with --out; what was there is untouched"
        raise environment(f"the dataset cannot be written to {folder}: {error.strerror}", hint=hint) from error
    return changed, len(files) - changed


@contextmanager
def _beside(folder: Path) -> Iterator[Path]:
    folder.parent.mkdir(parents=True, exist_ok=True)
    for left in folder.parent.glob(f".{folder.name}-*"):
        if not _is_running(left.name.rpartition("-")[2]):
            shutil.rmtree(left, ignore_errors=True)
    fresh = folder.with_name(f".{folder.name}-{os.getpid()}")
    fresh.mkdir()
    try:
        yield fresh
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _swap(fresh: Path, folder: Path) -> None:
    """Put the fresh folder in place; what was there ends up where the fresh one was."""
    if not folder.exists():
        fresh.rename(folder)
    elif not _exchange(fresh, folder):
        aside = fresh.with_name(f".{folder.name}-old-{os.getpid()}")
        folder.rename(aside)
        fresh.rename(folder)
        shutil.rmtree(aside, ignore_errors=True)


def _exchange(one: Path, other: Path) -> bool:
    """Exchange two folders in one step where the system can; return whether it did."""
    renameat2 = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if renameat2 is None:
        return False
    here, exchange = -100, 2
    return bool(renameat2(here, os.fsencode(one), here, os.fsencode(other), exchange) == 0)


def _is_running(process: str) -> bool:
    try:
        os.kill(int(process), 0)
    except PermissionError:
        return True
    except (ValueError, ProcessLookupError):
        return False
    return True


def _write(path: Path, data: bytes) -> None:
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _existing(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None


def _names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()} if folder.is_dir() else set()
