"""Standard output and standard error as the far end of a channel, and a file that alerts are appended to."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path

from toolkit.outputs.channel import GoneError, Line


class StreamSink:
    """A descriptor that is open and stays so; a write may take as long as its reader likes."""

    def __init__(self, descriptor: int, name: str) -> None:
        self.name = name
        self._descriptor = descriptor

    def write(self, line: Line) -> None:
        """Write one line. Raises OSError, and GoneError when the reader has closed its end."""
        rest = line.text + b"\n"
        try:
            while rest:
                rest = rest[os.write(self._descriptor, rest) :]
        except BrokenPipeError:
            raise GoneError("its reader has gone away") from None

    def reopen(self) -> None:
        """Do nothing: the descriptor is not ours to open."""

    def close(self) -> None:
        """Do nothing: the descriptor is not ours to close."""

    def abandon(self) -> None:
        """Do nothing: whoever does not read cannot be helped."""


class FileSink:
    """A file that alerts are appended to: it stays open, or is opened for each alert. Lines are whole or not there."""

    name = "file_output"

    def __init__(self, path: Path, *, keep_alive: bool) -> None:
        self._path = path
        self._keep_alive = keep_alive
        self._descriptor: int | None = None
        self._torn = False

    def write(self, line: Line) -> None:
        """Append one line. Raises OSError, after which the line may be tried again."""
        self._append(line.text + b"\n")
        if not self._keep_alive:
            self._shut()

    def reopen(self) -> None:
        """Close the file and open what has its name now. Raises OSError."""
        self._shut()
        if self._keep_alive:
            self._open()

    def close(self) -> None:
        """Close the file. Raises OSError."""
        self._shut()

    def abandon(self) -> None:
        """Do nothing: a write to a disk cannot be called off."""

    def _open(self) -> int:
        if self._descriptor is None:
            flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
            try:
                self._descriptor = os.open(self._path, flags, 0o666)
            except OSError as error:
                raise OSError(error.errno, f"{self._path}: {error.strerror}") from None
        return self._descriptor

    def _shut(self) -> None:
        if self._descriptor is not None:
            descriptor, self._descriptor = self._descriptor, None
            os.close(descriptor)

    def _append(self, text: bytes) -> None:
        descriptor = self._open()
        before = os.fstat(descriptor)
        try:
            self._write_all(descriptor, b"\n" + text if self._torn else text)
        except OSError as error:
            self._take_back(descriptor, before)
            self._shut()
            raise OSError(error.errno, f"{self._path}: {error.strerror}") from None
        self._torn = False

    @staticmethod
    def _write_all(descriptor: int, rest: bytes) -> None:
        while rest:
            rest = rest[os.write(descriptor, rest) :]

    def _take_back(self, descriptor: int, before: os.stat_result) -> None:
        """Cut off the part of a line that was written; where that cannot be done the next line begins with a break."""
        self._torn = True
        if stat.S_ISREG(before.st_mode):
            with suppress(OSError):
                os.ftruncate(descriptor, before.st_size)
                self._torn = False
