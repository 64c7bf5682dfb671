"""What a review's body becomes in the log: compact, with the time it was received, otherwise as it was sent."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NoReturn

STAMP = "requestReceivedTimestamp"

# Runs of bytes without white space outside strings; possessive, so that strings of many MiB cost no memory.
_RUNS = re.compile(rb'(?:[^" \t\r\n]++|"[^"\\]*+(?:\\.[^"\\]*+)*+")++')


class NotAReviewError(ValueError):
    """A body that cannot be recorded; its text is the reason that the caller is told."""


@dataclass(frozen=True, slots=True)
class RecordedReview:
    """A review's uid and its line in the log, without the line end."""

    uid: str
    line: bytes


def record_review(body: bytes, received: str) -> RecordedReview:
    """Turn a body into its log line; `received` is the RFC 3339 time that goes into it.

    Key order, spelling of numbers and escapes in strings stay as sent. Raises NotAReviewError when the body is
    not JSON or has no non-empty string at `request.uid`.
    """
    review = _parse(body)
    uid = _uid(review)
    compact = b"".join(_RUNS.findall(body))
    member = b'"%s":%s' % (STAMP.encode(), json.dumps(received).encode())
    if STAMP not in review:
        return RecordedReview(uid, compact[:-1] + b"," + member + b"}")
    return RecordedReview(uid, _with_stamp_replaced(compact, received))


def rfc3339_nano(time_ns: int) -> str:
    """Render nanoseconds since 1970 in the local zone as Go's RFC3339Nano does: the fraction ends without zeros."""
    seconds, nanoseconds = divmod(time_ns, 10**9)
    local = datetime.fromtimestamp(seconds).astimezone()
    fraction = f".{nanoseconds:09d}".rstrip("0").rstrip(".")
    offset = local.strftime("%z")
    zone = "Z" if offset.startswith(("+0000", "-0000")) else f"{offset[:3]}:{offset[3:5]}"
    return f"{local:%Y-%m-%dT%H:%M:%S}{fraction}{zone}"


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)


def _unread_number(_digits: str) -> None:
    """Numbers are not looked at, and one may have more digits than Python converts."""


_DECODER = json.JSONDecoder(parse_int=_unread_number, parse_float=_unread_number, parse_constant=_refuse_constant)


def _parse(body: bytes) -> Any:
    try:
        return _DECODER.decode(_text(body))
    except (ValueError, RecursionError) as error:
        raise NotAReviewError("invalid json") from error


def _text(body: bytes) -> str:
    return body.decode("utf-8", "surrogateescape")


def _uid(review: Any) -> str:
    request = review.get("request") if isinstance(review, dict) else None
    uid = request.get("uid") if isinstance(request, dict) else None
    if isinstance(uid, str) and uid:
        return uid
    raise NotAReviewError("uid not provided")


def _with_stamp_replaced(compact: bytes, received: str) -> bytes:
    text = _text(compact)
    at = 1
    while True:
        key, after_key = _DECODER.raw_decode(text, at)
        _, end = _DECODER.raw_decode(text, after_key + 1)
        if key == STAMP:
            changed = text[: after_key + 1] + json.dumps(received) + text[end:]
            return changed.encode("utf-8", "surrogateescape")
        at = end + 1
