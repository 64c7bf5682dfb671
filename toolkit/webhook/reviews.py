"""From a posted text to a review: the time of its arrival where it has none, and out of a shipper's wrapping."""

from __future__ import annotations

import json

from toolkit.events import strict
from toolkit.events.lenient import NotJsonError
from toolkit.events.parsing import parse_line
from toolkit.events.review import BrokenLine, Review
from toolkit.events.source import Source
from toolkit.events.zap import is_log_line, unwrap
from toolkit.webhook.line import STAMP, rfc3339_nano

_STAMP = STAMP.encode()
_WRAPPINGS = ("message", "log", "msg")
"""Where shippers put a line that they did not read as JSON: vector, fluent-bit, and a recorder's log to stderr."""


def review_of(text: bytes, time_ns: int, file: str, number: int, published: bool = False) -> Review | BrokenLine:
    """Return the review that was posted as the event `number` (from 1) to the endpoint `file`.

    One without `requestReceivedTimestamp` gets the time at which it was received, `time_ns`, as its last member. A
    shipper's object with the line in it as text is opened.
    """
    review = _stamped(text, time_ns, file, number, published)
    if isinstance(review, BrokenLine) and (line := _unwrapped(text)) is not None:
        return _stamped(line, time_ns, file, number, published)
    return review


def _stamped(text: bytes, time_ns: int, file: str, number: int, published: bool) -> Review | BrokenLine:
    text = text.strip()
    if _STAMP in text:
        review = parse_line(text, file, number, published=published)
        if not _lacks_time(review, text):
            return review
    stamp = json.dumps(rfc3339_nano(time_ns)).encode()
    review = parse_line(b'%s,"%s":%s}' % (text[:-1], _STAMP, stamp), file, number, published=published)
    if isinstance(review, BrokenLine):
        return parse_line(text, file, number, published=published)  # its reason speaks of what was posted
    return review


def _lacks_time(review: Review | BrokenLine, text: bytes) -> bool:
    try:
        return Source(strict.compact(text)).last(STAMP) is None if _may_lack_time(review) else False
    except NotJsonError:
        return False


def _may_lack_time(review: Review | BrokenLine) -> bool:
    return isinstance(review, BrokenLine) or review.time_fault is not None


def _unwrapped(text: bytes) -> bytes | None:
    try:
        source = Source(strict.compact(text))
    except NotJsonError:
        return None
    if is_log_line(source.text):
        return unwrap(source)
    for name in _WRAPPINGS:
        member = source.last(name)
        if member is not None and member.is_string:
            return member.words().encode()
    return None
