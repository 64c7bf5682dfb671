"""The process that answers: it takes posts and hands their texts to the process with the rules.

A process of its own, because a thread beside busy rules answers late: p99 53 ms against 7 ms (`make test-live`).
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import signal
import socket
import sys
from functools import partial
from typing import Any

from starlette.routing import Router

from toolkit.webhook.connection import Timeouts
from toolkit.webhook.endpoint_app import Endpoint, endpoint_app
from toolkit.webhook.endpoint_counts import EndpointCounts
from toolkit.webhook.endpoint_metrics import endpoint_families, exposition
from toolkit.webhook.families import Family
from toolkit.webhook.frames import Kind, Unpacker, pack
from toolkit.webhook.intake import Intake
from toolkit.webhook.orders import Listener, Orders
from toolkit.webhook.pages import health_page, metrics_page
from toolkit.webhook.server import TimedLoop
from toolkit.webhook.serving import TIMEOUTS, HttpServer
from toolkit.webhook.tls import WatchedTls

NAMED = 10
"""So many events that are too large, and so many reasons of TLS, are named one by one."""
_CHUNK = 256 * 1024
_TELLING = 0.5


class Answering:
    """One endpoint with its pages, from `run` until the other side says stop or is gone."""

    def __init__(self, orders: Orders, timeouts: Timeouts = TIMEOUTS) -> None:
        self._orders = orders
        self._timeouts = timeouts
        self._counts = EndpointCounts()
        self._intake = Intake(orders.queue_size)
        self._endpoint = Endpoint(self._intake, self._counts, orders.limits, self._name_event)
        self._families: list[Family] = []
        self._named = 0
        self._writer: asyncio.StreamWriter | None = None
        self._watched: list[WatchedTls] = []

    async def run(self) -> None:
        """Serve until told to stop; what was taken is handed over before this returns."""
        reader, self._writer = await asyncio.open_connection(sock=socket.socket(fileno=self._orders.link))
        servers = [self._server(listener) for listener in self._orders.listeners]
        serving = [
            await server.begin(socket.socket(fileno=listener.descriptor))
            for server, listener in zip(servers, self._orders.listeners, strict=True)
        ]
        self._say(Kind.READY)
        handing_over = asyncio.create_task(self._hand_over())
        telling = asyncio.create_task(self._tell())
        if await self._hear(reader):
            for server in servers:
                server.should_exit = True
            await asyncio.gather(*serving)
            self._intake.end()
            await handing_over
            self._say(Kind.COUNTS, self._counts_now())
            self._say(Kind.END)
        telling.cancel()
        self._writer.close()
        with contextlib.suppress(ConnectionError):
            await self._writer.wait_closed()

    def _server(self, listener: Listener) -> HttpServer:
        watched = WatchedTls(listener.tls, self._note_tls_failure) if listener.tls else None
        if watched:
            self._watched.append(watched)
        return HttpServer(self._app(listener), watched.context if watched else None, self._timeouts)

    def _app(self, listener: Listener) -> Router:
        pages = [health_page(listener.health)]
        if listener.metrics:
            pages.append(metrics_page(self._page))
        if listener.path is None:
            return Router(pages, redirect_slashes=False)
        return endpoint_app(self._endpoint, listener.path, pages)

    async def _hand_over(self) -> None:
        assert self._writer
        with contextlib.suppress(ConnectionError):
            while posted := await self._intake.take(_CHUNK):
                self._writer.write(b"".join(pack(Kind.REVIEW, one.text, one.time_ns) for one in posted))
                await self._writer.drain()

    async def _hear(self, reader: asyncio.StreamReader) -> bool:
        """Listen to the other side; says whether it asked to stop (else it is gone)."""
        unpacker = Unpacker()
        with contextlib.suppress(ConnectionError):
            while chunk := await reader.read(65536):
                for frame in unpacker.feed(chunk):
                    if frame.kind is Kind.STOP:
                        return True
                    self._families = [Family(*family) for family in json.loads(frame.text)]
        return False

    async def _tell(self) -> None:
        while True:
            await asyncio.sleep(_TELLING)
            for word in filter(None, (watched.refresh() for watched in self._watched)):
                self._say(Kind.NOTE, word.encode())
            self._say(Kind.COUNTS, self._counts_now())

    def _page(self) -> bytes:
        self._counts.waiting = len(self._intake)
        return exposition([*self._families, *endpoint_families(self._counts)])

    def _counts_now(self) -> bytes:
        self._counts.waiting = len(self._intake)
        return self._counts.json()

    def _name_event(self, words: str) -> None:
        self._named += 1
        if self._named <= NAMED:
            self._say(Kind.NOTE, words.encode())

    def _note_tls_failure(self, reason: str) -> None:
        failures = self._counts.tls_failures
        if reason not in failures and len(failures) >= NAMED:
            reason = "other"
        failures[reason] += 1
        if failures[reason] == 1:
            self._say(Kind.NOTE, f"a connection failed in TLS: {reason}".encode())

    def _say(self, kind: Kind, text: bytes = b"") -> None:
        if self._writer and not self._writer.is_closing():
            self._writer.write(pack(kind, text))


def main(orders: dict[str, Any]) -> None:
    """Run as the process of its own; `orders` are those of `Orders.plain`."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1):
        signal.signal(number, signal.SIG_IGN)
    logging.getLogger("uvicorn").setLevel(logging.ERROR)
    serve(Orders.from_plain(orders))


def serve(orders: Orders, timeouts: Timeouts = TIMEOUTS) -> None:
    """Serve until told to stop, in this thread."""
    with asyncio.Runner(loop_factory=partial(TimedLoop, timeouts)) as runner:
        runner.run(Answering(orders, timeouts).run())


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
