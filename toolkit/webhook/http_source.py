"""Events that are posted: starts the process that answers, and reads from it what was posted."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import Self

from toolkit.errors import environment
from toolkit.events.review import BrokenLine, Review
from toolkit.webhook.address import A_LOG_IS, PAGES, Address
from toolkit.webhook.endpoint_counts import SHUTDOWN, EndpointCounts
from toolkit.webhook.families import Family
from toolkit.webhook.frames import Kind, Unpacker, pack
from toolkit.webhook.limits import Limits
from toolkit.webhook.listening import listen
from toolkit.webhook.orders import Listener, Orders
from toolkit.webhook.reviews import review_of
from toolkit.webhook.tls import TlsFiles, WatchedTls

_STARTING = 20.0
_ENDING = 15.0
_CHUNK = 1024 * 1024
_BOOT = """import json, sys
told = json.loads(sys.argv[1])
sys.path[:] = told["path"]
from toolkit.webhook.answering import main
main(told["orders"])
"""


@dataclass(frozen=True, slots=True)
class WebserverPlace:
    """A second port for the pages alone, as Falco's `webserver` has it."""

    host: str
    port: int
    tls: TlsFiles | None = None
    health: str = PAGES[0]
    metrics: bool = True


@dataclass(frozen=True, slots=True)
class HttpSourceSettings:
    """How events are taken; `tls` is there for `https` alone, `queue_size` counts events."""

    address: Address
    tls: TlsFiles | None = None
    limits: Limits = field(default_factory=Limits)
    queue_size: int = 10_000
    webserver: WebserverPlace | None = None
    published: bool = False


@dataclass(frozen=True, slots=True)
class Arrival:
    """One event as it came, and when: nanoseconds since 1970."""

    event: Review | BrokenLine
    time_ns: int


class HttpSource:
    """Posted events from `__enter__` to `__exit__`.

    Raises ToolkitError (exit 4) for ports and certificates that cannot be used, for packages that are missing, and
    where the answering process ends.
    """

    def __init__(self, settings: HttpSourceSettings) -> None:
        self.address = settings.address
        self.counts = EndpointCounts()
        self.is_ended = False
        self.webserver_port: int | None = None
        self._settings = settings
        self._number = 0
        self._notes: list[str] = []
        self._unpacker = Unpacker()
        self._abandoned = 0
        self._open = ExitStack()

    def __enter__(self) -> Self:
        _check_packages()
        with ExitStack() as opening:
            self._link, other = socket.socketpair()
            opening.enter_context(self._link)
            with ExitStack() as handed_over:
                handed_over.enter_context(other)
                listeners = tuple(self._listeners(handed_over))
                self._process = self._start(Orders(other.fileno(), listeners, self._settings.limits, self._queue_size))
            opening.callback(self._end)
            self._await_ready()
            self._open = opening.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def fileno(self) -> int:
        """Return the descriptor that is readable when `read` has something."""
        return self._link.fileno()

    def read(self) -> Iterator[Arrival]:
        """Yield the events of what has come in; waits for something only when `fileno` is not readable.

        `is_ended` says afterwards whether that was the end. Raises ToolkitError (exit 4) when the answering process
        is gone before it said so.
        """
        for kind, time_ns, text in self._frames():
            if kind is Kind.REVIEW:
                self._number += 1
                place = str(self.address)
                yield Arrival(review_of(text, time_ns, place, self._number, self._settings.published), time_ns)
            elif kind is Kind.COUNTS:
                self.counts = EndpointCounts.from_json(text)
                self._count_abandoned()
            elif kind is Kind.NOTE:
                self._notes.append(text.decode())
            elif kind is Kind.END:
                self.is_ended = True

    def notes(self) -> list[str]:
        """Return what people should know that was not returned before, one line each."""
        notes, self._notes = self._notes, []
        return [f"{self.address}: {note}" for note in notes]

    def show(self, families: Iterable[Family]) -> None:
        """Put families on the metrics page, besides the endpoint's own."""
        self._send(pack(Kind.FAMILIES, json.dumps(list(families)).encode()))

    def stop(self) -> None:
        """Take no more posts; what was answered still comes by `read`, then the end."""
        self._send(pack(Kind.STOP))

    def abandon(self, count: int) -> None:
        """Count events that came and that no rule will see."""
        self._abandoned += count
        self._count_abandoned()

    def _count_abandoned(self) -> None:
        if self._abandoned:
            self.counts.dropped[SHUTDOWN] = self._abandoned

    @property
    def _queue_size(self) -> int:
        return self._settings.queue_size

    def _listeners(self, opening: ExitStack) -> Iterator[Listener]:
        settings, webserver = self._settings, self._settings.webserver
        posts = opening.enter_context(listen(self.address.host, self.address.port, A_LOG_IS))
        for files in (settings.tls, webserver.tls if webserver else None):
            if files:
                WatchedTls(files)
        self.address = self.address.at_port(posts.getsockname()[1])
        yield Listener(posts.fileno(), settings.tls, self.address.path, PAGES[0], metrics=True)
        if webserver:
            pages = opening.enter_context(listen(webserver.host, webserver.port))
            self.webserver_port = pages.getsockname()[1]
            yield Listener(pages.fileno(), webserver.tls, None, webserver.health, webserver.metrics)

    def _start(self, orders: Orders) -> subprocess.Popen[bytes]:
        told = json.dumps({"path": sys.path, "orders": orders.plain()}, default=str)
        descriptors = (orders.link, *(listener.descriptor for listener in orders.listeners))
        command = [sys.executable, "-c", _BOOT, told]
        return subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, pass_fds=descriptors, close_fds=True
        )

    def _await_ready(self) -> None:
        self._link.settimeout(_STARTING)
        try:
            first = self._link.recv(_CHUNK)
        except OSError as error:
            raise environment(f"the server of {self.address} was not ready within {_STARTING:.0f} s") from error
        if not any(frame.kind is Kind.READY for frame in self._unpacker.feed(first)):
            raise environment(f"the server of {self.address} did not start")
        self._link.settimeout(None)

    def _frames(self) -> Iterator[tuple[Kind, int, bytes]]:
        try:
            chunk = self._link.recv(_CHUNK)
        except ConnectionError:
            chunk = b""
        if chunk:
            yield from self._unpacker.feed(chunk)
            return
        raise environment(f"the server of {self.address} ended by itself")

    def _send(self, frame: bytes) -> None:
        with suppress(OSError):  # that the other side is gone is found when it is read
            self._link.sendall(frame)

    def _end(self) -> None:
        self._link.close()
        try:
            self._process.wait(_ENDING)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def _check_packages() -> None:
    """Say here what is missing: the other process could only say it in a traceback."""
    for name in ("uvicorn", "starlette", "prometheus_client"):
        if find_spec(name) is None:
            raise environment(f"the package {name} is not installed", hint="pip install 'k8sadmission-toolkit[live]'")
