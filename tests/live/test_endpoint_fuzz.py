"""Whatever is sent to the endpoint, it goes on answering, and takes as events what it said that it takes."""

from __future__ import annotations

import contextlib
import random
import socket
import threading
import time
from collections.abc import Iterator

import pytest
from endpoint import HOST, PATH, called
from posting import request, review

from toolkit.webhook.answering import serve
from toolkit.webhook.connection import Timeouts
from toolkit.webhook.frames import Kind, pack
from toolkit.webhook.limits import Limits
from toolkit.webhook.orders import Listener, Orders

METHODS = ["POST", "GET", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "CONNECT", "TRACE", "post", "B\x01D", ""]
PATHS = [
    PATH,
    PATH + "/",
    "/",
    "",
    "*",
    "/%00",
    "/..%2f..",
    PATH + "?" + "q" * 5000,
    "//k8s-audit",
    "http://x" + PATH,
    "/\xff",
]
HEADERS = [
    "",
    "Content-Type: text/html\r\n",
    "Content-Encoding: gzip\r\n",
    "Content-Encoding: br, gzip\r\n",
    "Transfer-Encoding: chunked\r\n",
    "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n",
    "Content-Length: -1\r\n",
    "Content-Length: x\r\n",
    "Content-Length: 5\r\nContent-Length: 6\r\n",
    "Expect: 100-continue\r\n",
    "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: eA==\r\n",
    "Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: x\r\n",
    "X: " + "y" * 70_000 + "\r\n",
    ": empty\r\n",
    "bad header\r\n",
]


def some_request(dice: random.Random) -> bytes:
    """Return a request that is right, nearly right, or nothing of the kind."""
    body = dice.choice(
        [review("f"), b"", b"[]", b"{", b"[" * 5000, dice.randbytes(300), review("f")[: dice.randrange(200)]]
    )
    length = dice.choice([f"Content-Length: {len(body)}\r\n", f"Content-Length: {len(body) + 5}\r\n", ""])
    head = f"{dice.choice(METHODS)} {dice.choice(PATHS)} HTTP/{dice.choice(['1.1', '1.0', '2.0', '9', ''])}\r\n"
    wire = f"{head}Host: x\r\n{dice.choice(HEADERS)}{length}\r\n".encode("latin-1") + body
    if dice.random() < 0.3:
        at = dice.randrange(len(wire))
        wire = wire[:at] + dice.randbytes(3) + wire[at + dice.randrange(4) :]
    return dice.choice([wire, wire * 2, wire[: dice.randrange(len(wire) + 1)], dice.randbytes(200)])


def send(port: int, wire: bytes, dice: random.Random) -> bytes:
    """Send bytes, in pieces or at once, perhaps hang up half way; return what comes back."""
    with contextlib.suppress(OSError), socket.create_connection((HOST, port), timeout=2) as connection:
        cut = dice.randrange(len(wire) + 1)
        for piece in (wire[:cut], wire[cut:]):
            connection.sendall(piece)
        ending = dice.random()
        if ending < 0.4:
            connection.shutdown(socket.SHUT_WR)
        if ending < 0.8:
            connection.settimeout(0.05)
            return connection.recv(65536)
    return b""


@pytest.mark.parametrize("seed", range(4))
def test_any_requests(seed: int) -> None:
    dice = random.Random(seed)
    with called(limits=Limits(10_000, 20_000)) as endpoint:
        port = endpoint.source.address.port
        for _ in range(100):
            send(port, some_request(dice), dice)
        assert endpoint.ask("GET", "/healthz").status == 200
        assert endpoint.post(review("last")).status == 200
        events = endpoint.events()
        counts = endpoint.source.counts
        assert len(events) == counts.events - counts.dropped.total()
        assert counts.events >= counts.answered >= 1
        assert [getattr(event, "uid", None) for event in events][-1] == "last"


def test_pipelined_reviews_are_answered_in_order() -> None:
    with called() as endpoint, socket.create_connection((HOST, endpoint.source.address.port)) as connection:
        connection.sendall(b"".join(request(review(str(number))) for number in range(20)))
        answered = b""
        while answered.count(b'"allowed":true') < 20:
            answered += connection.recv(65536)
        at = [answered.index(f'"uid":"{number}"'.encode()) for number in range(20)]
        assert at == sorted(at)
        assert len(endpoint.events()) == 20


def test_a_caller_that_hangs_up_half_way_leaves_no_event() -> None:
    with called() as endpoint:
        for cut in (10, 100, 200):
            with socket.create_connection((HOST, endpoint.source.address.port)) as connection:
                connection.sendall(request(review("cut"))[:-cut])
        half_closed = socket.create_connection((HOST, endpoint.source.address.port))
        half_closed.sendall(request(review("whole")))
        half_closed.shutdown(socket.SHUT_WR)
        assert half_closed.recv(1000).startswith(b"HTTP/1.1 200")
        assert [getattr(event, "uid", None) for event in endpoint.events()] == ["whole"]


@pytest.fixture
def impatient() -> Iterator[int]:
    """An endpoint in a thread of this process that waits half a second where others wait longer; gives its port."""
    ours, theirs = socket.socketpair()
    listener = socket.create_server((HOST, 0))
    port = listener.getsockname()[1]
    orders = Orders(theirs.detach(), (Listener(listener.detach(), None, PATH, "/healthz", True),), Limits(), 10)
    thread = threading.Thread(target=serve, args=(orders, Timeouts(0.5, 0.5, 0.5)))
    thread.start()
    ours.recv(1000)
    yield port
    ours.sendall(pack(Kind.STOP))
    thread.join(20)
    ours.close()
    assert not thread.is_alive()


@pytest.mark.parametrize(
    ("sent", "answer"),
    [
        (b"", b""),
        (b"POST /k8s-audit HTT", b""),
        (b"POST /k8s-audit HTTP/1.1\r\nHost: x\r\n", b""),
        (b"POST /k8s-audit HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{", b"HTTP/1.1 408"),
    ],
)
def test_a_caller_that_does_not_go_on_is_given_up(impatient: int, sent: bytes, answer: bytes) -> None:
    with socket.create_connection((HOST, impatient), timeout=10) as slow:
        slow.sendall(sent)
        begin = time.monotonic()
        came = b""
        while chunk := slow.recv(1000):
            came += chunk
        assert came.startswith(answer)
        assert bool(came) == bool(answer)
        assert 0.2 < time.monotonic() - begin < 8


def test_a_caller_that_dribbles_is_given_up_and_others_are_answered(impatient: int) -> None:
    with socket.create_connection((HOST, impatient), timeout=10) as slow:
        for byte in request(review("slow"))[:6]:
            slow.sendall(bytes([byte]))
        with socket.create_connection((HOST, impatient), timeout=10) as other:
            other.sendall(request(review("other")))
            assert other.recv(1000).startswith(b"HTTP/1.1 200")
        with pytest.raises(OSError, match=r"reset|Broken"):
            dribble(slow, request(review("slow"))[6:])


def dribble(connection: socket.socket, wire: bytes) -> None:
    for byte in wire:
        connection.sendall(bytes([byte]))
        time.sleep(0.02)
