"""Faults, the error that carries them, and the one table of exit codes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import IntEnum

from toolkit.places import Place


class ExitCode(IntEnum):
    """What a command's exit status says, the same for every command."""

    GOOD = 0
    CHECK_FAILED = 1
    USAGE = 2
    BAD_INPUT = 3
    ENVIRONMENT = 4
    NOTHING_SELECTED = 5
    INTERRUPTED = 130


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong: what was found, what was expected, where, and the likely fix."""

    message: str
    place: Place | None = None
    hint: str | None = None
    snippet: str | None = None

    def __str__(self) -> str:
        """Render for people: the place and message, the source under a caret, the hint."""
        head = f"{self.place}: {self.message}" if self.place else self.message
        below = [f"  {line}" for line in (self.snippet or "").splitlines()]
        return "\n".join([head, *below, *([f"  hint: {self.hint}"] if self.hint else [])])


class ToolkitError(Exception):
    """One or more faults that stop a command; `exit_code` is the status the command ends with."""

    def __init__(self, faults: Fault | Iterable[Fault], exit_code: ExitCode) -> None:
        self.faults: tuple[Fault, ...] = (faults,) if isinstance(faults, Fault) else tuple(faults)
        self.exit_code = exit_code
        super().__init__("\n".join(str(fault) for fault in self.faults))

    def __reduce__(self) -> tuple[type[ToolkitError], tuple[tuple[Fault, ...], ExitCode]]:
        """Return how another process has the same error."""
        return type(self), (self.faults, self.exit_code)


def usage(message: str, *, hint: str | None = None) -> ToolkitError:
    """Return the error of a wrong flag or configuration (exit 2)."""
    return ToolkitError(Fault(message, hint=hint), ExitCode.USAGE)


def bad_input(message: str, place: Place | None = None, *, hint: str | None = None) -> ToolkitError:
    """Return the error of an invalid rule, scenario, dataset or event file (exit 3)."""
    return ToolkitError(Fault(message, place, hint), ExitCode.BAD_INPUT)


def environment(message: str, *, hint: str | None = None) -> ToolkitError:
    """Return the error of what the machine lacks or of a part that failed there (exit 4)."""
    return ToolkitError(Fault(message, hint=hint), ExitCode.ENVIRONMENT)


class Faults:
    """Collects faults so that one run reports them all."""

    def __init__(self) -> None:
        self._found: list[Fault] = []
        self._exit_code = ExitCode.GOOD

    def add(self, message: str, place: Place | None = None, *, hint: str | None = None) -> None:
        """Note one fault and go on."""
        self._found.append(Fault(message, place, hint))

    def note(self, fault: Fault, exit_code: ExitCode) -> None:
        """Note one fault for which the command ends with at least this status, and go on."""
        self._found.append(fault)
        self._exit_code = max(self._exit_code, exit_code)

    def __iter__(self) -> Iterator[Fault]:
        """Iterate over the faults in the order found."""
        return iter(self._found)

    def __len__(self) -> int:
        """Return how many faults were found."""
        return len(self._found)

    def check(self, exit_code: ExitCode = ExitCode.BAD_INPUT) -> None:
        """Raise one ToolkitError with everything collected, if there is anything."""
        if self._found:
            raise ToolkitError(self._found, max(exit_code, self._exit_code))


def closest(word: str, known: Iterable[str]) -> str | None:
    """Return `did you mean "X"?` for the nearest known word, or None when nothing is near."""
    from difflib import get_close_matches

    near = get_close_matches(word, list(known), n=1)
    return f'did you mean "{near[0]}"?' if near else None
