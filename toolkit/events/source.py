"""A JSON value as it stands in its source, opened level by level and no further than somebody looks."""

from __future__ import annotations

from typing import Any

import msgspec

from toolkit.events import lenient
from toolkit.events.strings import unquote, unquote_like_fastjson

_OBJECT = msgspec.json.Decoder(dict[str, msgspec.Raw])
_ARRAY = msgspec.json.Decoder(list[msgspec.Raw])
_NULL = b"null"


class Source:
    """A value by its compact text (bytes): members in source order, numbers and escapes as they stand.

    `first` and `last` say which of several members of one name counts; mostly there is one.
    """

    __slots__ = ("_elements", "_first", "_last", "_names", "_texts", "text")

    def __init__(self, text: bytes) -> None:
        self.text = text
        self._texts: dict[str, bytes] | None = None
        self._first: dict[str, Source] = {}
        self._last = self._first
        self._names: list[str] | None = None
        self._elements: list[Source] | None = None

    @property
    def is_object(self) -> bool:
        """Whether an object stands here."""
        return self.text.startswith(b"{")

    @property
    def is_array(self) -> bool:
        """Whether an array stands here."""
        return self.text.startswith(b"[")

    @property
    def is_string(self) -> bool:
        """Whether a string stands here."""
        return self.text.startswith(b'"')

    @property
    def is_null(self) -> bool:
        """Whether null stands here."""
        return self.text == _NULL

    @property
    def names(self) -> list[str]:
        """The names of an object's members in source order, repeated ones as often as they stand; else nothing."""
        texts = self._open()
        return list(texts) if self._names is None else self._names

    @property
    def elements(self) -> list[Source]:
        """The elements of an array; nothing of any other value."""
        if self._elements is None:
            self._elements = [Source(text) for text in _element_texts(self.text)] if self.is_array else []
        return self._elements

    def first(self, *path: str) -> Source | None:
        """Return the value that a path of member names leads to, the first of equal names; None where there is none."""
        at: Source | None = self
        for name in path:
            if at is None:
                return None
            at = at._member(name)
        return at

    def last(self, *path: str) -> Source | None:
        """Return the value that a path of member names leads to, the last of equal names; None where there is none."""
        at: Source | None = self
        for name in path:
            if at is None:
                return None
            at = at._member(name, last=True)
        return at

    def json(self) -> str:
        """Return the text as it stands; bytes that are not UTF-8 become U+FFFD."""
        return self.text.decode("utf-8", "replace")

    def words(self) -> str:
        """Return what a string says, and the text as it stands of every other value."""
        return unquote(self.text) if self.is_string else self.json()

    def words_like_fastjson(self) -> str:
        """Return the same as `words`, with strings read as the published plugins read them."""
        return unquote_like_fastjson(self.text) if self.is_string else self.json()

    def scalar(self) -> str | None:
        """Return the words of a string, number or boolean; None of null, objects and arrays."""
        return None if self.text[:1] in (b"{", b"[") or self.is_null else self.words()

    def plain(self) -> Any:
        """Return the value as Python has it; the last of equal names counts, and numbers may be infinite."""
        if self.is_object:
            return {name: member.plain() for name in self._open() if (member := self.last(name))}
        if self.is_array:
            return [element.plain() for element in self.elements]
        return self.words() if self.is_string else _plain_word(self.text)

    def _member(self, name: str, *, last: bool = False) -> Source | None:
        texts = self._open()
        known = self._last if last else self._first
        member = known.get(name)
        if member is None and name in texts:
            member = known[name] = Source(texts[name])
        return member

    def _open(self) -> dict[str, bytes]:
        """Return the text of each member; where names are repeated, the members are all made at once."""
        if self._texts is None:
            self._texts = self._read_members() if self.is_object else {}
        return self._texts

    def _read_members(self) -> dict[str, bytes]:
        try:
            raw = _OBJECT.decode(self.text)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            raw = {}
        texts = dict(zip(raw, map(bytes, raw.values()), strict=True))
        # Quotes, colon and comma are four bytes a member; a sum that falls short tells of repeated or escaped names.
        size = sum(map(len, texts)) + sum(map(len, texts.values())) + 4 * len(texts)
        return texts if size + 1 == len(self.text) else self._read_repeated_members()

    def _read_repeated_members(self) -> dict[str, bytes]:
        self._names, self._last = [], {}
        texts: dict[str, bytes] = {}
        for name, value in lenient.members(self.text):
            key, member = unquote_like_fastjson(name), Source(value)
            self._names.append(key)
            self._last[key] = member
            self._first.setdefault(key, member)
            texts[key] = value
        return texts


def _element_texts(text: bytes) -> list[bytes]:
    try:
        return [bytes(element) for element in _ARRAY.decode(text)]
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return list(lenient.elements(text))


def _plain_word(text: bytes) -> Any:
    words: dict[bytes, Any] = {b"true": True, b"false": False, _NULL: None}
    if text in words:
        return words[text]
    try:
        return int(text) if text.lstrip(b"-").isdigit() and len(text) < 4000 else float(text)
    except ValueError:
        return text.decode()
