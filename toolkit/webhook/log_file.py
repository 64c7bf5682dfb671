"""The recorder's file: appended to, private to its owner, moved aside when it is full."""

from __future__ import annotations

import contextlib
import os
from datetime import UTC, datetime
from pathlib import Path

MEBIBYTE = 1024 * 1024
_UNSET_SIZE = 100


class LogFile:
    """Writes whole lines; before a write that would pass the size limit the file is renamed and a new one begun.

    `max_size` is in MiB (0 means 100), `max_backups` how many renamed files are kept (0 means all). The file is
    made by the first line, mode 0600. Lines already there are kept; after half a line the next begins on a new one.
    """

    def __init__(self, path: Path, max_size: int = 500, max_backups: int = 1) -> None:
        self.path = path
        self._limit = (max_size or _UNSET_SIZE) * MEBIBYTE
        self._max_backups = max_backups
        self._descriptor: int | None = None
        self._size = 0
        self._before_next = b""

    def write(self, line: bytes) -> None:
        """Append one line and its end, whole or not at all. Raises OSError when that cannot be done."""
        record = line + b"\n"
        if len(record) > self._limit:
            raise OSError(f"a line of {len(record)} bytes is larger than the largest file, {self._limit} bytes")
        descriptor = self._ready(len(record))
        record = self._before_next + record
        _write_all(descriptor, record)
        self._size += len(record)
        self._before_next = b""

    def close(self) -> None:
        """Close the file; a later line opens it again."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def files(self) -> list[Path]:
        """Return the files with lines in them, oldest first."""
        return [*self._backups(), *([self.path] if self.path.exists() else [])]

    def _ready(self, coming: int) -> int:
        if self._descriptor is None:
            self._descriptor = self._open()
        if self._size and self._size + coming > self._limit:
            self.close()
            self.path.rename(self._backup_name())
            self._descriptor = self._open()
            self._drop_old_backups()
        return self._descriptor

    def _open(self) -> int:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self._size = os.fstat(descriptor).st_size
        self._before_next = b"" if not self._size or self._ends_with_a_line() else b"\n"
        return descriptor

    def _ends_with_a_line(self) -> bool:
        """Whether the file found was left whole; one that was being written when its writer was killed is not."""
        try:
            with self.path.open("rb") as file:
                file.seek(-1, os.SEEK_END)
                return file.read() == b"\n"
        except OSError:
            return True

    def _backup_name(self) -> Path:
        while True:
            now = datetime.now(UTC)
            stamp = f"{now:%Y-%m-%dT%H-%M-%S}.{now.microsecond // 1000:03d}"
            name = self.path.with_name(f"{self.path.stem}-{stamp}{self.path.suffix}")
            if not name.exists():
                return name

    def _backups(self) -> list[Path]:
        stamp = f"{'[0-9]' * 4}-*T*.{'[0-9]' * 3}"
        return sorted(self.path.parent.glob(f"{self.path.stem}-{stamp}{self.path.suffix}"))

    def _drop_old_backups(self) -> None:
        if self._max_backups:
            for old in self._backups()[: -self._max_backups]:
                with contextlib.suppress(OSError):  # one too many is better than a line too few
                    old.unlink()


def _write_all(descriptor: int, record: bytes) -> None:
    rest = memoryview(record)
    try:
        while rest:
            rest = rest[os.write(descriptor, rest) :]
    except OSError:
        _take_back(descriptor, len(record) - len(rest))
        raise


def _take_back(descriptor: int, written: int) -> None:
    """Shorten the file by what was written of half a line; its size is asked for, others may have shortened it too."""
    if written:
        os.ftruncate(descriptor, os.fstat(descriptor).st_size - written)
