"""JSON by the letter, numbers of any size and lone halves of surrogate pairs included: the text compact or indented."""

from __future__ import annotations

import json
import re
from typing import NoReturn

import msgspec

from toolkit.events import lenient
from toolkit.events.lenient import NotJsonError

_PIECE = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"|[\[\]{},:]|[^\[\]{},:"]+', re.DOTALL)
_FAILURES = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)


def compact(text: bytes) -> bytes:
    """Return JSON text without blanks outside strings; raise NotJsonError where it is no JSON, or not UTF-8."""
    try:
        done: bytes = msgspec.json.format(text, indent=-1)
        done.decode()
    except _FAILURES:
        _check(text)
        return lenient.compact(text)
    return done


def indented(text: bytes) -> bytes:
    """Return compact JSON text indented by two blanks a level; raise NotJsonError where it is no JSON."""
    try:
        done: bytes = msgspec.json.format(text, indent=2)
    except _FAILURES:
        _check(text)
        return _indented(text)
    return done


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)


# Numbers stay text: one may be larger than Python converts.
_DECODER = json.JSONDecoder(parse_int=str, parse_float=str, parse_constant=_refuse_constant)


def _check(text: bytes) -> None:
    try:
        _DECODER.decode(text.decode())
    except UnicodeDecodeError as error:
        raise NotJsonError(f"byte 0x{text[error.start]:02x} is not UTF-8", error.start) from error
    except json.JSONDecodeError as error:
        raise NotJsonError(error.msg[:1].lower() + error.msg[1:], len(error.doc[: error.pos].encode())) from error
    except ValueError as error:
        raise NotJsonError(f"{error} is no number", max(0, text.find(str(error).encode()))) from error
    except RecursionError as error:
        raise NotJsonError("nested too deep to be read", 0) from error


def _indented(text: bytes) -> bytes:
    done: list[bytes] = []
    depth = 0
    for piece in _PIECE.findall(text):
        if piece in (b"]", b"}"):
            depth -= 1
            done += [piece] if done[-1] in (b"[", b"{") else [_line(depth), piece]
            continue
        if done and done[-1] in (b"[", b"{"):
            done.append(_line(depth))
        done.append(piece + b" " if piece == b":" else piece)
        depth += piece in (b"[", b"{")
        if piece == b",":
            done.append(_line(depth))
    return b"".join(done)


def _line(depth: int) -> bytes:
    return b"\n" + b"  " * depth
