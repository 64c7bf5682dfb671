"""Alerts as lines that wait for their turn: few in memory, many in a file."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from struct import Struct
from typing import IO

IN_MEMORY = 2**20
"""So many bytes wait in memory; with more of them all go to a file."""
_HEAD = Struct("<IQ")


class Spool:
    """Takes lines with the number of their rule and gives them back once, in order, in another process too.

    `folder` is where the file is made; without one everything stays in memory. The file is gone once it is read.
    """

    def __init__(self, folder: str | None = None) -> None:
        self._folder = folder
        self._stream: IO[bytes] | None = BytesIO()
        self._path: str | None = None
        self._memory = b""

    def put(self, rule: int, line: bytes) -> None:
        """Take one line. Raises OSError where the file cannot be written."""
        stream = self._stream
        assert stream is not None
        stream.write(_HEAD.pack(rule, len(line)) + line)
        if self._folder and self._path is None and stream.tell() > IN_MEMORY:
            self._roll(stream)

    def close(self) -> None:
        """Take nothing more. Raises OSError where the file cannot be written."""
        stream, self._stream = self._stream, None
        if isinstance(stream, BytesIO):
            self._memory = stream.getvalue()
        elif stream:
            stream.close()

    def __iter__(self) -> Iterator[tuple[int, bytes]]:
        """Yield rule and line of each, and remove the file."""
        if self._path is None:
            yield from _records(BytesIO(self._memory))
            return
        with Path(self._path).open("rb") as stream:
            yield from _records(stream)
        Path(self._path).unlink()

    def _roll(self, stream: IO[bytes]) -> None:
        assert isinstance(stream, BytesIO)
        descriptor, self._path = tempfile.mkstemp(dir=self._folder)
        self._stream = os.fdopen(descriptor, "wb")
        self._stream.write(stream.getbuffer())


def _records(stream: IO[bytes]) -> Iterator[tuple[int, bytes]]:
    while head := stream.read(_HEAD.size):
        rule, size = _HEAD.unpack(head)
        yield rule, stream.read(size)
