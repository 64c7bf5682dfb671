"""What a JSON string says: its text without quotes and escapes."""

from __future__ import annotations

import json
import re

import msgspec

_DECODER = msgspec.json.Decoder(str)
_SURROGATE = re.compile("[\ud800-\udfff]")
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|.)", re.DOTALL)
_SIMPLE = {'"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}


def unquote(text: bytes) -> str:
    """Return what a JSON string says; bytes that are not UTF-8 and halves of surrogate pairs become U+FFFD."""
    if b"\\" not in text:
        return text[1:-1].decode("utf-8", "replace")
    try:
        return _DECODER.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return _without_halves(text)


def unquote_like_fastjson(text: bytes) -> str:
    """Return what a JSON string says to fastjson, which leaves unknown escapes and lone halves of pairs as they stand.

    Bytes that are not UTF-8 become U+FFFD.
    """
    if b"\\" not in text:
        return text[1:-1].decode("utf-8", "replace")
    try:
        return _DECODER.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return _best_effort(text[1:-1].decode("utf-8", "replace"))


def _without_halves(text: bytes) -> str:
    decoded = text.decode("utf-8", "replace")
    try:
        return _SURROGATE.sub("\ufffd", json.loads(decoded, strict=False))
    except ValueError:
        return _SURROGATE.sub("\ufffd", _best_effort(decoded[1:-1]))


def _best_effort(text: str) -> str:
    done: list[str] = []
    at = 0
    while escape := _ESCAPE.search(text, at):
        said, length = _escape(text, escape)
        done += text[at : escape.start()], said
        at = escape.start() + length
    return "".join([*done, text[at:]])


def _escape(text: str, escape: re.Match[str]) -> tuple[str, int]:
    code = escape.group(1)
    if len(code) == 1:
        return _SIMPLE.get(code, escape.group()), 2
    unit = int(code[1:], 16)
    if not 0xD800 <= unit <= 0xDFFF:
        return chr(unit), 6
    other = _ESCAPE.match(text, escape.end())
    if other is None or len(other.group(1)) == 1:
        return escape.group(), 6
    return _pair(unit, int(other.group(1)[1:], 16)), 12


def _pair(high: int, low: int) -> str:
    if high < 0xDC00 <= low <= 0xDFFF:
        return chr(0x10000 + ((high - 0xD800) << 10) + low - 0xDC00)
    return "\ufffd"
