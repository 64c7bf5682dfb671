"""What callers may send: requests good and bad in every respect, and connections that are none.

Every request knows what must come of it, by RFC 8259 and kube-audit-rest's handler, not by the recorder.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NoReturn

from hypothesis import strategies as st

STAMP = "requestReceivedTimestamp"
DEPTHS = (5000, 1100, 900)


@dataclass(frozen=True)
class Request:
    """A well-formed request: what it says and how it is sent; `chunks` are the sizes of a chunked body's parts."""

    body: bytes
    method: str = "POST"
    path: str = "/log-request"
    kind: str | None = "application/json"
    chunks: tuple[int, ...] = ()
    expects: bool = False

    @cached_property
    def status(self) -> int:
        """The status that must come."""
        if self.path.partition("?")[0] != "/log-request":
            return 404
        if self.method != "POST":
            return 405
        return 200 if self.kind == "application/json" and uid_of(self.body) else 400

    def wire(self) -> bytes:
        """Return it as it goes over the wire."""
        head = [f"{self.method} {self.path} HTTP/1.1", "Host: r"]
        head += [f"Content-Type: {self.kind}"] if self.kind is not None else []
        head += ["Expect: 100-continue"] if self.expects else []
        if not self.chunks:
            return "\r\n".join([*head, f"Content-Length: {len(self.body)}", "", ""]).encode() + self.body
        return "\r\n".join([*head, "Transfer-Encoding: chunked", "", ""]).encode() + self._chunked()

    def _chunked(self) -> bytes:
        parts, rest = [], self.body
        for size in self.chunks:
            parts.append(rest[:size])
            rest = rest[size:]
        return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in [*parts, rest] if part) + b"0\r\n\r\n"


def content(text: bytes) -> Any:
    """Return JSON as nested lists of its members, numbers as they are spelt; None where it is no JSON.

    A value of DEPTHS is a number by its depth: decoders do not go as deep.
    """
    for depth in DEPTHS:
        text = text.replace(deep(depth), b"%d" % depth)

    def refuse(word: str) -> NoReturn:
        raise ValueError(word)

    try:
        decoded = text.decode("utf-8", "surrogateescape")
        return json.loads(decoded, object_pairs_hook=Members, parse_int=str, parse_float=str, parse_constant=refuse)
    except (ValueError, RecursionError):
        return None


class Members(list[tuple[str, Any]]):
    """An object's members in their order, repeated ones too."""

    def last(self, name: str) -> Any:
        """Return the value that counts, None where there is none."""
        return next((value for key, value in reversed(self) if key == name), None)


def uid_of(text: bytes) -> str:
    """Return the uid of a review, empty where the text is none."""
    review = content(text)
    request = review.last("request") if isinstance(review, Members) else None
    uid = request.last("uid") if isinstance(request, Members) else None
    return uid if isinstance(uid, str) and uid and not is_number(text, uid) else ""


def is_number(text: bytes, uid: str) -> bool:
    """Whether a uid that `content` gave as text is a number in its source."""
    return uid[0] in "-0123456789" and b'"' + uid.encode("utf-8", "surrogateescape") + b'"' not in text


def deep(depth: int) -> bytes:
    """Return a value of so many levels."""
    return b'[{"d":' * (depth // 2) + b"1" + b"}]" * (depth // 2)


SCALARS = st.one_of(
    st.sampled_from(["null", "true", "1e400", "-0", "1.50E+10", "9" * 5000, r'"\ud800"', r'"\u0000"', '""', '"<&>"']),
    st.text(max_size=20).map(json.dumps),
    st.text(max_size=20).map(lambda text: json.dumps(text, ensure_ascii=False)),
    st.integers().map(str),
).map(lambda text: text.encode("utf-8", "surrogatepass"))
ODD = st.sampled_from([b'"\xff\xfe"', b'"\xed\xa0\x80"', *(deep(depth) for depth in DEPTHS)])
WRONG = st.sampled_from(
    [b"", b"01", b"NaN", b"1.", b"+1", b"'a'", b'"\n"', b'"\\x41"', b'"\\u12g4"', b"[1,]", b"[" * 3000, b"tru"]
)
BLANKS = st.text(" \t\r\n", max_size=3).map(str.encode)
VALUES = st.recursive(
    SCALARS | ODD,
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda parts: b"[" + b" , ".join(parts) + b"]")
        | st.lists(st.tuples(st.sampled_from([b'"a"', b'"a"', b'"uid"', rb'"\u0061"']), inner), max_size=3).map(
            lambda pairs: b"{" + b",".join(b"%s:%s" % pair for pair in pairs) + b"}"
        )
    ),
    max_leaves=6,
)
REQUESTS = st.sampled_from(
    [b'{"uid":"UID"}'] * 6
    + [
        b'{"uid":5,"uid":"UID"}',
        b'{"uid":"UID","uid":5}',
        rb'{"\u0075id":"UID\u002d"}',
        b'{"uid":"\xffUID"}',
        b'{"uid":""}',
    ]
    + [b"[]", b"null", b"{}"]
)
NAMES = st.sampled_from([b'"a"', b'"request"', b'"%s"' % STAMP.encode(), rb'"\u0072equest"', b'""'])


@st.composite
def bodies(draw: st.DrawFn) -> bytes:
    """Draw a review, mostly good, with members before and after; `UID` stands where its uid is to be."""
    before, after = (draw(st.lists(st.tuples(NAMES, VALUES), max_size=2)) for _ in range(2))
    request = [(b'"request"', draw(REQUESTS))]
    wrong = [(b'"w"', draw(WRONG))] if draw(st.integers(0, 5)) == 0 else []
    blank = draw(BLANKS)
    members = [blank + name + blank + b":" + value for name, value in [*before, *request, *after, *wrong]]
    body = blank + b"{" + b",".join(members) + b"}" + blank
    return draw(st.sampled_from([b"", body[: len(body) // 2], body + b"x"])) if draw(st.integers(0, 9)) == 0 else body


METHODS = st.sampled_from(["POST"] * 12 + ["GET", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "post", "FOO"])
PATHS = st.sampled_from(
    ["/log-request"] * 12 + ["/log-request?timeout=10s", "/", "/log-request/", "//log-request", "/%ff"]
)
KINDS = st.sampled_from(["application/json"] * 12 + [None, "application/json; charset=utf-8", "text/plain", "\xe9"])
CHUNKS = st.just(()) | st.lists(st.integers(1, 40), min_size=1, max_size=5).map(tuple)
REQUEST = st.builds(Request, bodies(), METHODS, PATHS, KINDS, CHUNKS, st.booleans())


@dataclass(frozen=True)
class Conversation:
    """Requests sent one behind the other on one connection, cut into pieces, and how the caller ends it."""

    requests: Sequence[Request]
    cuts: Sequence[int]
    end: str


CONVERSATIONS = st.builds(
    Conversation,
    st.lists(REQUEST, min_size=1, max_size=4),
    st.lists(st.integers(1, 3000), max_size=4),
    st.sampled_from(["hears all"] * 4 + ["shuts its half", "resets", "cuts the last body"]),
)

SPLICES = st.sampled_from(
    [
        *(b"\0", b"\r\n", b"\n", b" ", b":", b"\xff", b"GET", b"HTTP/9.9", b"zz\r\n", b"X: " + b"x" * 70_000),
        *(b"Content-Length: 5\r\n", b"Content-Length: -1\r\n", b"Transfer-Encoding: chunked\r\n"),
        *(b"Connection: close\r\n", b"Upgrade: websocket\r\nConnection: upgrade\r\n"),
    ]
)
SPOILT = st.tuples(
    REQUEST, st.lists(st.tuples(st.integers(0, 400), st.integers(0, 8), SPLICES), min_size=1, max_size=3)
)


def spoilt(request: Request, splices: Sequence[tuple[int, int, bytes]]) -> bytes:
    """Return a request with other bytes at some places."""
    wire = request.wire()
    for at, length, other in splices:
        wire = wire[:at] + other + wire[at + length :]
    return wire


GARBAGE = st.one_of(
    st.binary(max_size=300),
    st.just(b"POST /log-request HTTP/1.1\r\nHost: r\r\nContent-Length: 2\r\n\r\n{}"),
    st.binary(max_size=100).map(lambda rest: b"\x16\x03\x01" + rest),
    st.binary(max_size=40).map(lambda rest: b"\x80\x2e\x01" + rest),
)
