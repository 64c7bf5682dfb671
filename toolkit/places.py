"""Where something stands: a file, a line, a column, and how to show it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Place:
    """A position in a file; line and column count from 1, and None means the file (or line) as a whole."""

    file: str
    line: int | None = None
    column: int | None = None

    def __str__(self) -> str:
        """Render as `file:line:column`, leaving out what is not known."""
        return ":".join(str(part) for part in (self.file, self.line, self.column) if part is not None)

    def moved(self, lines: int | None) -> Place:
        """Return the place so many lines further down; with None, where nobody knows how many, the file as a whole."""
        return replace(self, line=None if self.line is None or lines is None else self.line + lines)


def caret(text: str, column: int) -> str:
    """Return one line of source with a `^` under its 1-based column, cut to what fits a terminal."""
    start = max(0, column - 61)
    cut = text[start : start + 110]
    return f"{cut}\n{' ' * (column - 1 - start)}^"


def shown(path: Path) -> str:
    """Return a path as people know it: from the current folder where it lies below."""
    try:
        return str(path.resolve().relative_to(Path.cwd()))
    except ValueError:
        return str(path)
