"""Posts reviews over keep-alive TLS connections, one process of its own: `load_client.py PLAN`, a report on stdout.

The plan is JSON: `port`, `authority` (PEM file), `connections`, `requests`, `first` (number of the first request),
`bodies` (a file of reviews, one a line), and `log` (the recorder's file, or null). With a log every answer is held
against it: the line of a request must be there, whole, when its answer comes, and a connection's lines in order.
The report: `seconds`, `answered`, `faults` (the first few, in words), `lines` read from the log.
"""

from __future__ import annotations

import json
import re
import socket
import ssl
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

HOST = "127.0.0.1"
HEAD = b"POST /log-request HTTP/1.1\r\nHost: recorder\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
UID = re.compile(rb'"request":\{"uid":"([^"]*)"')
OUR_UID = re.compile(rb'"request":\{"uid":"(\d+)/(\d+)"')
STAMP = re.compile(rb'"requestReceivedTimestamp":"[-0-9:.TZ+]{20,}"\}')
ANSWER = re.compile(rb"HTTP/1\.1 200 OK\r\n(?:(?!\r\n).*\r\n)*?content-length: (\d+)\r\n(?:(?!\r\n).*\r\n)*?\r\n", re.I)


class Bodies:
    """Reviews as an API server sends them, each with a uid of ours: `connection/number`."""

    def __init__(self, lines: Sequence[bytes]) -> None:
        self._parts = [line[: found.start(1)] for line in lines if (found := UID.search(line))]
        self._rests = [line[found.end(1) :] for line in lines if (found := UID.search(line))]

    def body(self, connection: int, number: int) -> bytes:
        """Return the review that is the number-th of its connection."""
        kind = (number * 31 + connection) % len(self._parts)
        return b"%s%d/%d%s" % (self._parts[kind], connection, number, self._rests[kind])


class Log:
    """The recorder's file, read as it grows; remembers what is still unclaimed and each connection's last line."""

    def __init__(self, path: Path, bodies: Bodies) -> None:
        self._file = path.open("rb", buffering=0) if path.exists() else None
        self._path = path
        self._bodies = bodies
        self._half = b""
        self._last: dict[int, int] = {}
        self._there: set[tuple[int, int]] = set()
        self.lines = 0
        self.faults: list[str] = []

    def skip(self) -> None:
        """Leave out what is there already."""
        if self._file:
            self._file.seek(0, 2)

    def claim(self, connection: int, number: int) -> None:
        """Note a fault unless the line of this request is in the file."""
        if (connection, number) not in self._there:
            self.read()
        if (connection, number) in self._there:
            self._there.remove((connection, number))
        else:
            self.faults.append(f"answered before its line was whole in the file: {connection}/{number}")

    def read(self) -> None:
        """Take in what was written since."""
        self._file = self._file or self._path.open("rb", buffering=0)
        *lines, self._half = (self._half + self._file.read()).split(b"\n")
        for line in lines:
            self._take(line)

    def close(self) -> None:
        """Read the rest; what nobody claims is a fault."""
        self.read()
        self.faults += [f"a line that was not asked for: {uid}" for uid in self._there]
        self.faults += ["the file ends within a line"] if self._half else []

    def _take(self, line: bytes) -> None:
        self.lines += 1
        found = OUR_UID.search(line)
        if not found:
            self.faults.append(f"a line of another: {line[:60]!r}")
            return
        connection, number = int(found[1]), int(found[2])
        sent = self._bodies.body(connection, number)
        if not line.startswith(sent[:-1] + b",") or not STAMP.fullmatch(line, len(sent)):
            self.faults.append(f"not as it was sent: {connection}/{number}")
        if self._last.get(connection, -1) >= number:
            self.faults.append(f"twice or out of order: {connection}/{number} after {self._last[connection]}")
        self._last[connection] = number
        self._there.add((connection, number))


def connect(port: int, authority: str) -> ssl.SSLSocket:
    """Return a TLS connection to the server."""
    context = ssl.create_default_context(cafile=authority)
    plain = socket.create_connection((HOST, port), timeout=30)
    plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return context.wrap_socket(plain, server_hostname=HOST)


def send(connection: ssl.SSLSocket, body: bytes) -> None:
    """Post a body."""
    connection.sendall(HEAD % len(body) + body)


def is_answered(connection: ssl.SSLSocket) -> bool:
    """Read one answer; whether it is 200 and whole."""
    answer = b""
    while not (head := ANSWER.match(answer)) or len(answer) < head.end() + int(head[1]):
        more = connection.recv(65536)
        if not more or not answer.startswith(b"HTTP/1.1 200"[: len(answer)]):
            return False
        answer += more
    return len(answer) == head.end() + int(head[1])


def play(plan: dict[str, Any]) -> dict[str, Any]:
    """Send the plan's requests, one under way on each connection, and report."""
    bodies = Bodies(Path(plan["bodies"]).read_bytes().splitlines())
    log = Log(Path(plan["log"]), bodies) if plan["log"] else None
    if log:
        log.skip()
    connections = [connect(plan["port"], plan["authority"]) for _ in range(plan["connections"])]
    rounds = range(plan["first"], plan["first"] + plan["requests"] // len(connections))
    faults: list[str] = []
    begun = time.perf_counter()
    for number in rounds:
        for name, connection in enumerate(connections):
            if number > rounds.start:
                finish(connection, name, number - 1, log, faults)
            send(connection, bodies.body(name, number))
    for name, connection in enumerate(connections):
        finish(connection, name, rounds[-1], log, faults)
    seconds = time.perf_counter() - begun
    for connection in connections:
        connection.close()
    if log:
        log.close()
        faults += log.faults
    answered = len(rounds) * len(connections) - sum(fault.startswith("no answer") for fault in faults)
    return {"seconds": seconds, "answered": answered, "faults": faults[:5], "lines": log.lines if log else 0}


def finish(connection: ssl.SSLSocket, name: int, number: int, log: Log | None, faults: list[str]) -> None:
    """Take the answer of a connection's request and hold it against the log."""
    if not is_answered(connection):
        faults.append(f"no answer: {name}/{number}")
    elif log:
        log.claim(name, number)


if __name__ == "__main__":
    print(json.dumps(play(json.loads(sys.argv[1]))))
