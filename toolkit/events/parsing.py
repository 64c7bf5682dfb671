"""From a line to a review: what is accepted, and in which words the rest is refused."""

from __future__ import annotations

import json
from typing import NoReturn

import msgspec

from toolkit.events import lenient
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
    compact = _compact(text)
    if compact is None:
        compact = _compact_unusual(text)
    source = _object(compact)
    for member in ("uid", "operation"):
        value = source.last("request", member)
        if value is None or value.scalar() is None:
            raise _BrokenError(f'no "{member}" in "request"; a review has one')
    time_ns, fault = _time(source.last(_STAMP))
    return Review(file, line, compact, time_ns or 0, fault)


def _published(text: bytes, file: str, line: int) -> Review:
    compact = _compact(text)
    if compact is None or compact.count(b"{") + compact.count(b"[") >= lenient.MAX_DEPTH:
        try:
            lenient.check(text)
        except lenient.NotJsonError as error:
            raise _not_json(text, str(error), error.offset) from error
        compact = lenient.compact(text)
    source = _object(compact)
    operation = source.first("request", "operation")
    if operation is None or not operation.is_string:
        raise _BrokenError('no text "operation" in "request"; the published plugin drops such a line')
    time_ns, fault = _time(source.first(_STAMP))
    if time_ns is None:
        raise _BrokenError(f"{fault}; the published plugin drops such a line")
    return Review(file, line, compact, time_ns)


def _compact(text: bytes) -> bytes | None:
    try:
        compact: bytes = msgspec.json.format(text, indent=-1)
        compact.decode()
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    return compact


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")


# Numbers are kept as text: one may be larger than Python converts.
_STRICT = json.JSONDecoder(parse_int=str, parse_float=str, parse_constant=_refuse_constant)


def _compact_unusual(text: bytes) -> bytes:
    try:
        _STRICT.decode(text.decode())
    except UnicodeDecodeError as error:
        raise _not_utf8(text, error) from error
    except json.JSONDecodeError as error:
        raise _not_json(text, error.msg, len(error.doc[: error.pos].encode())) from error
    except ValueError as error:
        raise _BrokenError(f"not JSON: {error}") from error
    except RecursionError as error:
        raise _BrokenError("nested too deep to be read") from error
    return lenient.compact(text)


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


def _not_utf8(text: bytes, error: UnicodeDecodeError) -> _BrokenError:
    for mark, name in _BYTE_ORDER_MARKS.items():
        if text.startswith(mark):
            return _BrokenError(f"begins with a byte order mark of {name}; save the file as UTF-8 without one")
    return _BrokenError(f"not UTF-8: byte 0x{text[error.start]:02x} at column {error.start + 1}")


def _not_json(text: bytes, message: str, offset: int) -> _BrokenError:
    if text.startswith(b"\xef\xbb\xbf"):
        return _BrokenError("begins with a byte order mark; save the file without one")
    if offset >= len(text.rstrip()) or message.startswith("Unterminated string"):
        return _BrokenError("not JSON: it ends too early, as a line that was cut off does")
    return _BrokenError(f"not JSON: {message[:1].lower()}{message[1:]} at column {offset + 1}")
