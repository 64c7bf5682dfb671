"""A server of files on loopback, that does what one asks of it: no ranges, no lengths, answers that break off."""

from __future__ import annotations

import re
import ssl
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from urllib.parse import urlsplit


class LogServer:
    """Serves `files` by path until its block ends; `asked` has what was asked for: method, path, range.

    Without `ranges` every answer is the whole file, without `lengths` its end is that of the connection. An answer
    stops after `cut` bytes: the connection is closed, or with `stalls` nothing more comes. `status` is that of every
    answer.
    """

    def __init__(
        self,
        files: dict[str, bytes],
        *,
        ranges: bool = True,
        lengths: bool = True,
        cut: int | None = None,
        stalls: bool = False,
        status: int | None = None,
        certificate: Path | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        self.files = files
        self.ranges = ranges
        self.lengths = lengths
        self.cut = cut
        self.stalls = stalls
        self.status = status
        self.headers = headers or {}
        self.asked: list[tuple[str, str, str | None]] = []
        self.over = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        scheme = "http"
        if certificate:
            scheme = "https"
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self.url = f"{scheme}://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> LogServer:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.over.set()
        self._server.shutdown()
        self._server.server_close()


def _handler(server: LogServer) -> type[BaseHTTPRequestHandler]:  # noqa: C901  one answer in small steps
    class Handler(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            self._answer(has_body=False)

        def do_GET(self) -> None:
            self._answer(has_body=True)

        def log_message(self, *_: object) -> None:
            pass

        def _answer(self, *, has_body: bool) -> None:
            wanted = self.headers.get("Range")
            server.asked.append((self.command, self.path, wanted))
            content = server.files.get(urlsplit(self.path).path)
            if content is None or server.status:
                self.send_error(server.status or 404)
                return
            begin = int(re.findall(r"\d+", wanted)[0]) if wanted and server.ranges else 0
            self._head(begin, len(content) - begin)
            if has_body:
                self._send(content[begin:])

        def _head(self, begin: int, length: int) -> None:
            self.send_response(206 if begin else 200)
            for name, value in server.headers.items():
                self.send_header(name, value)
            if server.lengths:
                self.send_header("Content-Length", str(length))
            self.end_headers()

        def _send(self, content: bytes) -> None:
            try:
                self.wfile.write(content[: server.cut])
                self.wfile.flush()
                while server.stalls and not server.over.is_set():
                    time.sleep(0.01)
            except OSError:
                pass  # whoever asked has gone away

    return Handler
