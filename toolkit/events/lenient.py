"""JSON as fastjson reads it, the parser of the published plugins: any number, raw control characters, bad escapes."""

from __future__ import annotations

import re
from collections.abc import Iterator

MAX_DEPTH = 300
"""Values nested deeper than this are refused."""

_BLANKS = re.compile(rb"[ \t\r\n]*")
_STRING = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"', re.DOTALL)
_WORD_OR_NUMBER = re.compile(rb"true|false|null|[-+]?(?i:inf|nan)|[-+.0-9eE]+")
_RUN = re.compile(rb'(?:[^" \t\r\n]++|"[^"\\]*+(?:\\.[^"\\]*+)*+")++', re.DOTALL)
_NOT_BRACKETS = re.compile(rb'(?:[^\[\]{}"]++|"[^"\\]*+(?:\\.[^"\\]*+)*+")++', re.DOTALL)
_INNERMOST = re.compile(rb"\{\}|\[\]")
_NO_OPENING = bytes(set(range(256)) - set(b"{["))
_NO_CLOSING = bytes(set(range(256)) - set(b"}]"))
_BETWEEN_BRACKETS = bytes(set(range(256)) - set(b"{}[]"))
_TOKEN = re.compile(_STRING.pattern + rb"|[\[\]{},]", re.DOTALL)


class NotJsonError(ValueError):
    """Text that is no JSON; `offset` counts bytes from 0."""

    def __init__(self, message: str, offset: int) -> None:
        super().__init__(message)
        self.offset = offset


def check(text: bytes) -> None:
    """Raise NotJsonError unless the whole text is one JSON value, nested no deeper than MAX_DEPTH."""
    end = _blanks(text, _value_end(text, _blanks(text, 0), 1))
    if end < len(text):
        raise NotJsonError("text after the end of the value", end)


def is_too_deep(text: bytes) -> bool:
    """Return whether a valid text is nested too deep for `check`."""
    if len(text) < 2 * MAX_DEPTH or len(text.translate(None, _NO_OPENING)) < MAX_DEPTH:
        return False
    if _depth_by_halves(text) < MAX_DEPTH:
        return False
    if b"\\" not in text and _depth_without_strings(text) < MAX_DEPTH:
        return False
    # What stands between brackets is a level of its own; each round takes the innermost level away.
    brackets = _NOT_BRACKETS.sub(b"[]", text)
    for _ in range(MAX_DEPTH):
        if not brackets:
            return False
        brackets = _INNERMOST.sub(b"", brackets)
    return bool(brackets)


def _depth_by_halves(text: bytes) -> int:
    """Return a bound of how deep values nest: no deeper than brackets open before them, nor than close after them."""
    middle = len(text) // 2
    opened = len(text[:middle].translate(None, _NO_OPENING))
    return max(opened, len(text[middle:].translate(None, _NO_CLOSING))) + 1


def _depth_without_strings(text: bytes) -> int:
    """Return a bound of how deep objects and arrays nest in a text that has no backslash."""
    brackets = b"".join(text.split(b'"')[::2]).translate(None, _BETWEEN_BRACKETS)
    depth = 0
    while brackets and depth < MAX_DEPTH:
        # Either may free a level for the other, so that a round takes one level or two away.
        brackets = brackets.replace(b"{}", b"").replace(b"[]", b"")
        depth += 2
    return depth


def compact(text: bytes) -> bytes:
    """Return JSON text without the blanks outside its strings; all else stays as it stands."""
    return b"".join(_RUN.findall(text))


def members(text: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield name (with its quotes) and value of each member of a compact object, in the order of the text."""
    for piece in elements(text):
        name = _STRING.match(piece)
        if name:
            yield name.group(), piece[name.end() + 1 :]


def elements(text: bytes) -> Iterator[bytes]:
    """Yield what stands between the commas of a compact array or object, in the order of the text."""
    start, depth = 1, 0
    for token in _TOKEN.finditer(text):
        sign = token.group()
        if sign in (b"[", b"{"):
            depth += 1
        elif sign in (b"]", b"}"):
            depth -= 1
        elif sign == b"," and depth == 1:
            yield text[start : token.start()]
            start = token.end()
    if len(text) > 2:
        yield text[start:-1]


def _value_end(text: bytes, start: int, depth: int) -> int:
    if depth > MAX_DEPTH:
        raise NotJsonError(f"nested more than {MAX_DEPTH} levels deep", start)
    first = text[start : start + 1]
    if first in (b"{", b"["):
        return _container_end(text, start, depth)
    if first == b'"':
        return _string_end(text, start)
    word = _WORD_OR_NUMBER.match(text, start)
    if word is None:
        raise NotJsonError("expected a value", start)
    return word.end()


def _container_end(text: bytes, start: int, depth: int) -> int:
    is_object = text[start : start + 1] == b"{"
    closing = b"}" if is_object else b"]"
    at = _blanks(text, start + 1)
    if text[at : at + 1] == closing:
        return at + 1
    while True:
        if is_object:
            at = _after(text, _string_end(text, at), b":")
        at = _blanks(text, _value_end(text, at, depth + 1))
        if text[at : at + 1] == closing:
            return at + 1
        at = _after(text, at, b",")


def _string_end(text: bytes, start: int) -> int:
    string = _STRING.match(text, start)
    if string is None:
        raise NotJsonError("expected a string that ends", start)
    return string.end()


def _after(text: bytes, at: int, sign: bytes) -> int:
    at = _blanks(text, at)
    if text[at : at + 1] != sign:
        raise NotJsonError(f'expected "{sign.decode()}"', at)
    return _blanks(text, at + 1)


def _blanks(text: bytes, at: int) -> int:
    match = _BLANKS.match(text, at)
    return match.end() if match else at
