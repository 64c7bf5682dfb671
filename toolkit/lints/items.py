"""Items of rules files as people wrote them: their lines, the words in them, and the comments about lints."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

from toolkit.places import Place, caret
from toolkit.ruleset.yaml_nodes import Node, YamlError, read_documents

KINDS = ("list", "macro", "rule")
"""What an item can be; where it has several of these keys the first counts, as in Falco."""

_PROSE = frozenset({*KINDS, "desc"})
_IGNORE = re.compile(r"#\s*toolkit:\s*ignore\[([^\]]*)\]\s*(.*)")


@dataclass(frozen=True, slots=True)
class Ignore:
    """A comment that silences lints in its item, and the reason it gives."""

    codes: tuple[str, ...]
    reason: str
    place: Place


@dataclass(frozen=True, slots=True)
class Item:
    """An item of a file: its kind and name, where it begins, its lines, and the comment lines right above it.

    `first` is the number, from 1, of the first of `lines`.
    """

    kind: str
    name: str
    place: Place
    first: int
    lines: tuple[str, ...]
    node: Node

    def __str__(self) -> str:
        """Name the item: `rule Exec Pod`."""
        return f"{self.kind} {self.name}"

    def find(self, word: str) -> tuple[Place, str] | None:
        """Return where a word stands outside of comments, name and description, and that line with a `^`; or None."""
        pattern = re.compile(rf"(?<![\w./-]){re.escape(word)}(?![\w/-])")
        prose = self._prose()
        for number, line in enumerate(self.lines, self.first):
            found = None if line.lstrip().startswith("#") or number in prose else pattern.search(line)
            if found:
                column = found.start() + 1
                return Place(self.place.file, number, column), caret(line, column)
        return None

    def _prose(self) -> set[int]:
        """Return the numbers of the lines that only people read."""
        starts = [key.mark.line + 1 for key, _ in self.node.pairs]
        ends = [*starts[1:], self.first + len(self.lines)]
        spans = zip(self.node.pairs, starts, ends, strict=True)
        return {number for (key, _), start, end in spans if key.text in _PROSE for number in range(start, end)}

    def head(self) -> tuple[Place, str]:
        """Return where the item begins, and that line with a `^`."""
        line, column = self.place.line or 1, self.place.column or 1
        return self.place, caret(self.lines[line - self.first], column)

    def ignores(self) -> Iterator[Ignore]:
        """Yield the comments that silence lints in this item."""
        for number, line in enumerate(self.lines, self.first):
            found = _IGNORE.search(line)
            if found:
                codes = tuple(code.strip() for code in found[1].split(",") if code.strip())
                yield Ignore(codes, found[2].strip(), Place(self.place.file, number, found.start() + 1))


def read_items(contents: Mapping[str, bytes]) -> tuple[Item, ...]:
    """Return the items of rules files, by file name and text; what is not YAML has none."""
    return tuple(item for file, text in contents.items() for item in _items(file, text))


def _items(file: str, text: bytes) -> Iterable[Item]:
    try:
        documents = read_documents(text)
    except YamlError:
        return
    lines = [line.removesuffix("\r") for line in _decoded(text).split("\n")]
    nodes = [item for document in documents for item in document.items if item.pairs]
    starts = [_first_line(lines, node.pairs[0][0].mark.line) for node in nodes]
    for node, (start, end) in zip(nodes, pairwise([*starts, len(lines)]), strict=True):
        kind = next((kind for kind in KINDS if node.get(kind)), None)
        name = node.get(kind) if kind else None
        if kind and name:
            mark = node.pairs[0][0].mark
            yield Item(
                kind, name.text, Place(file, mark.line + 1, mark.column + 1), start + 1, tuple(lines[start:end]), node
            )


def _decoded(text: bytes) -> str:
    utf16 = text.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    return text.decode("utf-16" if utf16 else "utf-8-sig", "replace")


def _first_line(lines: list[str], line: int) -> int:
    """Return the line of an item, or of the first comment right above it, counted from 0."""
    while line > 0 and lines[line - 1].lstrip().startswith("#"):
        line -= 1
    return line
