"""Rules files as trees of nodes, each with the place where it begins, as yaml-cpp gives it."""

from __future__ import annotations

import codecs
import re
from bisect import bisect_left
from dataclasses import dataclass, field
from enum import Enum

from yaml.error import MarkedYAMLError
from yaml.events import (
    AliasEvent,
    DocumentEndEvent,
    DocumentStartEvent,
    Event,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceStartEvent,
    StreamEndEvent,
    StreamStartEvent,
)
from yaml.scanner import ScannerError

from toolkit.ruleset.yaml_dialect import MAX_DEPTH, Dialect

MOST_VALUES = 5_000_000
"""Values of one file, with what an alias names counted wherever the alias stands."""
_A_VALUE = 100
"""So many characters of a text count as a value more."""
_HIDDEN = 0x10F000
# Bytes that PyYAML would read as a line break, an end or a forbidden character are out of its sight.
_DECODING = "".join(chr(byte if 0 < byte < 0x80 else _HIDDEN + byte) for byte in range(256))
_NULLS = frozenset({"", "~", "null", "Null", "NULL"})


class Kind(Enum):
    """What a node is."""

    NULL = "null"
    SCALAR = "scalar"
    SEQUENCE = "sequence"
    MAPPING = "mapping"


@dataclass(frozen=True, slots=True)
class Mark:
    """A place in a file: line and column count from 0, columns and offset in bytes of UTF-8."""

    line: int = 0
    column: int = 0
    offset: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """A value of a rules file; `text` is a scalar's, `items` a sequence's, `pairs` a mapping's with every duplicate.

    An alias is the very node that it names, so a tree can hold itself.
    """

    kind: Kind
    mark: Mark
    text: str = ""
    items: list[Node] = field(default_factory=list)
    pairs: list[tuple[Node, Node]] = field(default_factory=list)

    def get(self, key: str) -> Node | None:
        """Return the value of the first pair with this key, or None; anything but a mapping has none."""
        return next((value for name, value in self.pairs if name.kind is Kind.SCALAR and name.text == key), None)


class YamlError(Exception):
    """A text that is not YAML, or that means more values than anybody wrote; and where that shows."""

    def __init__(self, message: str, mark: Mark, *, is_too_large: bool = False) -> None:
        super().__init__(message)
        self.message = message
        self.mark = mark
        self.is_too_large = is_too_large


def read_documents(data: bytes) -> list[Node]:
    """Return the documents of a rules file; raise YamlError where it is not YAML."""
    data = _as_utf8(data)
    builder = _Builder(data)
    parser = Dialect(codecs.charmap_decode(data, "strict", _DECODING)[0])
    try:
        while parser.check_event():
            builder.add(parser.get_event())  # type: ignore[no-untyped-call]
    except MarkedYAMLError as error:
        raise _yaml_error(error, builder) from None
    except (ValueError, OverflowError):
        raise YamlError("invalid unicode", builder.mark(parser.index + 8)) from None
    return builder.documents


def _as_utf8(data: bytes) -> bytes:
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", "replace").encode()
    return data.removeprefix(codecs.BOM_UTF8)


def _yaml_error(error: MarkedYAMLError, builder: _Builder) -> YamlError:
    problem = str(error.problem)
    offset = (error.problem_mark.index if error.problem_mark else 0) + _read_on(problem)
    return YamlError(_seen(problem), builder.mark(offset, at_end_of_line=isinstance(error, ScannerError)))


def _read_on(problem: str) -> int:
    """Return how many characters yaml-cpp has read past the place where PyYAML stops."""
    if problem.startswith("found unknown escape character"):
        return 1
    digits = re.match(r"expected escape sequence of (\d) hexadecimal", problem)
    return int(digits[1]) if digits else 0


def _seen(text: str) -> str:
    """Turn hidden bytes back into the characters they were."""
    if text.isascii():
        return text
    octets = b"".join(
        bytes([ord(char) - _HIDDEN]) if _HIDDEN <= ord(char) < _HIDDEN + 256 else char.encode("utf-8", "surrogatepass")
        for char in text
    )
    return octets.decode("utf-8", "surrogateescape")


class _Builder:
    """Makes nodes of events; collections nest on its own stack."""

    def __init__(self, data: bytes) -> None:
        self.documents: list[Node] = []
        self._length = len(data)
        self._line_ends = [at for at, byte in enumerate(data) if byte == 0x0A]
        self._anchors: dict[str, Node] = {}
        self._open: list[Node] = []
        self._sizes: dict[int, int] = {}
        self._begun: list[int] = []
        self._values = 0
        self._keys: list[Node | None] = []

    def mark(self, offset: int, *, at_end_of_line: bool = False) -> Mark:
        """Return the place of an offset; what is found at the end of the text counts as in column 0."""
        offset = min(offset, self._length)
        line = bisect_left(self._line_ends, offset)
        column = offset - (self._line_ends[line - 1] + 1 if line else 0)
        if offset >= self._length and not at_end_of_line:
            column = 0
        return Mark(line, column, offset)

    def add(self, event: Event) -> None:
        """Take the next event."""
        if isinstance(event, DocumentStartEvent):
            self._anchors = {}
        elif isinstance(event, NodeEvent):
            self._add_node(event)
        elif not isinstance(event, StreamStartEvent | StreamEndEvent | DocumentEndEvent):
            node = self._open.pop()
            self._sizes[id(node)] = self._values - self._begun.pop()
            self._keys.pop()

    def _add_node(self, event: NodeEvent) -> None:
        mark = self.mark(event.start_mark.index if event.start_mark else 0)
        node = self._alias(event, mark) if isinstance(event, AliasEvent) else self._node(event, mark)
        self._count(node, mark)
        self._place(node)
        if isinstance(event, SequenceStartEvent | MappingStartEvent):
            if len(self._open) >= MAX_DEPTH:
                raise YamlError("collections are nested too deep", mark)
            self._open.append(node)
            self._begun.append(self._values)
            self._keys.append(None)

    def _count(self, node: Node, mark: Mark) -> None:
        """Count a value; an alias as what it stands for, and a text the more the longer it is."""
        self._values += 1 + self._sizes.get(id(node), 0) + len(node.text) // _A_VALUE
        if self._values > MOST_VALUES:
            message = f"more than {MOST_VALUES:,} values in one file; what an alias stands for counts each time"
            raise YamlError(message, mark, is_too_large=True)

    def _alias(self, event: AliasEvent, mark: Mark) -> Node:
        name = str(event.anchor)
        if name not in self._anchors:
            raise YamlError(f"the referenced anchor is not defined: {_seen(name)}", mark)
        return self._anchors[name]

    def _node(self, event: NodeEvent, mark: Mark) -> Node:
        if isinstance(event, ScalarEvent):
            is_null = event.tag is None and not event.style and event.value in _NULLS
            node = Node(Kind.NULL if is_null else Kind.SCALAR, mark, _seen(event.value))
        else:
            node = Node(Kind.SEQUENCE if isinstance(event, SequenceStartEvent) else Kind.MAPPING, mark)
        if event.anchor is not None:
            self._anchors[event.anchor] = node
        return node

    def _place(self, node: Node) -> None:
        if not self._open:
            self.documents.append(node)
        elif self._open[-1].kind is Kind.SEQUENCE:
            self._open[-1].items.append(node)
        elif self._keys[-1] is None:
            self._keys[-1] = node
        else:
            self._open[-1].pairs.append((self._keys[-1], node))
            self._keys[-1] = None
