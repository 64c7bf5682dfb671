"""The log of a pod as it grows, streamed from the API server: for recorders that log to standard error."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from toolkit.cluster.client import ApiClient
from toolkit.errors import ToolkitError, environment
from toolkit.events import strict
from toolkit.events.lenient import NotJsonError
from toolkit.events.source import Source
from toolkit.events.zap import is_log_line, unwrap


class PodLog:
    """The reviews in a pod's log so far; what the recorder says of itself is kept apart."""

    def __init__(self) -> None:
        self._reviews: list[bytes] = []
        self._rest = b""
        self._ended: str | None = None
        self._lock = threading.Lock()

    def lines(self) -> list[bytes]:
        """Return every line recorded so far, without line ends.

        Raises ToolkitError (exit 4) when the stream has ended: what came afterwards is lost.
        """
        with self._lock:
            if self._ended is not None:
                raise environment(f"the recorder's log ended while it was read: {self._ended}")
            return list(self._reviews)

    def take(self, chunk: bytes) -> None:
        """Read on: a chunk of the log, cut anywhere."""
        *lines, self._rest = (self._rest + chunk).split(b"\n")
        reviews = [review for line in lines if (review := _review(line)) is not None]
        with self._lock:
            self._reviews += reviews

    def end(self, reason: str) -> None:
        """Note that nothing more comes."""
        with self._lock:
            self._ended = self._ended or reason


@contextmanager
def followed(client: ApiClient, namespace: str, pod: str) -> Iterator[PodLog]:
    """Follow a pod's log from its first line while the context lasts. Raises ToolkitError (exit 4)."""
    path = f"/api/v1/namespaces/{namespace}/pods/{pod}/log"
    log = PodLog()
    with client.stream(path, query={"follow": "true"}) as chunks:
        threading.Thread(target=_read, args=(log, chunks), daemon=True).start()
        yield log


def _read(log: PodLog, chunks: Iterator[bytes]) -> None:
    try:
        for chunk in chunks:
            log.take(chunk)
        log.end("the container or the node's log of it is gone")
    except ToolkitError as error:
        log.end(str(error))


def _review(line: bytes) -> bytes | None:
    if not is_log_line(line):
        return None
    try:
        return unwrap(Source(strict.compact(line)))
    except NotJsonError:
        return None
