"""What a look at a machine comes to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from toolkit.errors import Fault, ToolkitError

T = TypeVar("T")


class State(StrEnum):
    """How it stands with one thing."""

    GOOD = "good"
    WARNING = "warning"
    """Usable, and something is to be known of it."""
    LACKING = "lacking"
    """Not there or not usable; something else may stand in for it."""
    MISSING = "missing"
    """Not there or not usable, and nothing works without it."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked for: how it stands, what was found, what it is for, and the command that mends it."""

    name: str
    state: State
    found: str
    purpose: str
    remedy: str = ""


def tried(find: Callable[[], T]) -> T | Fault:
    """Return what `find` finds, or the first fault of the ToolkitError that it raises."""
    try:
        return find()
    except ToolkitError as error:
        return error.faults[0]


def listed(words: list[str], most: int = 5) -> str:
    """Return words in a row; of very many the first ones and how many more there are."""
    more = [f"and {len(words) - most} more"] if len(words) > most else []
    return ", ".join([*words[:most], *more])
