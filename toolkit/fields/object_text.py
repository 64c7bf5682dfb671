"""The objects of a request as they stand in the line, looked into along JSON pointers no further than needed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import msgspec
from msgspec import Raw

from toolkit.events import lenient, strict
from toolkit.events.strings import unquote_like_fastjson
from toolkit.fields.extractor import ended
from toolkit.fields.json_fields import index_of
from toolkit.fields.model import Value
from toolkit.fields.projection import UNFILLED, OddShapeError

FRAME = b'{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","request":'
"""How every line of the recorder begins."""

_BEFORE_OBJECTS = len(FRAME) + len(
    '{"uid":"","kind":{"group":"","version":"v1","kind":""},"resource":{},"operation":""'
)
"""More than this stands before the objects of a request; where it is less, the line is read the general way."""
_OBJECT = b',"object":'
_OLD_OBJECT = b',"oldObject":'
_MEMBERS = msgspec.json.Decoder(dict[str, Raw]).decode
_ELEMENTS = msgspec.json.Decoder(list[Raw]).decode
_encode = msgspec.json.Encoder().encode


class _Before(msgspec.Struct):
    """The members of a request before its objects, so neither of these."""

    object: UNFILLED = 0
    oldObject: UNFILLED = 0  # noqa: N815


_CHECK_BEFORE = msgspec.json.Decoder(_Before).decode


class ObjectTexts:
    """The text of `request.object` and `request.oldObject` in a line, whose last ones `request` holds.

    Making it raises OddShapeError, or msgspec's errors, where one of them may not be the first of its name, too.
    """

    __slots__ = ("_line", "is_too_deep", "opened", "texts")

    def __init__(self, line: bytes, request: Any) -> None:
        self._line = line
        self.texts = _texts(line, bytes(request.object), bytes(request.oldObject))
        self.opened: dict[str, dict[str, Raw]] = {}
        self.is_too_deep: bool | None = None

    def check_depth(self) -> None:
        """Raise OddShapeError where the line nests too deep for JSON pointers."""
        if self.is_too_deep is None:
            self.is_too_deep = lenient.is_too_deep(self._line)
        if self.is_too_deep:
            raise OddShapeError

    def members(self, way: str, text: bytes) -> dict[str, Raw]:
        """Return the members of an object's text, and keep them under the name of their place.

        Raises OddShapeError where names are repeated or escaped, or blanks stand between the members.
        """
        found = _MEMBERS(text)
        if _encode(found) != text:
            raise OddShapeError
        self.opened[way] = found
        return found


def _texts(line: bytes, last: bytes, last_old: bytes) -> dict[str, bytes]:
    at = line.find(_OBJECT, _BEFORE_OBJECTS)
    if at < 0 or not line.startswith(FRAME):
        raise OddShapeError
    # What stands before is whole when closed here, so this is a member of the request, and the first of its name.
    _CHECK_BEFORE(line[len(FRAME) : at] + b"}")
    objects = b"".join((_OBJECT, last, _OLD_OBJECT, last_old))
    if not (line.startswith(objects, at) and line.startswith((b",", b"}"), at + len(objects))):
        raise OddShapeError
    return {"object": last, "oldObject": last_old}


def pointer_reader(member: str, rest: Sequence[str]) -> Callable[[ObjectTexts], Value]:
    """Return what reads the value at a JSON pointer below one of the objects."""
    ways = [(f"{member}/{'/'.join(rest[:number])}", token) for number, token in enumerate(rest)]

    def read(objects: ObjectTexts) -> Value:
        text = objects.texts[member]
        for way, token in ways:
            if text.startswith(b"{"):
                raw = (objects.opened.get(way) or objects.members(way, text)).get(token)
            elif text.startswith(b"["):
                raw = _element(text, token)
            else:
                return None
            if raw is None:
                return None
            text = bytes(raw)
        if objects.is_too_deep is not False:
            objects.check_depth()
        return ended(_words(text))

    return read


def _words(text: bytes) -> str:
    if text.startswith(b'"'):
        return unquote_like_fastjson(text)
    if not text.startswith((b"{", b"[")):
        return text.decode()
    try:
        compact: bytes = msgspec.json.format(text, indent=-1)
    except (msgspec.MsgspecError, RecursionError):
        compact = strict.compact(text)
    return compact.decode()


def _element(text: bytes, token: str) -> Raw | None:
    index = index_of(token)
    elements = _ELEMENTS(text)
    return elements[index] if 0 <= index < len(elements) else None
