"""Priorities of rules, from the most severe to the least, in the words that Falco reads and writes."""

from __future__ import annotations

from enum import IntEnum


class Priority(IntEnum):
    """How severe a rule is; 0 is the most severe."""

    EMERGENCY = 0
    ALERT = 1
    CRITICAL = 2
    ERROR = 3
    WARNING = 4
    NOTICE = 5
    INFORMATIONAL = 6
    DEBUG = 7

    @property
    def in_alerts(self) -> str:
        """The word in alerts."""
        return _IN_ALERTS[self]

    @property
    def in_statistics(self) -> str:
        """The word in the closing statistics."""
        return "INFO" if self is Priority.INFORMATIONAL else self.name


_IN_ALERTS = tuple(priority.name.capitalize() for priority in Priority)


def parse_priority(text: str) -> Priority | None:
    """Return the priority that a word of any case names, or None."""
    word = text.upper()
    return Priority.INFORMATIONAL if word == "INFO" else Priority.__members__.get(word)
