"""Text that came from outside, made fit for JSON and for terminals."""

from __future__ import annotations

import re
from typing import Any

_SURROGATE = re.compile("[\ud800-\udfff]")


def number(digits: str, most: int) -> int:
    """Return the whole number that decimal digits stand for, however many; one beyond `most` comes out as larger."""
    significant = digits.lstrip("0")
    return int(significant or "0") if len(significant) <= len(str(most)) else most + 1


def shortened(text: str, most: int = 80) -> str:
    """Return the text, or its beginning and `…` where it is longer than so many characters."""
    return text if len(text) <= most else f"{text[: most - 1]}…"


def valid(text: str) -> str:
    """Return the text with U+FFFD for what was not UTF-8 when it was read, and for halves of surrogate pairs."""
    try:
        return text if text.isascii() else text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    except UnicodeEncodeError:
        return _SURROGATE.sub("\ufffd", text)


def visible(text: str) -> str:
    """Return the text with control and other invisible characters written out, line ends and tabs excepted."""
    return "".join(each if each.isprintable() or each in "\n\t" else repr(each)[1:-1] for each in valid(text))


def encode_json(document: Any, option: int | None = None) -> bytes:
    """Return a document as JSON, its texts made valid; `option` is orjson's."""
    import orjson

    try:
        return orjson.dumps(document, option=option)
    except TypeError:
        return orjson.dumps(_made_valid(document), option=option)


def _made_valid(value: Any) -> Any:
    if isinstance(value, str):
        return valid(value)
    if isinstance(value, dict):
        return {_made_valid(key): _made_valid(member) for key, member in value.items()}
    return [_made_valid(element) for element in value] if isinstance(value, list | tuple) else value
