"""What a posted body holds: one review that wants an answer, or a batch of them from a shipper."""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass
from typing import Any

import msgspec

from toolkit.webhook.line import STAMP, NotAReviewError, record_review

KIND = "AdmissionReview"
_STABLE = "admission.k8s.io/v1"
_BETA = "admission.k8s.io/v1beta1"
_GZIP = 16 + zlib.MAX_WBITS


class TooLargeError(ValueError):
    """A body that is, or unpacks to, more than the endpoint takes."""


class UnknownEncodingError(ValueError):
    """A content encoding that the endpoint does not read; its text is the name."""


class _Request(msgspec.Struct):
    uid: str


class _Review(msgspec.Struct):
    request: _Request
    kind: str = KIND
    apiVersion: str = _STABLE  # noqa: N815
    requestReceivedTimestamp: Any = None  # noqa: N815


class _Object(msgspec.Struct):
    """Any object."""


class _Wrapped(msgspec.Struct):
    message: str = ""
    log: str = ""
    msg: str = ""


_REVIEW = msgspec.json.Decoder(_Review)
_WRAPPED = msgspec.json.Decoder(_Wrapped)
_BATCH = msgspec.json.Decoder(list[msgspec.Raw])
_OBJECTS = msgspec.json.Decoder(list[_Object])
_BETWEEN_OBJECTS = re.compile(rb"\}\s*,\s*\{")
_SMALLEST = 24
"""So many bytes an event has at least: a body of nothing but commas would else need a hundred times its size."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A single review: what its answer repeats, its text, and whether it comes out of a log (no API server waits)."""

    uid: str
    api_version: str
    text: bytes
    is_logged: bool


def read_body(body: bytes) -> Asked | list[bytes]:
    """Return the review that a body is, or the texts of a batch: a JSON array, one JSON object a line, or
    one line that a shipper has wrapped.

    What the texts of a batch say is not looked at. Raises NotAReviewError with the reason for a body that is neither.
    """
    if body.lstrip()[:1] == b"[":
        return _array(body)
    try:
        review = _REVIEW.decode(body)
    except msgspec.ValidationError as error:
        if batch := _lines(body) or _wrapped(body):
            return batch
        raise NotAReviewError(_in_words(error)) from error
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return _lines(body) or _odd_review(body)
    if review.kind != KIND:
        raise NotAReviewError(f"expected a body of kind {KIND}, found {review.kind[:60]}")
    if not review.request.uid:
        raise NotAReviewError("uid not provided")
    return Asked(review.request.uid, review.apiVersion, body, review.requestReceivedTimestamp is not None)


def unpack(body: bytes, encoding: str, limit: int) -> bytes:
    """Return a body without its content encoding, no more than `limit` bytes.

    Raises TooLargeError beyond the limit, UnknownEncodingError for other encodings than gzip, NotAReviewError for a
    body that is damaged or cut off.
    """
    if encoding in {"", "identity"}:
        return body
    if encoding not in {"gzip", "x-gzip"}:
        raise UnknownEncodingError(encoding[:60])
    unpacking = zlib.decompressobj(_GZIP)
    try:
        unpacked = unpacking.decompress(body, limit + 1)
    except zlib.error as error:
        raise NotAReviewError("invalid gzip") from error
    if len(unpacked) > limit:
        raise TooLargeError
    if not unpacking.eof:
        raise NotAReviewError("invalid gzip")
    return unpacked


def _array(body: bytes) -> list[bytes]:
    _check_count(sum(1 for _ in _BETWEEN_OBJECTS.finditer(body)), body)
    try:
        _OBJECTS.decode(body)
        return [bytes(text) for text in _BATCH.decode(body)]
    except msgspec.ValidationError as error:
        raise NotAReviewError("expected an array of objects") from error
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise NotAReviewError("invalid json") from error


def _lines(body: bytes) -> list[bytes]:
    _check_count(body.count(b"\n"), body)
    lines = [line for line in map(bytes.strip, body.split(b"\n")) if line]
    return lines if len(lines) > 1 and lines[0].endswith(b"}") else []


def _wrapped(body: bytes) -> list[bytes]:
    """Return the body as a batch of one where a shipper has put a line into it."""
    try:
        found = _WRAPPED.decode(body)
    except msgspec.ValidationError:
        return []
    return [body] if "{" in found.message + found.log + found.msg else []


def _check_count(count: int, body: bytes) -> None:
    if count > 1000 and count * _SMALLEST > len(body):
        raise NotAReviewError("too many events for its size")


def _odd_review(body: bytes) -> Asked:
    """Read what a decoder does not take and an API server may yet send: nested very deep, not quite UTF-8."""
    uid = record_review(body, "").uid
    version = _BETA if f'"{_BETA}"'.encode() in body else _STABLE
    return Asked(uid, version, body, f'"{STAMP}"'.encode() in body)


def _in_words(error: msgspec.ValidationError) -> str:
    is_about_uid = "uid" in str(error) or "`request`" in str(error) or "`$.request`" in str(error)
    return "uid not provided" if is_about_uid else "expected an AdmissionReview"
