"""An endpoint inside the test's process, for its answers and what comes out of it."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from toolkit.events.review import BrokenLine, Review
from toolkit.webhook.address import parse_address
from toolkit.webhook.http_source import HttpSource, HttpSourceSettings

HOST = "127.0.0.1"
PATH = "/k8s-audit"


class Answer:
    """An answer: status, reason in the header `error`, body."""

    def __init__(self, response: http.client.HTTPResponse) -> None:
        self.status = response.status
        self.headers = response.headers
        self.error = response.headers["error"]
        self.body = response.read()

    def json(self) -> Any:
        """Return the body as JSON."""
        return json.loads(self.body)


class Called:
    """A source that is being called; `connection` may be replaced."""

    def __init__(self, source: HttpSource) -> None:
        self.source = source
        self.connection = http.client.HTTPConnection(HOST, source.address.port, timeout=20)

    def ask(self, method: str, path: str, body: bytes | Iterator[bytes] | None = None, **headers: str) -> Answer:
        """Send one request; a body in pieces is sent without its length."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.connection.request(method, path, body, named, encode_chunked="Transfer-Encoding" in named)
        return Answer(self.connection.getresponse())

    def post(self, body: bytes, **headers: str) -> Answer:
        """Post to the endpoint."""
        return self.ask("POST", PATH, body, **headers)

    def metric(self, name: str) -> float:
        """Return a value of the metrics page, 0 where it is not shown."""
        lines = self.ask("GET", "/metrics").body.decode().splitlines()
        return next((float(line.rpartition(" ")[2]) for line in lines if line.startswith(f"{name} ")), 0.0)

    def events(self) -> list[Review | BrokenLine]:
        """Stop the source and return everything that came."""
        self.source.stop()
        found = []
        while not self.source.is_ended:
            found += [arrival.event for arrival in self.source.read()]
        return found


@contextmanager
def called(settings: HttpSourceSettings | None = None, **changes: Any) -> Iterator[Called]:
    """Start a source; without settings over HTTP, on a port that the system chooses."""
    plain = settings or HttpSourceSettings(parse_address(f"http://{HOST}:0{PATH}"))
    with HttpSource(replace(plain, **changes)) as source:
        yield Called(source)
