"""The recorder as tests meet it: `toolkit record` as a process, and callers that speak TLS byte by byte."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from toolkit.webhook.server import Certificate

HOST = "127.0.0.1"
TOOLKIT = Path(sys.executable).parent / "toolkit"
REVIEW = b'{"request":{"uid":"u1"}}'
JSON = {"Content-Type": "application/json"}


def post_bytes(body: bytes, *, extra: bytes = b"") -> bytes:
    """Return a whole request for a review as it goes over the wire; `extra` are further header lines."""
    head = b"POST /log-request HTTP/1.1\r\nHost: r\r\nContent-Type: application/json\r\n"
    return head + extra + b"Content-Length: %d\r\n\r\n" % len(body) + body


@dataclass(frozen=True)
class RecorderProcess:
    """A running `toolkit record`, its files, and what the system says of it."""

    process: subprocess.Popen[bytes]
    port: int
    metrics_port: int
    log: Path
    errors: Path
    authority: Path

    def lines(self) -> list[bytes]:
        """Return the lines of the log, without their ends; the file must end with one."""
        text = self.log.read_bytes() if self.log.exists() else b""
        assert text.endswith(b"\n") or not text, "the file ends within a line"
        return text.splitlines()

    def said(self) -> list[str]:
        """Return what it wrote on standard error, line by line."""
        return self.errors.read_text("utf-8").splitlines()

    def connect(self, timeout: float = 20) -> ssl.SSLSocket:
        """Return a TLS connection to the webhook."""
        return connect(self.port, self.authority, timeout)

    def post(self, body: bytes) -> int:
        """Post one review on a connection of its own; return the status."""
        with self.connect() as connection:
            connection.sendall(post_bytes(body))
            return read_answers(connection)[0]

    def counts(self) -> dict[str, float]:
        """Return what the metrics page counts."""
        page = http.client.HTTPConnection(HOST, self.metrics_port, timeout=20)
        page.request("GET", "/metrics")
        text = page.getresponse().read().decode()
        page.close()
        found = re.findall(r"^kube_audit_rest_(\w+) ([\d.e+]+)$", text, re.M)
        return {name: float(value) for name, value in found}

    def resident(self) -> int:
        """Return the bytes of memory that it holds."""
        statm = Path(f"/proc/{self.process.pid}/statm").read_text("ascii")
        return int(statm.split()[1]) * os.sysconf("SC_PAGE_SIZE")

    def descriptors(self) -> int:
        """Return how many files and sockets it has open."""
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))  # noqa: PTH208

    def stop(self, within: float = 35) -> float:
        """Tell it to end and return the seconds that took; it must end well."""
        begun = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(within) == 0, self.said()
        return time.monotonic() - begun

    def kill(self) -> None:
        """End it now."""
        self.process.kill()
        self.process.wait()


def processor_seconds(process: int) -> float:
    """Return the processor seconds that a process (its id) took, to a hundredth."""
    fields = Path(f"/proc/{process}/stat").read_text("ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def start_recorder(
    certificate: Certificate,
    authority: Path,
    folder: Path,
    flags: Sequence[str] = (),
    *,
    log: Path | None = None,
    before: Callable[[], None] | None = None,
) -> RecorderProcess:
    """Start `toolkit record` on ports of the system's choice, its files in `folder`; it listens on return.

    `log` names another log file than `kube-audit-rest.log` there; `before` is run in the new process.
    """
    log, errors = log or folder / "kube-audit-rest.log", folder / "stderr"
    files: list[str | Path] = [
        "--cert-filename",
        certificate.chain,
        "--cert-key-filename",
        certificate.key,
        "--logger-filename",
        log,
    ]
    command = [TOOLKIT, "record", *files, "--server-port", "0", "--metrics-port", "0", *flags]
    with errors.open("wb") as stderr:
        process = subprocess.Popen(
            command,
            stdout=subprocess.DEVNULL,
            stderr=stderr,
            preexec_fn=before,
        )
    started = _first_words(process, errors)
    return RecorderProcess(process, started["port"], started["metrics_port"], log, errors, authority)


def _first_words(process: subprocess.Popen[bytes], errors: Path) -> dict[str, int]:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        text = errors.read_text("utf-8")
        if text.endswith("\n"):
            found: dict[str, int] = json.loads(text.splitlines()[0])
            return found
        time.sleep(0.02)
    raise AssertionError(f"the recorder did not start: {errors.read_text('utf-8')}")


def connect(port: int, authority: Path, timeout: float = 20) -> ssl.SSLSocket:
    """Return a TLS connection to a recorder."""
    context = ssl.create_default_context(cafile=str(authority))
    plain = socket.create_connection((HOST, port), timeout=timeout)
    return context.wrap_socket(plain, server_hostname=HOST)


def read_answers(connection: socket.socket, methods: Sequence[str] = ("POST",)) -> list[int]:
    """Read an answer for each request's method and return their status codes, fewer where the connection ends.

    The answer to HEAD has no body; 100 is none.
    """
    statuses: list[int] = []
    text = b""
    while len(statuses) < len(methods):
        head, end, rest = text.partition(b"\r\n\r\n")
        has_body = methods[len(statuses)] != "HEAD"
        length = int(found[1]) if has_body and (found := re.search(rb"content-length: (\d+)", head, re.I)) else 0
        if end and len(rest) >= length:
            status = int(head.split()[1])
            statuses += [status] if status != 100 else []
            text = rest[length:]
            continue
        more = receive(connection)
        if not more:
            break
        text += more
    return statuses


def receive(connection: socket.socket) -> bytes:
    """Return what comes next, nothing when the other side has ended the connection in whatever way."""
    try:
        return connection.recv(65536)
    except (ConnectionError, ssl.SSLError):
        return b""


@contextmanager
def within(seconds: float, what: str) -> Iterator[None]:
    """Fail when the block takes longer than a limit that the recorder promises."""
    begun = time.monotonic()
    yield
    taken = time.monotonic() - begun
    assert taken < seconds, f"{what} took {taken:.1f} s, promised are {seconds} s"
