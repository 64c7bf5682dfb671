"""Files that servers send by HTTP in one answer: pieces are taken as they come, and go on after a broken connection."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Coroutine, Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, TypeVar

from aiohttp import ClientError, ClientResponse

if TYPE_CHECKING:
    from fsspec import AbstractFileSystem

T = TypeVar("T")

_WAITING = 32
"""So many pieces wait to be read; a piece is what the system had at once, some 100 KB."""
_PAUSES = (0.1, 1.0, 4.0)
"""Seconds before each time that a server is asked for the rest of an answer that broke off."""
_FAILURES = (ClientError, OSError)
_Piece = bytes | Exception


class Answer:
    """A file by HTTP from byte `begin`; `size` is what the whole file has, None if the server does not say.

    Where the answer breaks off, the server is asked for the rest, if it can begin anywhere and says that the file is
    the same still. A server that cannot begin anywhere sends what is passed over first. Raises what aiohttp raises.
    """

    def __init__(self, system: AbstractFileSystem, url: str, begin: int) -> None:
        self._system = system
        self._url = url
        self._at = begin
        self._failures = 0
        self._flow = self._ask({"Range": f"bytes={begin}-"} if begin else {})
        response = self._flow.response
        has_all = response.status != HTTPStatus.PARTIAL_CONTENT
        self.size = _size(response, 0 if has_all else begin)
        self._version = _version(response.headers)
        self._passed_over = begin if has_all else 0

    def read(self) -> bytes:
        """Return the next bytes, none at the end."""
        while True:
            piece = self._flow.take()
            if isinstance(piece, bytes):
                self._failures = 0
                if piece and (over := min(self._passed_over, len(piece))):
                    self._passed_over -= over
                    if not (piece := piece[over:]):
                        continue
                self._at += len(piece)
                return piece
            if not self._goes_on():
                raise piece

    def close(self) -> None:
        """Take nothing more."""
        self._flow.close()

    def _ask(self, headers: dict[str, str]) -> _Flow:
        async def asked() -> _Flow:
            session = await self._system.set_session()
            options = dict(self._system.kwargs)  # of fsspec's configuration: a token among the headers, for instance
            options["headers"] = {**options.get("headers", {}), **headers}
            response = await session.get(self._system.encode_url(self._url), **options)
            response.raise_for_status()
            return _Flow(response)

        return _run(self._system.loop, asked())

    def _goes_on(self) -> bool:
        """Ask for the rest after a pause; return whether it comes."""
        if self._version is None or self._failures == len(_PAUSES):
            return False
        time.sleep(_PAUSES[self._failures])
        self._failures += 1
        try:
            flow = self._ask({"Range": f"bytes={self._at}-", "If-Range": self._version})
        except _FAILURES:
            return self._goes_on()
        self._flow.close()
        self._flow = flow
        return bool(flow.response.status == HTTPStatus.PARTIAL_CONTENT)


class _Flow:
    """The pieces of one response, taken as they come, some of them before they are wanted; made in fsspec's thread."""

    def __init__(self, response: ClientResponse) -> None:
        self.response = response
        self._loop = asyncio.get_running_loop()
        self._pieces: asyncio.Queue[_Piece] = asyncio.Queue(_WAITING)
        self._end: _Piece | None = None
        # Begun at once: what has come before a connection breaks is lost to whoever reads it later.
        self._task = self._loop.create_task(self._fill())

    def take(self) -> _Piece:
        """Return all that waits, or the next piece once it comes; none at the end, or the error that ended it."""
        return _run(self._loop, self._waiting()) if self._end is None else self._end

    def close(self) -> None:
        """Take nothing more."""
        self._loop.call_soon_threadsafe(self._task.cancel)

    async def _fill(self) -> None:
        async with self.response:
            try:
                async for piece in self.response.content.iter_any():
                    await self._pieces.put(piece)
                await self._pieces.put(b"")
            except _FAILURES as error:
                await self._pieces.put(error)

    async def _waiting(self) -> _Piece:
        pieces: list[bytes] = []
        while not pieces or not self._pieces.empty():
            piece = await self._pieces.get()
            if not piece or isinstance(piece, Exception):
                self._end = piece
                return b"".join(pieces) or piece
            pieces.append(piece)
        return b"".join(pieces)


def _run(loop: asyncio.AbstractEventLoop, work: Coroutine[Any, Any, T]) -> T:
    """Return what work in the thread of fsspec comes to; time-outs are those of the session."""
    future = asyncio.run_coroutine_threadsafe(work, loop)
    try:
        return future.result()
    except BaseException:
        future.cancel()  # Ctrl-C: what nobody waits for any more is not to be found by the interpreter's end
        raise


def _size(response: ClientResponse, begin: int) -> int | None:
    length = response.content_length
    return None if length is None or response.headers.get("Content-Encoding") else length + begin


def _version(headers: Mapping[str, str]) -> str | None:
    """Return what tells whether a file is still the same, None where nothing does, or its bytes are not as sent."""
    mark = headers.get("ETag", "W/")
    version = headers.get("Last-Modified") if mark.startswith("W/") else mark
    return None if headers.get("Content-Encoding") else version
