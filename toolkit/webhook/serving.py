"""HTTP servers inside a running event loop, on sockets that somebody else has bound."""

from __future__ import annotations

import asyncio
import math
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import uvicorn

from toolkit.webhook.connection import TimedConnection, Timeouts

TIMEOUTS = Timeouts(idle=60.0)
"""API servers and shippers keep their connections; all else is as in the recorder."""
_DRAINING = 10


class HttpServer(uvicorn.Server):
    """Serves an ASGI application until `should_exit`; signals are left to others."""

    def __init__(self, app: Any, context: ssl.SSLContext | None = None, timeouts: Timeouts = TIMEOUTS) -> None:
        connection: Any = partial(TimedConnection, timeouts)
        super().__init__(
            uvicorn.Config(
                app,
                http=connection,
                ws="none",
                lifespan="off",
                log_config=None,
                access_log=False,
                server_header=False,
                proxy_headers=False,
                timeout_keep_alive=math.ceil(timeouts.idle),
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
