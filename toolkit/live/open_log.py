"""One file that is still being written, as a reader sees it: what it is, how far it was read, which lines are whole."""

from __future__ import annotations

import hashlib
import io
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Self

CHUNK = 256 * 1024
"""So many bytes are read at a time."""
LONGEST = 64 * 1024 * 1024
"""A line of more bytes is not kept in memory, and counts as broken."""
_HEAD = 1024


@dataclass(frozen=True, slots=True)
class Mark:
    """How far a file was read: `offset` bytes in `line` lines, all whole, and what the file is known by.

    `inode` is the file system's number; `head` the SHA-256 of the first `head_bytes` bytes, because numbers of files
    that were deleted are given out again.
    """

    inode: int
    head: str
    head_bytes: int
    offset: int
    line: int


class OpenLog:
    """An open file of lines; `name` is for places, `backup` the name it was rotated to, where that is known."""

    def __init__(self, path: Path) -> None:
        """Open a regular file. Raises OSError."""
        self.name = str(path)
        self.backup: str | None = None
        self.offset = 0
        self.line = 0
        self.is_at_end = False
        """Whether there was nothing more at the last look."""
        self._rest = bytearray()
        self._first = b""
        self._is_cut = False
        self._descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        found = os.fstat(self._descriptor)
        self._identity = (found.st_dev, found.st_ino)
        if not stat.S_ISREG(found.st_mode):
            self.close()
            raise OSError(0, "is no regular file")

    def close(self) -> None:
        """Close the file."""
        os.close(self._descriptor)

    def is_same(self, found: os.stat_result | Self) -> bool:
        """Return whether another look at a file system met this file; numbers are its own while it is open."""
        other = found._identity if isinstance(found, OpenLog) else (found.st_dev, found.st_ino)
        return self._identity == other

    @property
    def read_to(self) -> int:
        """How many bytes were read, those of a line that is not whole included."""
        return self.offset + len(self._rest)

    def is_cut(self) -> bool:
        """Return whether what was read does not stand there any more. Raises OSError."""
        is_shorter = os.fstat(self._descriptor).st_size < self.read_to
        return is_shorter or os.pread(self._descriptor, len(self._first), 0) != self._first

    def begin_anew(self) -> None:
        """Read from the beginning, after the file was cut."""
        self.offset = self.line = 0
        self._rest.clear()
        self._first = b""
        self._is_cut = False

    def lines(self) -> Iterator[bytes | None]:
        """Yield the next lines that are whole, a chunk at most; each counts as read once the one after it is asked for.

        None stands for a line that is too long. Raises OSError.
        """
        piece = os.pread(self._descriptor, CHUNK, self.read_to)
        self.is_at_end = not piece
        begin = len(self._rest)
        self._rest += piece
        end = self._rest.rfind(b"\n", begin) + 1
        whole = bytes(self._rest[:end])
        del self._rest[:end]
        yield from self._counted(whole)
        if len(self._rest) > LONGEST:
            self.offset += len(self._rest)
            self._rest.clear()
            self._is_cut = True

    def last_line(self) -> Iterator[bytes | None]:
        """Yield what stands after the last line's end: nothing more will be written to the file."""
        whole = bytes(self._rest)
        self._rest.clear()
        yield from self._counted(whole)

    def mark(self) -> Mark:
        """Return how far the file was read."""
        return Mark(self._identity[1], _digest(self._first), len(self._first), self.offset, self.line)

    def go_on(self, mark: Mark) -> bool:
        """Go to a mark; returns False where this is not the file that was marked, or it was cut. Raises OSError."""
        found = os.fstat(self._descriptor)
        first = os.pread(self._descriptor, max(0, min(mark.head_bytes, _HEAD)), 0)
        is_it = found.st_ino == mark.inode and found.st_size >= mark.offset and _digest(first) == mark.head
        if is_it:
            self.offset, self.line, self._first = mark.offset, mark.line, first
        return is_it

    def _counted(self, whole: bytes) -> Iterator[bytes | None]:
        for line in io.BytesIO(whole):
            yield None if self._is_cut else line
            self._is_cut = False
            if self.offset == len(self._first) < _HEAD:
                self._first += line[: _HEAD - len(self._first)]
            self.offset += len(line)
            self.line += 1


def _digest(text: bytes) -> str:
    return hashlib.sha256(text).hexdigest()
