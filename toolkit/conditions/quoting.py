"""What stands between quotes: reading escapes, and writing a value so that it reads back."""

from __future__ import annotations

import re

from toolkit.conditions.grammar import BARE_ARGUMENT, BARE_STRING, HEX, NUMBER

_ESCAPES = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "\\": "\\", "/": "/"}
_WRITTEN = {"\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\\": "\\\\", '"': '\\"'}
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_NEVER_BARE = re.compile(r"[\\\x00-\x1f\x7f]")


def unquote(raw: str, quote: str) -> str:
    """Return what the text between two `quote` characters says; raise ValueError in Falco's words."""

    def replace(found: re.Match[str]) -> str:
        char = found.group(1)
        if char == " ":
            return "\\"  # an old slip that rules came to rely on: backslash and blank are one backslash
        if char == quote:
            return quote
        if char in "'\"":
            raise ValueError(f"invalid \\{char} escape in {quote}-quoted string")
        if char not in _ESCAPES:
            raise ValueError(f"unsupported string escape sequence: \\{char}")
        return _ESCAPES[char]

    return _ESCAPE.sub(replace, raw)


def quote(value: str) -> str:
    """Return the value in double quotes, escaped so that it reads back the same."""
    written = "".join(_WRITTEN.get(char, char) for char in value)
    # A quote behind a backslash does not close, however many backslashes there are.
    return f'"{written[:-1]} "' if value.endswith("\\") else f'"{written}"'


def value_text(value: str) -> str:
    """Return a right-hand value bare where that is possible, else quoted."""
    return value if BARE_STRING.fullmatch(value) and not _NEVER_BARE.search(value) else quote(value)


def argument_text(argument: str) -> str:
    """Return a field's argument as it stands between the brackets."""
    return argument if BARE_ARGUMENT.fullmatch(argument) else quote(argument)


def constant_text(value: str) -> str:
    """Return a constant inside a transformer: a number bare, everything else quoted."""
    return value if HEX.fullmatch(value) or NUMBER.fullmatch(value) else quote(value)
