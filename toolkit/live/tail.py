"""A log over its rotations: every line once and in order, whatever its writer does meanwhile."""

from __future__ import annotations

import errno
from collections import deque
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from toolkit.live.open_log import LONGEST, Mark, OpenLog
from toolkit.live.rotation import backups_of

MOST_OPEN = 64
"""So many rotated files are held open, so that one which is deleted meanwhile is still read."""

TOO_LONG = f"more than {LONGEST // 2**20} MiB in one line"


@dataclass(frozen=True, slots=True)
class Line:
    """A whole line with its end and its place; `text` is None where it is too long to be kept."""

    text: bytes | None
    file: str
    number: int


@dataclass(frozen=True, slots=True)
class Position:
    """How far a log was read: in which file of it, if any, and which rotated ones are done with, by name."""

    mark: Mark | None
    done: Sequence[str]


class Tail:
    """Reads the log at `path`, which need not exist yet; rotated files whose names are in `done` are passed over.

    `notes` are lines for people, to be taken away by who reads them. Files are told apart by their inode; the one that
    is read, and those that wait to be, are held open.
    """

    def __init__(self, path: Path, done: Collection[str] = ()) -> None:
        self.path = path
        self.notes: list[str] = []
        self._seen = set(done)
        self._chain: deque[OpenLog] = deque()
        self._told: set[str] = set()
        self._is_failing = False

    def resume(self, position: Position) -> None:
        """Go on where an earlier process stopped; says so where that place is gone."""
        self._seen = set(position.done)
        if position.mark is None:
            return
        for name in (self.path.name, *self._backups()):
            log = self._open(name)
            if log and log.go_on(position.mark):
                if name != self.path.name:
                    self._settle(log, name)
                self._chain.append(log)
                return
            if log:
                log.close()
        self.notes.append(
            f"{self.path}: what was read up to byte {position.mark.offset} is not there any more; lines may be lost"
        )

    @property
    def position(self) -> Position:
        """How far the lines were read that were asked for."""
        waiting = {log.backup for log in list(self._chain)[1:]}
        mark = self._chain[0].mark() if self._chain else None
        return Position(mark, sorted(self._seen - waiting))

    @property
    def has_more(self) -> bool:
        """Whether there is something to read at once, as far as is known."""
        return bool(self._chain) and not self._is_failing and (len(self._chain) > 1 or not self._chain[0].is_at_end)

    def lines(self) -> Iterator[Line]:
        """Look at the log and yield its next lines, a chunk at most."""
        self._is_failing = False
        try:
            self._look()
            yield from self._next_lines()
        except OSError as error:
            self._is_failing = True
            self._tell(f"{self.path}: cannot be read: {error.strerror or error}")
            if error.errno == errno.ESTALE and self._chain:  # deleted on a server; no descriptor holds it there
                gone = self._chain.popleft()
                gone.close()
                self.notes.append(f"{gone.name}: is gone from its server; lines may be lost")

    def close(self) -> None:
        """Close what is open."""
        while self._chain:
            self._chain.popleft().close()

    def _next_lines(self) -> Iterator[Line]:
        if not self._chain:
            return
        log = self._chain[0]
        yield from self._placed(log, log.lines())
        # The look came first: what is found behind the end of a file that has a successor is all there will be.
        if log.is_at_end and len(self._chain) > 1:
            yield from self._placed(log, log.last_line())
            self._chain.popleft().close()

    @staticmethod
    def _placed(log: OpenLog, lines: Iterator[bytes | None]) -> Iterator[Line]:
        for text in lines:
            yield Line(text, log.name, log.line + 1)

    def _look(self) -> None:
        newest = self._chain[-1] if self._chain else None
        try:
            found = self.path.stat()
        except FileNotFoundError:
            found = None
        if not (newest and found and newest.is_same(found)):
            self._catch_up(newest)
        elif newest.is_cut():
            self.notes.append(f"{self.path}: was cut and begun anew; it is read from its beginning again")
            newest.begin_anew()

    def _catch_up(self, newest: OpenLog | None) -> None:
        """Open what came after `newest`: the written file first, or one rotated after the list was made is missed."""
        written = self._open(self.path.name)
        before = len(self._chain)
        backups = self._backups()
        self._seen.intersection_update(backups)
        for name in backups:
            if name not in self._seen and len(self._chain) < MOST_OPEN:
                written = self._add(name, written)
        if written and len(self._chain) < MOST_OPEN:
            self._chain.append(written)
        elif written:
            written.close()
        if newest and newest.backup is None and len(self._chain) > before:
            self._tell_of_the_missing(is_rotated=self._chain[before].backup is not None)

    def _add(self, name: str, written: OpenLog | None) -> OpenLog | None:
        """Append a rotated file unless it is open already; returns `written` unless it was that file."""
        log = self._open(name)
        if log is None:
            if not self.path.with_name(name).exists():
                self.notes.append(f"{self.path.with_name(name)}: was deleted before it was read; its lines are lost")
            return written
        for known in self._chain:
            if known.is_same(log):
                log.close()
                self._settle(known, name)
                return written
        self._settle(log, name)
        self._chain.append(log)
        if written and written.is_same(log):
            written.close()
            return None
        return written

    def _settle(self, log: OpenLog, name: str) -> None:
        log.backup = name
        self._seen.add(name)

    def _tell_of_the_missing(self, *, is_rotated: bool) -> None:
        if is_rotated:
            self.notes.append(f"{self.path}: rotated files were deleted before they were looked at; lines may be lost")
        else:
            self.notes.append(f"{self.path}: is another file now; the one before is read to its end first")

    def _open(self, name: str) -> OpenLog | None:
        path = self.path.with_name(name)
        try:
            return OpenLog(path)
        except FileNotFoundError:
            return None
        except OSError as error:
            self._tell(f"{path}: cannot be read: {error.strerror or error}")
            return None

    def _backups(self) -> list[str]:
        try:
            return backups_of(self.path)
        except OSError as error:
            self._tell(f"{self.path.parent}: cannot be read: {error.strerror or error}")
            return []

    def _tell(self, trouble: str) -> None:
        """Say what is wrong once, not at every look."""
        if trouble not in self._told:
            self._told.add(trouble)
            self.notes.append(trouble)
