"""HTTP servers inside a running event loop, on sockets that somebody else has bound."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

PATIENCE = 10.0
"""Seconds from the beginning of a connection, or of a request, until the request's headers must be there."""
_IDLE = 60
_DRAINING = 10
_GOODBYE = 0.5


class ImpatientProtocol(H11Protocol):
    """HTTP that does not wait for ever for a request that was begun, or never was."""

    _alarm: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        """Begin to wait."""
        super().connection_made(transport)
        self._wait()

    def data_received(self, data: bytes) -> None:
        """Stop waiting when a request is complete, begin when one is not."""
        super().data_received(data)
        if self.cycle is not None and not self.cycle.response_complete:
            self._forget()
        elif self._alarm is None:
            self._wait()

    def eof_received(self) -> bool:  # type: ignore[override]  # asyncio hears it, uvicorn says nothing
        """Answer a whole request whose caller sends nothing more, but still listens."""
        asked = self.cycle
        if asked is None or asked.response_complete or asked.more_body or self.transport.get_extra_info("sslcontext"):
            return False
        asked.keep_alive = False
        return True

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop waiting."""
        self._forget()
        super().connection_lost(exc)

    def _wait(self) -> None:
        self._alarm = self.loop.call_later(PATIENCE, self.transport.close)

    def _forget(self) -> None:
        if self._alarm:
            self._alarm.cancel()
            self._alarm = None


class HttpServer(uvicorn.Server):
    """Serves an ASGI application until `should_exit`; signals are left to others."""

    def __init__(self, app: Any, context: ssl.SSLContext | None = None) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                http=ImpatientProtocol,
                loop="asyncio",
                ws="none",
                lifespan="off",
                log_config=None,
                access_log=False,
                server_header=False,
                proxy_headers=False,
                timeout_keep_alive=_IDLE,
                timeout_graceful_shutdown=_DRAINING,
            )
        )
        self.config.load()
        self.config.ssl = context

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals alone: who started this process says when it ends."""
        yield

    async def begin(self, listener: socket.socket) -> asyncio.Task[None]:
        """Serve from here on; returns the task that is done when the server has ended."""
        task = asyncio.create_task(self.serve([listener]))
        while not self.started and not task.done():
            await asyncio.sleep(0.005)
        return task

    async def end(self, serving: asyncio.Task[None]) -> None:
        """Take no more connections, answer what is being asked, then close; a caller that does not close is cut off."""
        self.should_exit = True
        loop = asyncio.get_running_loop()
        last_asked = loop.time()
        while not serving.done() and loop.time() < last_asked + _GOODBYE:
            await asyncio.sleep(0.02)
            if self.server_state.tasks:
                last_asked = loop.time()
        for connection in list(self.server_state.connections):
            connection.transport.abort()
        self.force_exit = True
        await serving
