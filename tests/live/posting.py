"""A caller that costs little: prepared requests over kept connections, a bounded number of them at once."""

from __future__ import annotations

import json
import socket
import ssl
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count

HOST = "127.0.0.1"


def request(body: bytes, path: str = "/k8s-audit", headers: str = "Content-Type: application/json\r\n") -> bytes:
    """Return a POST as it goes over the wire."""
    head = f"POST {path} HTTP/1.1\r\nHost: {HOST}\r\n{headers}Content-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


def review(uid: str, **members: object) -> bytes:
    """Return a review of the creation of a pod."""
    asked = {
        "uid": uid,
        "kind": {"group": "", "version": "v1", "kind": "Pod"},
        "resource": {"group": "", "version": "v1", "resource": "pods"},
        "name": uid,
        "namespace": "default",
        "operation": "CREATE",
        "userInfo": {"username": "me"},
        "object": {"kind": "Pod", "spec": {"containers": [{"name": "c", "image": "busybox"}]}},
    }
    return json.dumps(
        {"kind": "AdmissionReview", "apiVersion": "admission.k8s.io/v1", "request": asked, **members}
    ).encode()


@dataclass
class Posted:
    """What came of many posts: seconds in all, seconds of each, and answers that were not 200."""

    seconds: float = 0.0
    taken: list[float] = field(default_factory=list)
    others: list[bytes] = field(default_factory=list)

    def quantile(self, share: float) -> float:
        """Return the seconds that `share` of the answers did not pass."""
        return sorted(self.taken)[min(len(self.taken) - 1, int(share * len(self.taken)))]


class Caller:
    """One kept connection."""

    def __init__(self, port: int, context: ssl.SSLContext | None) -> None:
        plain = socket.create_connection((HOST, port), timeout=60)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket = context.wrap_socket(plain, server_hostname=HOST) if context else plain

    def post(self, wire: bytes) -> bytes:
        """Send a request and return its answer, head and body."""
        self._socket.sendall(wire)
        answer = b""
        while True:
            chunk = self._socket.recv(65536)
            if not chunk:
                return answer
            answer += chunk
            head, found, body = answer.partition(b"\r\n\r\n")
            if found and len(body) >= _length(head):
                return answer

    def close(self) -> None:
        """Hang up."""
        self._socket.close()


def _length(head: bytes) -> int:
    _, _, rest = head.lower().partition(b"content-length:")
    return int(rest.split(b"\r\n")[0])


def post_all(wires: Sequence[bytes], port: int, context: ssl.SSLContext | None, callers: int = 8) -> Posted:
    """Post everything, so many callers at once."""
    posted, turns = Posted(), count()

    def play() -> None:
        caller = Caller(port, context)
        while (turn := next(turns)) < len(wires):
            begin = time.perf_counter()
            answer = caller.post(wires[turn])
            posted.taken.append(time.perf_counter() - begin)
            if not answer.startswith(b"HTTP/1.1 200"):
                posted.others.append(answer)
        caller.close()

    threads = [threading.Thread(target=play) for _ in range(callers)]
    begin = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    posted.seconds = time.perf_counter() - begin
    return posted
