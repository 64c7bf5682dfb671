"""Events from logs that are still written: a file over its rotations, or all logs of a folder."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from toolkit.events.reader import read_line
from toolkit.events.review import BrokenLine, Review
from toolkit.live.rotation import backups_of, logs_in
from toolkit.live.tail import TOO_LONG, Line, Position, Tail
from toolkit.live.watcher import Watcher
from toolkit.webhook.endpoint_counts import EndpointCounts
from toolkit.webhook.families import Family
from toolkit.webhook.http_source import Arrival

_FOLDERS_AGAIN = 1.0


@dataclass(frozen=True, slots=True)
class Followed:
    """What is followed: files, which need not exist yet, and folders; `without` are files in them that are no logs.

    A line of more than `max_bytes` counts as broken; `published` as for `read_line`.
    """

    files: tuple[Path, ...] = ()
    folders: tuple[Path, ...] = ()
    without: Collection[Path] = ()
    max_bytes: int | None = None
    published: bool = False


class FileSource:
    """Lines of logs as they are written, from `__enter__` to `__exit__`; `positions` are those of an earlier process.

    Without them a file is read from its beginning, and what was rotated before is left out; a folder is read whole.
    """

    def __init__(self, followed: Followed, positions: Mapping[Path, Position] | None = None) -> None:
        self.counts = EndpointCounts()
        self.is_ended = False
        self._followed = followed
        self._tails: dict[Path, Tail] = {}
        self._notes: list[str] = []
        self._watcher = Watcher([*followed.folders, *(file.parent for file in followed.files)])
        self._looked: dict[Path, tuple[float, int]] = {}
        self._is_abandoned = False
        self._resume(positions or {})

    def __enter__(self) -> Self:
        self._watcher.__enter__()
        if self._watcher.note:
            self._notes.append(self._watcher.note)
        self._watcher.wake()
        return self

    def __exit__(self, *_: object) -> None:
        self._watcher.__exit__()
        for tail in self._tails.values():
            tail.close()

    def fileno(self) -> int:
        """Return the descriptor that is readable when it is time to look."""
        return self._watcher.fileno()

    def read(self) -> Iterator[Arrival]:
        """Yield the events of what was written, a chunk of each log at most, until the source is stopped.

        A line counts as read once the one after it is asked for.
        """
        self._watcher.calm()
        self._find_logs()
        for tail in list(self._tails.values()):
            now = time.time_ns()
            for line in tail.lines():
                if self.is_ended:
                    return
                event = self._event(line)
                if event:
                    self.counts.events += 1
                    yield Arrival(event, now)
                if self._is_abandoned:
                    return
        if any(tail.has_more for tail in self._tails.values()):
            self._watcher.wake()

    def notes(self) -> list[str]:
        """Return what people should know that was not returned before, one line each."""
        notes, self._notes = self._notes, []
        for tail in self._tails.values():
            notes += tail.notes
            tail.notes = []
        return notes

    def show(self, families: Iterable[Family]) -> None:
        """Do nothing: there is no metrics page."""

    def stop(self) -> None:
        """Read nothing more; what was not read is there the next time."""
        self.is_ended = True

    def abandon(self, count: int) -> None:  # noqa: ARG002
        """Count nothing: what no rule saw does not count as read, and is there the next time."""
        self._is_abandoned = True

    @property
    def positions(self) -> dict[Path, Position]:
        """How far each log was read."""
        return {path: tail.position for path, tail in self._tails.items()}

    def _resume(self, positions: Mapping[Path, Position]) -> None:
        for path, position in positions.items():
            self._tails[path] = Tail(path)
            self._tails[path].resume(position)
        for file in self._followed.files:
            if file not in self._tails:
                self._tails[file] = Tail(file, done=backups_of(file))
        self._find_logs()

    def _find_logs(self) -> None:
        """Follow the logs that are new in a folder; one that did not change is listed once a second."""
        for folder in self._followed.folders:
            try:
                looked, changed = time.monotonic(), folder.stat().st_mtime_ns
                before, changed_before = self._looked.get(folder, (-_FOLDERS_AGAIN, 0))
                if changed == changed_before and looked - before < _FOLDERS_AGAIN:
                    continue
                self._looked[folder] = (looked, changed)
                new = [path for path in logs_in(folder) if path not in self._tails]
            except OSError:
                continue  # the logs in it say what is wrong
            for path in new:
                if path not in self._followed.without:
                    self._tails[path] = Tail(path)

    def _event(self, line: Line) -> Review | BrokenLine | None:
        limit = self._followed.max_bytes
        if line.text is None:
            return BrokenLine(line.file, line.number, TOO_LONG)
        size = len(line.text.rstrip(b"\r\n"))
        if limit is not None and size > limit:
            return BrokenLine(line.file, line.number, f"{size} bytes, more than the {limit} of maxEventSize")
        return read_line(line.text, line.file, line.number, published=self._followed.published)
