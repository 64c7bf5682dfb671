"""What a lint is, what it looks at, and what it says."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from toolkit.places import Place


class Level(StrEnum):
    """How much a finding matters, the gravest first."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"

    def at_least(self, other: Level) -> bool:
        """Return whether this level is as grave as `other`, or graver."""
        levels = list(Level)
        return levels.index(self) <= levels.index(other)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing a lint found: in which item (a rule, macro or list by name), where, and the likely fix."""

    code: str
    level: Level
    message: str
    item: str
    place: Place
    hint: str
    snippet: str | None = None
