"""Alerts as lines that wait for their turn: few in memory, many in a file."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from struct import Struct
from typing import IO

IN_MEMORY = 2**20
"""So many bytes wait in memory; with more of them all go to a file."""
_HEAD = Struct("<IQ")


class _Rolling:
    """Takes bytes and gives them back once, in order, in another process too.

    `folder` is where the file is made; without one everything stays in memory. The file is gone once it is read.
    """

    def __init__(self, folder: str | None = None) -> None:
        self._folder = folder
        self._stream: IO[bytes] | None = BytesIO()
        self._path: str | None = None
        self._memory = b""

    def close(self) -> None:
        """Take nothing more. Raises OSError where the file cannot be written."""
        stream, self._stream = self._stream, None
        if isinstance(stream, BytesIO):
            self._memory = stream.getvalue()
        elif stream:
            stream.close()

    def _write(self, record: bytes) -> None:
        stream = self._stream
        assert stream is not None
        stream.write(record)
        if self._folder and self._path is None and stream.tell() > IN_MEMORY:
            self._roll(stream)

    @contextmanager
    def _read(self) -> Iterator[IO[bytes]]:
        if self._path is None:
            yield BytesIO(self._memory)
            return
        with Path(self._path).open("rb") as stream:
            yield stream
        Path(self._path).unlink()

    def _roll(self, stream: IO[bytes]) -> None:
        assert isinstance(stream, BytesIO)
        descriptor, self._path = tempfile.mkstemp(dir=self._folder)
        self._stream = os.fdopen(descriptor, "wb")
        self._stream.write(stream.getbuffer())


class Spool(_Rolling):
    """Takes lines with the number of their rule."""

    def put(self, rule: int, line: bytes) -> None:
        """Take one line. Raises OSError where the file cannot be written."""
        self._write(_HEAD.pack(rule, len(line)) + line)

    def __iter__(self) -> Iterator[tuple[int, bytes]]:
        """Yield rule and line of each, and remove the file."""
        with self._read() as stream:
            while head := stream.read(_HEAD.size):
                rule, size = _HEAD.unpack(head)
                yield rule, stream.read(size)


class Block(_Rolling):
    """Takes lines that are to be printed one after the other, whatever their rule."""

    def put(self, rule: int, line: bytes) -> None:  # noqa: ARG002
        """Take one line. Raises OSError where the file cannot be written."""
        self._write(line + b"\n")

    def __iter__(self) -> Iterator[bytes]:
        """Yield all lines with their ends, many at once, and remove the file."""
        with self._read() as stream:
            while piece := stream.read(IN_MEMORY):
                yield piece
