"""The file that says how far logs were read, so that the next process goes on there."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from toolkit.errors import ToolkitError, bad_input, environment, usage
from toolkit.live.open_log import Mark
from toolkit.live.tail import Position
from toolkit.places import Place

_FORMAT = 1
_ANEW = "delete it to begin anew"


@dataclass(frozen=True, slots=True)
class Kept:
    """How far a run has got: `progress` as of `Engine.progress`, and the position in each log."""

    progress: tuple[int, int]
    positions: Mapping[Path, Position]


class _Log(msgspec.Struct, frozen=True):
    path: str
    file: Mark | None
    done: list[str]


class _State(msgspec.Struct, frozen=True):
    format: int
    follows: list[str]
    events: int
    first_time_ns: int
    logs: list[_Log]


class StateFile:
    """The file at `path`, for a run that follows `inputs`: absolute paths of files and folders."""

    def __init__(self, path: Path, inputs: Sequence[Path]) -> None:
        self.path = path
        self._inputs = sorted(map(str, inputs))
        self._written = b""

    def read(self) -> Kept | None:
        """Return what was kept, None where there is no such file.

        Raises ToolkitError: exit 2 for the state of other inputs, exit 3 for what is no state, exit 4 for a file that
        cannot be read.
        """
        try:
            text = self.path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise self._unusable("read", error.strerror or str(error)) from error
        state = self._decoded(text)
        if state.follows != self._inputs:
            raise usage(
                f"{self.path} is the state of a run that follows {_listed(state.follows)}, "
                f"and this one follows {_listed(self._inputs)}",
                hint=f"name another file by --state, or {_ANEW}",
            )
        positions = {Path(log.path): Position(log.file, log.done) for log in state.logs}
        return Kept((state.events, state.first_time_ns), positions)

    def write(self, kept: Kept) -> None:
        """Write beside, then rename; nothing where nothing is new. Raises ToolkitError (exit 4)."""
        logs = [_Log(str(path), at.mark, list(at.done)) for path, at in sorted(kept.positions.items())]
        try:
            text = msgspec.json.encode(_State(_FORMAT, self._inputs, *kept.progress, logs)) + b"\n"
            if text != self._written:
                beside = self.path.with_name(f"{self.path.name}.new")
                beside.write_bytes(text)
                os.replace(beside, self.path)  # noqa: PTH105
        except OSError as error:
            raise self._unusable("written", error.strerror or str(error)) from error
        except UnicodeEncodeError as error:
            raise self._unusable("written", "the name of a log is not UTF-8") from error
        self._written = text

    def _decoded(self, text: bytes) -> _State:
        try:
            state = msgspec.json.decode(text, type=_State)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise self._no_state(str(error)) from error
        if state.format != _FORMAT:
            raise self._no_state(f"format {state.format}, expected {_FORMAT}")
        return state

    def _no_state(self, why: str) -> ToolkitError:
        return bad_input(f"is no state of --follow: {why}", Place(str(self.path)), hint=f"name another, or {_ANEW}")

    def _unusable(self, verb: str, why: str) -> ToolkitError:
        return environment(
            f"the state {self.path} cannot be {verb}: {why}",
            hint="--state names a file in a folder that this user may write to",
        )


def _listed(paths: Sequence[str]) -> str:
    return " and ".join(paths)
