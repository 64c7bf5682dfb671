"""What a channel for alerts is, and what it counts."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Protocol

from toolkit.ruleset.priorities import Priority


@dataclass(frozen=True, slots=True)
class Line:
    """An alert as it is sent: its bytes, without a line's end, and how severe it is."""

    text: bytes
    priority: Priority = Priority.INFORMATIONAL


@dataclass(slots=True)
class Counts:
    """What became of alerts: `sent`, `dropped` by reason, and `failures`, tries that went wrong."""

    sent: int = 0
    failures: int = 0
    dropped: Counter[str] = field(default_factory=Counter)

    @property
    def lost(self) -> int:
        """How many alerts did not get through."""
        return self.dropped.total()

    def words(self) -> str:
        """Return the losses for people: how many of how many, and why."""
        reasons = ", ".join(f"{count} {reason}" for reason, count in self.dropped.items())
        return f"{self.lost} of {self.sent + self.lost} alerts were lost: {reasons}"


class Channel(Protocol):
    """Takes alerts and sees to it that they get where they are to go."""

    name: str
    counts: Counts

    def put(self, line: Line) -> None:
        """Take an alert; what goes wrong is counted."""

    def reopen(self) -> None:
        """Open anew what is open, after a log was rotated."""

    def stop(self) -> None:
        """Take nothing more; what waits is still sent."""

    def close(self, within: float) -> None:
        """Stop, and wait for at most so many seconds until all is sent; what is left then is counted as dropped."""


class RefusedError(Exception):
    """An alert that will not be taken however often it is tried."""


class GoneError(Exception):
    """A place that alerts can never get to again."""


class Sink(Protocol):
    """The far end of a channel; every call may take its time."""

    name: str

    def write(self, line: Line) -> None:
        """Hand over one alert; OSError where trying again may help, else RefusedError or GoneError."""

    def reopen(self) -> None:
        """Open anew what is open. Raises OSError."""

    def close(self) -> None:
        """End. Raises OSError."""

    def abandon(self) -> None:
        """Make a write that hangs in another thread end soon, where that can be done."""
