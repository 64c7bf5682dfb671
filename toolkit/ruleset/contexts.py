"""The way from a rules file down to the place that an error or a warning is about, as Falco reports it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from toolkit.conditions.errors import Position
from toolkit.ruleset.yaml_nodes import Mark, Node

SNIPPET_WIDTH = 160
_NEWLINE = 0x0A
_NAME_LENGTH = 20


@dataclass(frozen=True, slots=True)
class Location:
    """One step of the way: what it is, its name, the file (or condition) it stands in, and where."""

    item_type: str
    item_name: str
    file: str
    mark: Mark

    def as_json(self) -> dict[str, Any]:
        """Return the location as `falco_load_results` holds it."""
        position = {
            "name": self.file,
            "line": self.mark.line,
            "column": self.mark.column,
            "offset": self.mark.offset,
        }
        return {"item_type": self.item_type, "item_name": self.item_name, "position": position}


@dataclass(frozen=True, slots=True)
class Context:
    """Locations from the file downwards; `condition` is the text that the last one is about, where it is one.

    Falco adds the numbers of a place in a condition to those of the condition; `position` has them by themselves.
    """

    locations: tuple[Location, ...]
    condition: str | None = None
    position: Position | None = None

    @property
    def file(self) -> str:
        """The name of the rules file."""
        return self.locations[0].file

    @property
    def mark(self) -> Mark:
        """Where the last location is."""
        return self.locations[-1].mark

    @property
    def whole_file(self) -> Context:
        """The context of the rules file that this one lies in."""
        return Context(self.locations[:1])

    def at(self, mark: Mark, item_type: str, item_name: str = "") -> Context:
        """Return the context of a place within this one."""
        return Context((*self.locations, Location(item_type, item_name, self.file, mark)))

    def of(self, node: Node, item_type: str, item_name: str = "") -> Context:
        """Return the context of a node within this one."""
        return self.at(node.mark, item_type, item_name)

    def in_condition(self, condition: str, position: Position) -> Context:
        """Return the context of a position in a condition; Falco adds its numbers to those of this place."""
        mark = self.mark
        summed = Mark(mark.line + position.line, mark.column + position.column, mark.offset + position.index)
        location = Location("condition expression", "", _condition_name(condition), summed)
        return Context((*self.locations, location), condition, position)

    def snippet(self, contents: dict[str, bytes]) -> str:
        """Return the line that the context is about and a `^` below it; `contents` are the files by name."""
        text = self.condition.encode("utf-8", "surrogateescape") if self.condition else contents[self.file]
        return _snippet(text, self.mark.offset)

    def as_json(self, contents: dict[str, bytes]) -> dict[str, Any]:
        """Return the context as `falco_load_results` holds it."""
        return {"locations": [location.as_json() for location in self.locations], "snippet": self.snippet(contents)}


def file_context(file: str) -> Context:
    """Return the context of a rules file as a whole."""
    return Context((Location("rules content", "", file, Mark()),))


def _condition_name(condition: str) -> str:
    octets = condition.encode("utf-8", "surrogateescape")
    short = octets if len(octets) <= _NAME_LENGTH else octets[: _NAME_LENGTH - 3] + b"..."
    return f'"{short.decode("utf-8", "replace")}"'.replace("\n", " ").replace("\r", " ")


def _snippet(text: bytes, offset: int) -> str:
    if not text:
        return "<No context available>\n"
    at = offset
    while at > 0 and (at >= len(text) or text[at] == _NEWLINE):
        at = min(at, len(text)) - 1
    start, end = _line_around(text, at)
    line = text[start : end + 1]
    if not line:
        return "<No context available>\n"
    if at - start >= SNIPPET_WIDTH // 2:
        line = b"..." + line[3:]
    if end - at >= SNIPPET_WIDTH // 2:
        line = line[:-3] + b"..."
    marker = f"{' ' * (at - start)}^\n" if at - start <= len(line) else ""
    return f"{line.decode('utf-8', 'replace')}\n{marker}"


def _line_around(text: bytes, at: int) -> tuple[int, int]:
    """Return the first and last index of the line around `at`, at most half a snippet away from it."""
    half = SNIPPET_WIDTH // 2
    start = max(text.rfind(b"\n", 0, at + 1) + 1 if text[at] != _NEWLINE else at + 1, at - half)
    newline = text.find(b"\n", at)
    end = min(newline - 1 if newline >= 0 else len(text) - 1, at + half)
    return start, end
