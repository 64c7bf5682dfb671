"""One HTTP(S) server on a thread of its own, listening before `start` returns."""

from __future__ import annotations

import asyncio
import math
import socket
import threading
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from ssl import SSLError
from typing import Any

import uvicorn

from toolkit.errors import environment
from toolkit.webhook.connection import USUAL, TimedConnection, Timeouts

EVERYWHERE = ""
"""The host that stands for every address of this machine, IPv4 and IPv6."""
_STARTING = 20.0
_DRAINING = 30
_FAREWELL = 1.0


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate chain and its key, both PEM files; read once, at the start."""

    chain: Path
    key: Path


class Server:
    """Serves an ASGI application between `start` and `stop`; `port` 0 becomes the one that the system chose.

    Callers that take longer than `timeouts` are cut off, so that `stop` never waits for them; an application in the
    middle of reading a body is told by a TimeoutError. Requests of one connection reach it one after another.
    """

    def __init__(
        self,
        app: Any,
        host: str,
        port: int,
        certificate: Certificate | None = None,
        timeouts: Timeouts = USUAL,
    ) -> None:
        self.port = port
        self._host = host
        self._timeouts = timeouts
        connection: Any = partial(TimedConnection, timeouts)
        self._config = uvicorn.Config(
            app,
            http=connection,
            ssl_certfile=certificate.chain if certificate else None,
            ssl_keyfile=certificate.key if certificate else None,
            log_config=None,
            access_log=False,
            server_header=False,
            lifespan="off",
            ws="none",
            timeout_keep_alive=math.ceil(timeouts.idle),
            timeout_graceful_shutdown=_DRAINING,
        )
        self._server = uvicorn.Server(self._config)
        self._socket: socket.socket | None = None
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Serve from here on. Raises ToolkitError (exit 4) when the port or the certificate cannot be used."""
        self._load_certificate()
        self._socket = _listening_socket(self._host, self.port)
        self.port = self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._run, args=([self._socket],), daemon=True)
        self._thread.start()
        deadline = time.monotonic() + _STARTING
        while not self._server.started:
            if not self._thread.is_alive() or time.monotonic() > deadline:
                raise environment(f"the HTTP server on port {self.port} did not start")
            time.sleep(0.005)

    def stop(self) -> None:
        """Answer what is being asked, then close; waits for both."""
        self._server.should_exit = True
        if self._thread:
            self._thread.join(_DRAINING + 5)
        if self._socket:
            self._socket.close()

    def _run(self, listeners: list[socket.socket]) -> None:
        with asyncio.Runner(loop_factory=partial(_Loop, self._timeouts)) as runner:
            runner.run(self._server.serve(listeners))

    def _load_certificate(self) -> None:
        try:
            self._config.load()
        except (OSError, SSLError) as error:
            files = f"{self._config.ssl_certfile} and {self._config.ssl_keyfile}"
            raise environment(
                f"the certificate {files} cannot be used: {error}",
                hint="name PEM files with --cert-filename and --cert-key-filename",
            ) from error


class _Loop(asyncio.SelectorEventLoop):
    """An event loop whose TLS connections begin and end within limits; Uvicorn has no setting for them."""

    def __init__(self, timeouts: Timeouts) -> None:
        super().__init__()
        self._timeouts = timeouts

    async def create_server(self, *arguments: Any, **options: Any) -> Any:
        if options.get("ssl"):
            options |= {"ssl_handshake_timeout": self._timeouts.read, "ssl_shutdown_timeout": _FAREWELL}
        return await super().create_server(*arguments, **options)


def _listening_socket(host: str, port: int) -> socket.socket:
    is_dual = host == EVERYWHERE and socket.has_dualstack_ipv6()
    family = socket.AF_INET6 if ":" in host or is_dual else socket.AF_INET
    # The protocol is named because asyncio sends small answers at once (TCP_NODELAY) only on sockets that name it.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if is_dual:
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        listener.bind((host, port))
        listener.listen(1024)
    except (OSError, OverflowError) as error:
        listener.close()
        where = f" on {host}" if host else ""
        raise environment(f"port {port}{where} cannot be listened on: {error}", hint="name a free port") from error
    return listener
