"""What a lint is, and what it says."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from toolkit.places import Place

if TYPE_CHECKING:
    from toolkit.lints.subject import Owner, Subject


class Level(StrEnum):
    """How much a finding matters, the gravest first."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"

    def is_at_least(self, other: Level) -> bool:
        """Return whether this level is as grave as `other`, or graver."""
        levels = list(Level)
        return levels.index(self) <= levels.index(other)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a lint found: in which item (`rule Exec Pod`), where, and the likely fix.

    `rule` is the rule's name, None where the item is a macro or a list. `snippet` is the source with a `^` below it.
    """

    code: str
    level: Level
    message: str
    item: str
    rule: str | None
    place: Place
    hint: str
    snippet: str = ""


@dataclass(frozen=True, slots=True)
class Problem:
    """What a lint says about a rule or macro, before its place is looked up.

    It stands where one of `words` does, the first that is found; the item of `owner` itself is looked at first.
    """

    owner: Owner
    message: str
    hint: str
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Lint:
    """A lint: its code, its level, what it is about in one line, and how it looks.

    `needs_ruleset` is False where it works on files that do not load, too.
    """

    code: str
    level: Level
    title: str
    look: Callable[[Subject], Iterator[Problem]]
    needs_ruleset: bool = True
