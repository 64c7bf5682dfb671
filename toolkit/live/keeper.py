"""When a state may be written: once the outputs have the alerts of all that it covers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from toolkit.errors import ToolkitError
from toolkit.live.positions import Kept, StateFile


class Handed(Protocol):
    """What is asked of outputs: how many lines they were given, and how many of these none of them has any more."""

    @property
    def handed(self) -> int:
        """Lines given."""

    @property
    def settled(self) -> int:
        """Lines sent or lost."""


class Keeper:
    """Writes the state that `now` returns into `file`, no sooner than `outputs` have settled what it covers.

    A state that cannot be written is told to `warn`, once until it can be again.
    """

    def __init__(self, file: StateFile, now: Callable[[], Kept], outputs: Handed, warn: Callable[[str], None]) -> None:
        self._file = file
        self._now = now
        self._outputs = outputs
        self._warn = warn
        self._waiting: tuple[int, Kept] | None = None
        self._is_failing = False

    def keep(self) -> None:
        """Write the state of now if its alerts are settled, else that of an earlier call whose alerts are."""
        if self._waiting is None or self._settled_at_last(self._waiting):
            self._waiting = (self._outputs.handed, self._now())
            self._settled_at_last(self._waiting)

    def finish(self) -> None:
        """Write the state of now: outputs are closed, what they did not take is counted as lost."""
        self._write(self._now())

    def _settled_at_last(self, waiting: tuple[int, Kept]) -> bool:
        if self._outputs.settled < waiting[0]:
            return False
        self._write(waiting[1])
        return True

    def _write(self, kept: Kept) -> None:
        try:
            self._file.write(kept)
            self._is_failing = False
        except ToolkitError as error:
            if not self._is_failing:
                self._warn(error.faults[0].message)
            self._is_failing = True
