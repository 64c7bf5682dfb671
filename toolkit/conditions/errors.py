"""The error of a condition: a message in Falco's words and the position it belongs to."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Position:
    """Where a word of a condition starts: `index` counts UTF-8 bytes from 0, `line` and `column` from 1.

    Carriage return and newline each begin a line, and columns are bytes too, as Falco counts them.
    """

    index: int
    line: int
    column: int


START = Position(0, 1, 1)
"""The position of the first byte."""


class ConditionError(Exception):
    """A condition that cannot be parsed or compiled; Falco calls both LOAD_ERR_COMPILE_CONDITION."""

    def __init__(self, message: str, position: Position = START) -> None:
        super().__init__(message)
        self.message = message
        self.position = position

    @property
    def index(self) -> int:
        """The byte, counted from 0, that the error points at."""
        return self.position.index

    @property
    def line(self) -> int:
        """The line, counted from 1, within the condition's text."""
        return self.position.line

    @property
    def column(self) -> int:
        """The column, counted in bytes from 1, within that line."""
        return self.position.column
