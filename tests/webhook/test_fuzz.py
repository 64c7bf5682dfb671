"""Whatever is sent to the recorder: it answers as it must, its file holds the valid reviews alone, nothing leaks.

Hypothesis draws what is sent from fixed seeds; a failure names its own and the smallest conversation that shows it.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import socket
import ssl
import struct
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from nonsense import (
    CONVERSATIONS,
    GARBAGE,
    SPOILT,
    STAMP,
    Conversation,
    Members,
    Request,
    content,
    spoilt,
    uid_of,
)
from recorders import HOST, REVIEW, RecorderProcess, read_answers, receive

MEBIBYTE = 1024 * 1024
Recording = Callable[..., RecorderProcess]
NUMBERS = itertools.count(1)


class Tail:
    """The recorder's lines as they come; each must be claimed by what was sent."""

    def __init__(self, recorder: RecorderProcess) -> None:
        self.recorder = recorder
        self.claimed = 0
        self._offset = 0

    def skip(self) -> None:
        """Pass over lines that an earlier failure left unclaimed."""
        lines = self._new()
        self._offset += sum(len(line) + 1 for line in lines)
        self.claimed += len(lines)

    def expect(self, bodies: list[bytes]) -> None:
        """The next lines are of these bodies, in order, and there is no other."""
        lines: list[bytes] = []
        deadline = time.monotonic() + 5
        while len(lines) < len(bodies) and time.monotonic() < deadline:
            lines = self._new()
        assert [uid_of(line) for line in lines] == [uid_of(body) for body in bodies]
        for line, body in zip(lines, bodies, strict=True):
            assert without_stamp(line) == without_stamp(body)
        self._offset += sum(len(line) + 1 for line in lines)
        self.claimed += len(lines)

    def unclaimed(self) -> int:
        """Return how many lines nobody has claimed yet."""
        return len(self._new())

    def expect_so_many(self, count: int) -> None:
        """There are so many lines, whatever they say, and no other."""
        lines = self._new()
        assert len(lines) == count
        self._offset += sum(len(line) + 1 for line in lines)
        self.claimed += len(lines)

    def _new(self) -> list[bytes]:
        if not self.recorder.log.exists():
            return []
        with self.recorder.log.open("rb") as file:
            file.seek(self._offset)
            return file.read().split(b"\n")[:-1]


def without_stamp(text: bytes) -> object:
    """Return what a review says but for its time."""
    said = content(text)
    if isinstance(said, Members):
        return [(name, value) for name, value in said if name != STAMP]
    return None


def numbered(request: Request) -> Request:
    """Return the request with a uid that no other has."""
    return replace(request, body=request.body.replace(b"UID", b"uid-%d" % next(NUMBERS)))


def converse(tail: Tail, conversation: Conversation) -> None:
    """Send requests and hold answers and lines against what must come of them."""
    tail.skip()
    requests = [numbered(request) for request in conversation.requests]
    wire = b"".join(request.wire() for request in requests)
    is_cut = conversation.end == "cuts the last body" and bool(requests[-1].body)
    if is_cut:
        wire = wire[:-1] if not requests[-1].chunks else wire[: -len(b"0\r\n\r\n")]
    whole = requests[:-1] if is_cut else requests
    valid = [request.body for request in whole if request.status == 200]
    connection = tail.recorder.connect()
    send(connection, wire, conversation.cuts)
    if conversation.end == "hears all":
        assert read_statuses(connection, whole) == [request.status for request in whole]
    elif is_cut:
        read_statuses(connection, whole)
    elif conversation.end == "shuts its half":
        connection.shutdown(socket.SHUT_WR)
        while receive(connection):
            pass
    else:
        read_statuses(connection, whole)
        reset(connection)
    connection.close()
    tail.expect(valid)


def send(connection: ssl.SSLSocket, wire: bytes, cuts: Sequence[int]) -> None:
    """Send bytes in pieces of these sizes; the other side may end before."""
    with contextlib.suppress(OSError):
        for size in cuts:
            connection.sendall(wire[:size])
            wire = wire[size:]
        connection.sendall(wire)


def read_statuses(connection: ssl.SSLSocket, requests: list[Request]) -> list[int]:
    """Read an answer for each request."""
    return read_answers(connection, [request.method for request in requests])


def reset(connection: ssl.SSLSocket) -> None:
    """End a connection the rude way."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def send_spoilt(tail: Tail, wire: bytes) -> None:
    """Send what is no request, or another than it was; every 200 that comes has its line."""
    tail.skip()
    with tail.recorder.connect(timeout=1) as connection:
        send(connection, wire, ())
        heard = listen(connection)
        while tail.unclaimed() > heard.count(b"HTTP/1.1 200 OK") and (more := listen(connection)):
            heard += more
    tail.expect_so_many(heard.count(b"HTTP/1.1 200 OK"))


def listen(connection: ssl.SSLSocket) -> bytes:
    """Return what comes until the other side is silent for a moment or ends."""
    heard = b""
    connection.settimeout(1)
    with contextlib.suppress(TimeoutError):
        while more := receive(connection):
            heard += more
            connection.settimeout(0.05)
    return heard


def send_garbage(recorder: RecorderProcess, garbage: bytes) -> None:
    """Talk to the TLS port as nobody should, then hang up."""
    with contextlib.suppress(OSError), socket.create_connection((HOST, recorder.port), timeout=0.05) as plain:
        plain.sendall(garbage)
        plain.recv(100)


def cut_handshake(recorder: RecorderProcess, at: int) -> None:
    """Begin a real handshake and hang up within it."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    context = ssl.create_default_context(cafile=str(recorder.authority))
    talk = context.wrap_bio(incoming, outgoing, server_hostname=HOST)
    with contextlib.suppress(ssl.SSLWantReadError):
        talk.do_handshake()
    send_garbage(recorder, outgoing.read()[:at])


def sizes(tail: Tail) -> None:
    """Send bodies from nothing to 24 MiB, valid and not, and some that take long to read."""
    start = b'{"request":{"uid":"UID"},"x":'
    bodies = [start + b'"%s"}' % (b"x" * size) for size in (0, 65_535, MEBIBYTE, 24 * MEBIBYTE)]
    bodies += [b"", bodies[-1][:-1], b"[" * MEBIBYTE, start + b"[" + b"[]," * 100_000 + b"1]}"]
    for body in bodies:
        for chunks in ((), (7,) * 2000) if len(body) < 24 * MEBIBYTE else ((),):
            converse(tail, Conversation([Request(body, chunks=chunks)], (), "hears all"))


def fuzz(recorder: RecorderProcess, number: int, examples: int) -> None:
    """Send it all, then hold the recorder against what it promises."""
    tail = Tail(recorder)
    sizes(tail)
    memory, descriptors = recorder.resident(), recorder.descriptors()
    drawn = settings(
        max_examples=examples,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.explicit, Phase.generate, Phase.shrink],
    )

    @seed(number)
    @drawn
    @given(CONVERSATIONS)
    def conversations(conversation: Conversation) -> None:
        converse(tail, conversation)

    @seed(number)
    @drawn
    @given(SPOILT)
    def spoilt_requests(drawn: tuple[Request, list[tuple[int, int, bytes]]]) -> None:
        send_spoilt(tail, spoilt(numbered(drawn[0]), drawn[1]))

    @seed(number)
    @settings(drawn, max_examples=examples // 3)
    @given(GARBAGE)
    def garbage(sent: bytes) -> None:
        send_garbage(recorder, sent)
        cut_handshake(recorder, len(sent) * 5)

    for kind in (conversations, spoilt_requests, garbage):
        kind()
    assert_unharmed(tail, memory, descriptors)


def assert_unharmed(tail: Tail, memory: int, descriptors: int) -> None:
    """It answers at once, has counted what it wrote, said no more than words, and holds what it held."""
    recorder = tail.recorder
    assert recorder.post(REVIEW) == 200
    tail.expect([REVIEW])
    assert len(recorder.lines()) == tail.claimed
    counts = recorder.counts()
    assert counts["valid_requests_processed_total"] == tail.claimed
    assert counts["write_errors_total"] == 0
    assert counts["http_requests_total"] > tail.claimed
    entries = [json.loads(line) for line in recorder.said()]
    assert [entry for entry in entries if entry["level"] == "error"] == []
    assert "Traceback" not in "".join(recorder.said())
    deadline = time.monotonic() + 20
    while recorder.descriptors() > descriptors and time.monotonic() < deadline:
        time.sleep(0.1)
    assert recorder.descriptors() <= descriptors
    assert recorder.resident() < memory + 24 * MEBIBYTE
    assert recorder.stop() < 30


def test_nonsense(recording: Recording) -> None:
    fuzz(recording("--logger-max-size", "4096"), 1, 60)


@pytest.mark.soak
@pytest.mark.parametrize("number", range(2, 8))
def test_more_nonsense(recording: Recording, tmp_path: Path, number: int) -> None:
    recorder = recording("--logger-max-size", "4096")
    fuzz(recorder, number, 400)
    recorder.log.unlink()
