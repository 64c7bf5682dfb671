"""Items of rules files as people wrote them: their lines, the words in them, and the comments about lints."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from toolkit.places import Place, caret
from toolkit.ruleset.yaml_nodes import Node, YamlError, read_documents

KINDS = ("list", "macro", "rule")
"""What an item can be; where it has several of these keys the first counts, as in Falco."""

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
        """Return where a word stands outside of comments, and that line with a `^`; None where it does not."""
        pattern = re.compile(rf"(?<![\w./-]){re.escape(word)}(?![\w/-])")
        for number, line in enumerate(self.lines, self.first):
            found = None if line.lstrip().startswith("#") else pattern.search(line)
            if found:
                column = found.start() + 1
                return Place(self.place.file, number, column), caret(line, column)
        return None

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
    lines = text.decode("utf-8", "replace").split("\n")
    nodes = [item for document in documents for item in document.items if item.pairs]
    starts = [_first_line(lines, node.pairs[0][0].mark.line) for node in nodes]
    for node, start, end in zip(nodes, starts, [*starts[1:], len(lines)], strict=True):
        kind = next((kind for kind in KINDS if node.get(kind)), None)
        name = node.get(kind) if kind else None
        if kind and name:
            mark = node.pairs[0][0].mark
            yield Item(
                kind, name.text, Place(file, mark.line + 1, mark.column + 1), start + 1, tuple(lines[start:end]), node
            )


def _first_line(lines: list[str], line: int) -> int:
    """Return the line of an item, or of the first comment right above it, counted from 0."""
    while line > 0 and lines[line - 1].lstrip().startswith("#"):
        line -= 1
    return line
