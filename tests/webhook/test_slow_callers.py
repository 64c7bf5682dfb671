"""Callers that take too long are cut off, disturb nobody and hold up no end.

The limits are kube-audit-rest's: read 5 s, write 10 s, idle 15 s. Most tests run with a tenth of them.
"""

from __future__ import annotations

import select
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from recorders import HOST, REVIEW, RecorderProcess, connect, post_bytes, read_answers, receive, within

from toolkit.cluster.certificates import Authority
from toolkit.webhook.connection import USUAL, Timeouts
from toolkit.webhook.recorder import Recorder, RecorderSettings
from toolkit.webhook.server import Certificate

TENTH = Timeouts(read=0.5, write=1.0, idle=1.5)
CHUNKED = post_bytes(b"")[: -len(b"Content-Length: 0\r\n\r\n")] + b"Transfer-Encoding: chunked\r\n\r\n"
HELLO = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"


@pytest.fixture(scope="module")
def recorder(certificate: Certificate, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Recorder]:
    log = tmp_path_factory.mktemp("log") / "events.log"
    with Recorder(RecorderSettings(certificate, log, host=HOST, port=0, metrics_port=0, timeouts=TENTH)) as recorder:
        yield recorder


class Caller:
    """A connection that one thread speaks on and another listens to; TLS takes one of them at a time."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._turn = threading.Lock()

    def sendall(self, text: bytes) -> None:
        """Send a text."""
        with self._turn:
            self._connection.sendall(text)

    def hear(self) -> bytes:
        """Return what comes next, nothing when the other side has ended the connection in whatever way."""
        while True:
            with self._turn:
                if isinstance(self._connection, ssl.SSLSocket) and self._connection.pending():
                    return receive(self._connection)
            if select.select([self._connection], [], [], 0.05)[0]:
                with self._turn:
                    return receive(self._connection)


Slow = Callable[[Caller], object]


def dribble(start: bytes, more: bytes) -> Slow:
    """Return a caller that sends a start at once and then more of it, byte by byte, ten bytes a second."""

    def send(connection: Caller) -> None:
        connection.sendall(start)
        for _ in range(300):
            time.sleep(0.1)
            connection.sendall(more)

    return send


def once(text: bytes) -> Slow:
    """Return a caller that sends something and no more."""
    return lambda connection: connection.sendall(text)


def ask(connection: Caller) -> None:
    """Ask again and again."""
    while True:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: r\r\n\r\n" * 1000)


@dataclass(frozen=True)
class Case:
    """How a caller is slow, by which limit it is cut off, and what it has heard then."""

    says: str
    behave: Slow
    limit: str
    heard: bytes = b""
    shakes_hands: bool = True
    listens: bool = True


ELSEWHERE = post_bytes(b" " * 1000)[:-1000].replace(b"/log-request", b"/")
CASES = [
    Case("nothing at all, no handshake either", once(b""), "read", shakes_hands=False),
    Case("half a handshake", once(HELLO), "read", shakes_hands=False),
    Case("nothing after the handshake", once(b""), "idle"),
    Case("nothing after an answer", once(post_bytes(REVIEW)), "idle", b"200 OK"),
    Case("half a request line", once(b"POST /log-re"), "read"),
    Case("a header byte by byte", dribble(b"POST /log-request HTTP/1.1\r\nX: ", b"x"), "read"),
    Case("header after header", dribble(b"POST /log-request HTTP/1.1\r\n", b"X: x\r\n"), "read"),
    Case("no body", once(post_bytes(b" " * 1000)[:-1000]), "read", b"error: Failed to read body"),
    Case("a body byte by byte", dribble(post_bytes(b" " * 1000)[:-1000], b" "), "read", b"error: Failed to read body"),
    Case("chunk after chunk", dribble(CHUNKED, b"1\r\n \r\n"), "read", b"error: Failed to read body"),
    Case("a body that nobody asked for", dribble(ELSEWHERE, b" "), "read", b"404 Not Found"),
    Case("a second request that does not end", once(post_bytes(REVIEW) + b"POST /log-re"), "read", b"200 OK"),
    Case("never reads an answer", ask, "write", listens=False),
]


@pytest.mark.parametrize("case", CASES, ids=[case.says for case in CASES])
def test_a_slow_caller_is_cut_off_and_others_are_answered_meanwhile(
    recorder: Recorder, authority: Authority, case: Case
) -> None:
    with ThreadPoolExecutor(1) as aside:
        cut = aside.submit(seconds_until_cut, case, recorder.port, authority.pair.certificate)
        with connect(recorder.port, authority.pair.certificate) as other:
            other.sendall(post_bytes(REVIEW))
            assert read_answers(other) == [200]
        assert not cut.done()
    seconds, heard = cut.result()
    assert case.heard in heard
    assert bool(case.heard) == bool(heard)
    limit = getattr(TENTH, case.limit)
    assert limit * 0.9 < seconds < limit * 1.2 + (1.5 if case.listens else 15)


def seconds_until_cut(case: Case, port: int, authority: Path) -> tuple[float, bytes]:
    """Let a caller behave; return after how long it was cut off, and what it has heard."""
    plain = socket.socket()
    plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    plain.settimeout(30)
    plain.connect((HOST, port))
    with tls(plain, authority) if case.shakes_hands else plain as connection:
        begun = time.monotonic()
        caller = Caller(connection)
        speaking = threading.Thread(target=until_cut, args=(case.behave, caller), daemon=True)
        speaking.start()
        heard = b""
        while case.listens and (more := caller.hear()):
            heard += more
        if not case.listens:
            speaking.join(60)
        return time.monotonic() - begun, heard


def until_cut(behave: Slow, connection: Caller) -> None:
    """Behave as long as one is listened to."""
    with suppress(OSError):
        behave(connection)


def test_the_limits_are_those_of_kube_audit_rest() -> None:
    assert RecorderSettings(Certificate(Path(), Path())).timeouts == USUAL == Timeouts(read=5, write=10, idle=15)


def test_slow_callers_hold_up_no_end_and_one_in_the_middle_is_answered(
    certificate: Certificate, authority: Authority, tmp_path: Path
) -> None:
    timeouts = replace(TENTH, idle=60.0)
    settings = RecorderSettings(certificate, tmp_path / "log", host=HOST, port=0, metrics_port=None, timeouts=timeouts)
    recorder = Recorder(settings).__enter__()
    ca = authority.pair.certificate
    whole = post_bytes(REVIEW)
    with ExitStack() as callers, ThreadPoolExecutor(1) as aside:
        socket.create_connection((HOST, recorder.port))
        silent, slow, middle = (callers.enter_context(connect(recorder.port, ca)) for _ in range(3))
        slow.sendall(whole[:-5])
        middle.sendall(whole[:-5])
        with within(TENTH.read * 2 + 3, "the end"):
            ended = aside.submit(recorder.__exit__)
            time.sleep(0.2)
            middle.sendall(whole[-5:])
            assert read_answers(middle) == [200]
            assert read_answers(slow) == [400]
            assert receive(silent) == b""
            ended.result()
    assert recorder.file.path.read_bytes().count(b"\n") == 1


@pytest.mark.soak
def test_with_its_usual_limits_it_ends_within_30_seconds(recording: Callable[..., RecorderProcess]) -> None:
    recorder = recording()
    with ThreadPoolExecutor(len(CASES)) as aside:
        cuts = [aside.submit(seconds_until_cut, case, recorder.port, recorder.authority) for case in CASES]
        time.sleep(2)
        assert recorder.stop(30) < 15
        assert all(cut.result()[0] < 17 for cut in cuts)


def tls(plain: socket.socket, authority: Path) -> ssl.SSLSocket:
    """Shake hands on a connection."""
    context = ssl.create_default_context(cafile=str(authority))
    return context.wrap_socket(plain, server_hostname=HOST)
