"""One HTTP(S) server on a thread of its own, listening before `start` returns."""

from __future__ import annotations

import socket
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from ssl import SSLError
from typing import Any

import uvicorn

from toolkit.errors import environment
from toolkit.webhook.listening import listening_socket

_STARTING = 20.0
_DRAINING = 30


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate chain and its key, both PEM files; read once, at the start."""

    chain: Path
    key: Path


class Server:
    """Serves an ASGI application between `start` and `stop`; `port` 0 becomes the one that the system chose.

    A connection without a request is closed after `idle_timeout` seconds.
    """

    def __init__(
        self, app: Any, host: str, port: int, certificate: Certificate | None = None, idle_timeout: int = 15
    ) -> None:
        self.port = port
        self._host = host
        self._config = uvicorn.Config(
            app,
            ssl_certfile=certificate.chain if certificate else None,
            ssl_keyfile=certificate.key if certificate else None,
            log_config=None,
            access_log=False,
            server_header=False,
            lifespan="off",
            ws="none",
            timeout_keep_alive=idle_timeout,
            timeout_graceful_shutdown=_DRAINING,
        )
        self._server = uvicorn.Server(self._config)
        self._socket: socket.socket | None = None
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Serve from here on. Raises ToolkitError (exit 4) when the port or the certificate cannot be used."""
        self._load_certificate()
        self._socket = listening_socket(self._host, self.port)
        self.port = self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._server.run, args=([self._socket],), daemon=True)
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

    def _load_certificate(self) -> None:
        try:
            self._config.load()
        except (OSError, SSLError) as error:
            files = f"{self._config.ssl_certfile} and {self._config.ssl_keyfile}"
            raise environment(
                f"the certificate {files} cannot be used: {error}",
                hint="name PEM files with --cert-filename and --cert-key-filename",
            ) from error
