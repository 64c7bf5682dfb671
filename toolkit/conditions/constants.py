"""Right-hand words as values of the left side's type, and the warnings about words that look like a slip."""

from __future__ import annotations

import re
from collections.abc import Iterator

from toolkit.conditions.grammar import TRANSFORMERS, VAL
from toolkit.conditions.transformers import Scalar
from toolkit.fields.model import FieldType
from toolkit.texts import number

_NUMBER = re.compile(r"[ \t\n\v\f\r]*([+-]?)([0-9]+)")
_WHITE_SPACE = re.compile(r"[ \t\n\v\f\r]+")
_MAXIMUM = 2**64 - 1
_SPECIAL = frozenset(".+*?^$()[]{}|\\")
_SIMPLER = "'=', 'contains', 'startswith', 'endswith'"


def constant_value(text: str, field_type: FieldType) -> Scalar:
    """Return what a right-hand word is worth for a type; raise ValueError in Falco's words."""
    if field_type is FieldType.STRING:
        return text
    if field_type is FieldType.BOOL:
        if text not in ("true", "false"):
            raise ValueError(f"filter error: unrecognized boolean value {text}")
        return text == "true"
    return _number(text)


def _number(text: str) -> int:
    """Read an unsigned 64 bit number as C's strtoull does: too large is the maximum, negative wraps around."""
    found = _NUMBER.fullmatch(text)
    if not found:
        raise ValueError(f"{text} is not a valid number")
    magnitude = number(found[2], _MAXIMUM)
    if magnitude > _MAXIMUM:
        return _MAXIMUM
    return -magnitude % 2**64 if found[1] == "-" else magnitude


def without_white_space(text: str) -> str:
    """Return the text as the warnings look at it."""
    return _WHITE_SPACE.sub("", text)


def regex_warnings(pattern: str) -> Iterator[str]:
    """Yield Falco's advice on a pattern that uses nothing a simpler operator could not do."""
    if not _needs_regex(pattern):
        yield f"regex check with '{pattern}' may be optimized with simpler operators such as {_SIMPLER}"


def _needs_regex(pattern: str) -> bool:
    """Return whether a special character stands elsewhere than in anchors and `.*` at the ends."""
    last, at = len(pattern) - 1, 0
    while at <= last:
        anchor = (at == 0 and pattern[at] == "^") or (at == last and pattern[at] == "$")
        at_an_end = (at == 0 and last > 0) or at == last - 1
        if at_an_end and pattern[at] == "." and pattern[at + 1] in "+*?":
            at += 1
        elif not anchor and pattern[at] in _SPECIAL:
            return True
        at += 1
    return False


def transformer_warnings(text: str) -> Iterator[str]:
    """Yield Falco's doubt about a word that is written like a transformer call."""
    bare = without_white_space(text)
    for name in (VAL, *TRANSFORMERS):
        if bare.startswith(f"{name}(") and bare.endswith(")"):
            yield f"'{text}' may be a valid field transformer misused as a const string value"


def field_warning(text: str) -> str:
    """Return Falco's doubt about a word that names a field."""
    return f"'{text}' may be a valid field misused as a const string value"
