"""From a line to a review: what is accepted, and in which words the rest is refused."""

from __future__ import annotations

from toolkit.events import lenient, strict
from toolkit.events.lenient import NotJsonError
from toolkit.events.review import BrokenLine, Review
from toolkit.events.source import Source
from toolkit.events.times import parse_rfc3339

_STAMP = "requestReceivedTimestamp"
_BYTE_ORDER_MARKS = {b"\xef\xbb\xbf": "UTF-8", b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16"}


class _BrokenError(Exception):
    """The reason why a line is no review."""


def parse_line(text: bytes, file: str, line: int, *, published: bool = False) -> Review | BrokenLine:
    """Read one line (bytes, with or without its line end); never raises for what the line says.

    Normally a review is a JSON object with `request.uid` and `request.operation`; a time that is missing or cannot be
    read is noted in `time_fault`. With `published` the line is taken or refused as the published Go plugin does.
    """
    try:
        return _published(text, file, line) if published else _corrected(text, file, line)
    except _BrokenError as broken:
        return BrokenLine(file, line, str(broken))


def _corrected(text: bytes, file: str, line: int) -> Review:
    try:
        compact = strict.compact(text)
    except NotJsonError as error:
        raise _not_json(text, error) from error
    source = _object(compact)
    for member in ("uid", "operation"):
        value = source.last("request", member)
        if value is None or value.scalar() is None:
            raise _BrokenError(f'no "{member}" in "request"; a review has one')
    time_ns, fault = _time(source.last(_STAMP))
    return Review(file, line, compact, time_ns or 0, fault)


def _published(text: bytes, file: str, line: int) -> Review:
    try:
        compact = _compact_leniently(text)
    except NotJsonError as error:
        raise _not_json(text, error) from error
    source = _object(compact)
    operation = source.first("request", "operation")
    if operation is None or not operation.is_string:
        raise _BrokenError('no text "operation" in "request"; the published plugin drops such a line')
    time_ns, fault = _time(source.first(_STAMP))
    if time_ns is None:
        raise _BrokenError(f"{fault}; the published plugin drops such a line")
    return Review(file, line, compact, time_ns)


def _compact_leniently(text: bytes) -> bytes:
    try:
        compact = strict.compact(text)
    except NotJsonError:
        lenient.check(text)
        return lenient.compact(text)
    if lenient.is_too_deep(compact):
        lenient.check(compact)
    return compact


def _object(compact: bytes) -> Source:
    source = Source(compact)
    if not source.is_object:
        raise _BrokenError(f"expected a JSON object, found {compact[:20].decode('utf-8', 'replace')!r}")
    return source


def _time(stamp: Source | None) -> tuple[int | None, str | None]:
    if stamp is None or stamp.is_null:
        return None, f'no "{_STAMP}"'
    time_ns = parse_rfc3339(stamp.words()) if stamp.is_string else None
    return time_ns, None if time_ns is not None else f'"{_STAMP}" is no RFC 3339 time: {stamp.json()[:60]}'


def _not_json(text: bytes, error: NotJsonError) -> _BrokenError:
    for mark, name in _BYTE_ORDER_MARKS.items():
        if text.startswith(mark):
            return _BrokenError(f"begins with a byte order mark of {name}; save the file as UTF-8 without one")
    if error.offset >= len(text.rstrip()) or str(error).startswith("unterminated string"):
        return _BrokenError("not JSON: it ends too early, as a line that was cut off does")
    return _BrokenError(f"not JSON: {error} at column {error.offset + 1}")
