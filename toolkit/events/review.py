"""One line of a log: a review with its place, or the reason why it is none."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import orjson

from toolkit.events.source import Source
from toolkit.places import Place


@dataclass(frozen=True)
class Review:
    """An AdmissionReview as it was logged.

    `line` counts from 1; `text` is the compact line (what `evt.plugininfo` shows); `time_ns` counts nanoseconds since
    1970, 0 where the line has no readable time, and then `time_fault` says why.
    """

    file: str
    line: int
    text: bytes = field(repr=False)
    time_ns: int
    time_fault: str | None = None

    @property
    def place(self) -> Place:
        """Where the review stands."""
        return Place(self.file, self.line)

    @cached_property
    def source(self) -> Source:
        """The review as it stands in the line: members in order, numbers and escapes as written."""
        return Source(self.text)

    @cached_property
    def data(self) -> dict[str, Any]:
        """The review as Python values; the last of equal names counts."""
        try:
            parsed = orjson.loads(self.text)
        except orjson.JSONDecodeError:  # numbers and halves of surrogate pairs that orjson does not take
            parsed = self.source.plain()
        return dict(parsed)

    @cached_property
    def uid(self) -> str | None:
        """The text of `request.uid`."""
        uid = self.source.last("request", "uid")
        return uid.scalar() if uid else None

    def source_text(self, *path: str) -> str | None:
        """Return the source's own text of a member (`"request", "object", "data"`), or None where there is none."""
        found = self.source.last(*path)
        return found.json() if found else None


@dataclass(frozen=True, slots=True)
class BrokenLine:
    """A line that is no review, and why; `line` counts from 1."""

    file: str
    line: int
    reason: str

    @property
    def place(self) -> Place:
        """Where the line stands."""
        return Place(self.file, self.line)

    def __str__(self) -> str:
        """Render as `file:line: reason`."""
        return f"{self.place}: {self.reason}"
