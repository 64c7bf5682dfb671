"""What a review's body becomes in the log: compact, with the time it was received, otherwise as it was sent."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NoReturn

import msgspec

from toolkit.events import lenient

STAMP = "requestReceivedTimestamp"

_BRACKET = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"|[\[\]{}]', re.DOTALL)
_PIECE_DEPTH = 200
_MAX_DEPTH = 10_000  # Go's JSON goes no deeper, so no API server sends such


class NotAReviewError(ValueError):
    """A body that cannot be recorded; its text is the reason that the caller is told."""


@dataclass(frozen=True, slots=True)
class RecordedReview:
    """A review's uid and its line in the log, without the line end."""

    uid: str
    line: bytes


class _Request(msgspec.Struct):
    uid: str


class _Review(msgspec.Struct):
    request: _Request
    stamp: msgspec.Raw | msgspec.UnsetType = msgspec.field(default=msgspec.UNSET, name=STAMP)


_REVIEW = msgspec.json.Decoder(_Review)


def record_review(body: bytes, received: str) -> RecordedReview:
    """Turn a body into its log line; `received` is the RFC 3339 time that goes into it.

    Key order, spelling of numbers and escapes in strings stay as sent. Raises NotAReviewError when the body is
    not JSON or has no non-empty string at `request.uid`.
    """
    try:
        compact = msgspec.json.format(body, indent=-1)
        review = _REVIEW.decode(compact)
        uid, is_stamped = review.request.uid, review.stamp is not msgspec.UNSET
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        uid, is_stamped = _read_by_the_letter(body)
        compact = lenient.compact(body)
    if not uid:
        raise NotAReviewError("uid not provided")
    if is_stamped:
        return RecordedReview(uid, _with_stamp_replaced(compact, received))
    return RecordedReview(uid, b'%s,"%s":"%s"}' % (compact[:-1], STAMP.encode(), received.encode()))


def rfc3339_nano(time_ns: int) -> str:
    """Render nanoseconds since 1970 in the local zone as Go's RFC3339Nano does: the fraction ends without zeros."""
    seconds, nanoseconds = divmod(time_ns, 10**9)
    local = time.localtime(seconds)
    fraction = f".{nanoseconds:09d}".rstrip("0") if nanoseconds else ""
    return time.strftime("%Y-%m-%dT%H:%M:%S", local) + fraction + _zone(local.tm_gmtoff // 60)


def _zone(minutes: int) -> str:
    hours, rest = divmod(abs(minutes), 60)
    return f"{'-' if minutes < 0 else '+'}{hours:02d}:{rest:02d}" if minutes else "Z"


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)


def _unread_number(_digits: str) -> None:
    """Numbers are not looked at, and one may have more digits than Python converts."""


_DECODER = json.JSONDecoder(parse_int=_unread_number, parse_float=_unread_number, parse_constant=_refuse_constant)


def _read_by_the_letter(body: bytes) -> tuple[str, bool]:
    """Read any JSON, also nested deeper than decoders go or with bytes that are not UTF-8; return uid and stamped."""
    review: Any = None
    try:
        for piece in _pieces(body):
            review = _DECODER.decode(piece.decode("utf-8", "surrogateescape"))
    except ValueError as error:
        raise NotAReviewError("invalid json") from error
    request = review.get("request") if isinstance(review, dict) else None
    uid = request.get("uid") if isinstance(request, dict) else None
    return (uid, STAMP in review) if isinstance(uid, str) else ("", False)


def _pieces(body: bytes) -> Iterator[bytearray]:
    """Yield what stands in every 200th level with `null` in its place, the outermost last."""
    above: list[bytearray] = []
    piece, taken, depth = bytearray(), 0, 0
    for found in _BRACKET.finditer(body):
        sign = found.group()
        if sign in (b"[", b"{"):
            depth += 1
            if depth > _MAX_DEPTH:
                raise ValueError("nested too deep")
            if depth % _PIECE_DEPTH == 0:
                piece += body[taken : found.start()] + b"null"
                above.append(piece)
                piece, taken = bytearray(), found.start()
        elif sign in (b"]", b"}"):
            if depth % _PIECE_DEPTH == 0 and above:
                yield piece + body[taken : found.end()]
                piece, taken = above.pop(), found.end()
            depth -= 1
    if above:
        raise ValueError("a bracket is not closed")
    yield piece + body[taken:]


def _with_stamp_replaced(compact: bytes, received: str) -> bytes:
    at = 1
    for name, value in lenient.members(compact):
        start, end = at + len(name) + 1, at + len(name) + 1 + len(value)
        if json.loads(name.decode("utf-8", "surrogateescape")) == STAMP:
            return b'%s"%s"%s' % (compact[:start], received.encode(), compact[end:])
        at = end + 1
    raise AssertionError("a stamp was seen")
