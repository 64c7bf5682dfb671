"""Files behind URLs, read in order: blocks ahead, bounded memory, bounded waiting."""

from __future__ import annotations

import asyncio
import io
import sys
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from toolkit.storage.failures import StorageError, reaching
from toolkit.storage.systems import facts, open_system
from toolkit.storage.urls import is_http

if TYPE_CHECKING:
    from fsspec import AbstractFileSystem

BLOCK = 4 * 2**20
"""Bytes that are asked for at once."""
AHEAD = 2
"""So many blocks are on their way while one is read."""
_PATIENCE = 300
"""Seconds that a block may take by a slow line; that nothing comes at all, stores' own clients tell much sooner."""
_BUFFER = 2**18
_PEEKED = 4
_LINE = 2**16
"""Bytes that the last line of what is wanted mostly has no more than."""


def open_url(url: str, begin: int = 0, end: int | None = None) -> io.BufferedReader:
    """Open a file behind a URL for reading from byte `begin`; its `raw.tell()` says how far reading has come.

    No more than some blocks of it are in memory. What begins at `end` or later is asked for when it is read, not ahead:
    reading mostly ends with the line that is there. Raises StorageError (an OSError) here and while it is read;
    ToolkitError as `open_system` does.
    """
    system, path = open_system(url)
    with reaching(url):
        source = _answer(system, path, begin) if is_http(url) else _Blocks(system, path, begin, end)
    return io.BufferedReader(_Stream(url, source, begin), _BUFFER)


def _answer(system: AbstractFileSystem, url: str, begin: int) -> _Source:
    from toolkit.storage.answers import Answer

    return Answer(system, url, begin)


class _Source(Protocol):
    """Where pieces of a file come from, in order; `size` is what the file has, None if that is not known."""

    size: int | None

    def read(self) -> bytes: ...

    def close(self) -> None: ...


class _Stream(io.RawIOBase):
    """A file of which pieces come."""

    def __init__(self, url: str, source: _Source, at: int) -> None:
        self._url = url
        self._source = source
        self._at = at
        self._piece = memoryview(b"")

    def readable(self) -> bool:
        return True

    def tell(self) -> int:
        """Return how many bytes of the file are read."""
        return self._at

    def readinto(self, buffer: Any) -> int:
        """Fill some of a buffer. Raises StorageError, which says how far reading has come."""
        if not self._piece:
            self._piece = memoryview(self._next())
        taken = min(len(buffer), len(self._piece))
        buffer[:taken] = self._piece[:taken]
        self._piece = self._piece[taken:]
        self._at += taken
        return taken

    def close(self) -> None:
        if not self.closed:
            self._source.close()
        super().close()

    def _next(self) -> bytes:
        """Return the next piece; the first one is long enough to tell what is compressed."""
        try:
            with reaching(self._url):
                piece = self._source.read()
                while 0 < len(piece) < _PEEKED and (more := self._source.read()):
                    piece += more
        except StorageError as error:
            of = "" if self._source.size is None else f" of {self._source.size:,}"
            raise StorageError(f"after {self._at:,}{of} bytes: {error.reason}", error.hint, error.exit_code) from error
        return piece


class _Blocks:
    """A file of which any part can be had: some blocks are on their way while one is read."""

    def __init__(self, system: AbstractFileSystem, path: str, begin: int, end: int | None) -> None:
        self.size: int | None = facts(system, path).get("size")
        if self.size is None:
            raise StorageError("its size is not known", "copy it to a disk, or pipe it: toolkit run -")
        self._system = system
        self._path = path
        self._at = begin
        self._ahead_to = min(self.size or 0, sys.maxsize if end is None else end + _LINE)
        self._coming: deque[tuple[int, Callable[[], bytes], Callable[[], object]]] = deque()

    def read(self) -> bytes:
        while self._at < self._ahead_to and len(self._coming) <= AHEAD:
            self._ask(self._ahead_to)
        if not self._coming and self._at < (self.size or 0):
            self._ask(self.size or 0)
        if not self._coming:
            return b""
        length, block, _ = self._coming.popleft()
        if len(piece := block()) < length:
            raise StorageError("it ends here, and was longer when it was opened")
        return piece

    def close(self) -> None:
        for _, _, cancel in self._coming:
            cancel()
        self._coming.clear()

    def _ask(self, most: int) -> None:
        begin, self._at = self._at, min(self._at + BLOCK, most)
        end = self._at
        if self._system.async_impl:
            asked = self._system._cat_file(self._path, start=begin, end=end)
            future = asyncio.run_coroutine_threadsafe(asked, self._system.loop)
            self._coming.append((end - begin, partial(future.result, _PATIENCE), future.cancel))
        else:
            wanted = partial(self._system.cat_file, self._path, start=begin, end=end)
            self._coming.append((end - begin, wanted, lambda: None))
