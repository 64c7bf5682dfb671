"""Wakes a reader when something happens in a folder: by the system's own events, or by looking every so often."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable, Iterable
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from watchdog.events import FileSystemEvent

POLLING = 0.05
"""Seconds between two looks where the system tells nothing."""
_HEARTBEAT = 1.0
_REMOTE = {"9p", "afs", "ceph", "cifs", "glusterfs", "lustre", "ncpfs", "nfs", "nfs4", "smb3", "smbfs", "virtiofs"}
"""File systems where others' writes make no event here; those of FUSE are named `fuse.…`."""


class Watcher:
    """From `__enter__` to `__exit__` `fileno` becomes readable when something changed in one of the folders.

    Without events (the package watchdog is missing, a network file system, no watch is left) it does so every 50 ms;
    `note` says why, in one line for people. In any case it does once a second: an event may have been missed.
    """

    def __init__(self, folders: Iterable[Path]) -> None:
        self.note: str | None = None
        self._folders = sorted(set(folders))
        self._ended = threading.Event()
        self._open = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as opening:
            self._ear, self._mouth = (opening.enter_context(end) for end in socket.socketpair())
            self._ear.setblocking(False)
            self._mouth.setblocking(False)
            self.note = self._watch(opening)
            interval = POLLING if self.note else _HEARTBEAT
            beating = threading.Thread(target=self._beat, args=(interval,), name="heartbeat", daemon=True)
            beating.start()
            opening.callback(beating.join)
            opening.callback(self._ended.set)
            self._open = opening.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def fileno(self) -> int:
        """Return the descriptor that is readable when it is time to look."""
        return self._ear.fileno()

    def wake(self, _event: FileSystemEvent | None = None) -> None:
        """Make `fileno` readable."""
        with suppress(BlockingIOError):  # full, so it is readable as it is
            self._mouth.send(b"x")

    def calm(self) -> None:
        """Make `fileno` unreadable until something new happens."""
        with suppress(BlockingIOError):
            while self._ear.recv(65536):
                pass

    def _watch(self, opening: ExitStack) -> str | None:
        """Have the system tell of events; returns why it does not."""
        remote = [folder for folder in self._folders if is_remote(folder)]
        if remote:
            return f"{remote[0]} lies on a network file system: looking every {POLLING * 1000:.0f} ms"
        try:
            stop = _observe(self._folders, self.wake)
        except ImportError:
            return f"the package watchdog is not installed (extra live): looking every {POLLING * 1000:.0f} ms"
        except OSError as error:
            why = error.strerror or error
            return f"the system gives no file events ({why}): looking every {POLLING * 1000:.0f} ms"
        opening.callback(stop)
        return None

    def _beat(self, interval: float) -> None:
        while not self._ended.wait(interval):
            self.wake()


def _observe(folders: Iterable[Path], wake: Callable[[FileSystemEvent], None]) -> Callable[[], None]:
    """Start to observe folders; returns what ends it. Raises ImportError, OSError."""
    from watchdog import events, observers

    class Handler(events.FileSystemEventHandler):
        def on_any_event(self, event: FileSystemEvent) -> None:
            wake(event)

    kinds: list[type[FileSystemEvent]] = [
        events.FileCreatedEvent, events.FileModifiedEvent, events.FileMovedEvent, events.FileDeletedEvent
    ]  # fmt: skip
    observer = observers.Observer()
    for folder in folders:
        observer.schedule(Handler(), str(folder), event_filter=kinds)
    observer.start()

    def stop() -> None:
        observer.stop()
        observer.join()

    return stop


def is_remote(folder: Path, mounts: Path = Path("/proc/self/mounts")) -> bool:
    """Return whether a folder lies on a file system that others write to; no where the system does not tell."""
    try:
        lines = mounts.read_text("utf-8", "surrogateescape").splitlines()
    except OSError:
        return False
    place = os.path.realpath(folder)
    found = {point: kind for _, point, kind, *_ in (line.split() for line in lines)}
    on = [point for point in found if os.path.commonpath([place, _unescaped(point)]) == _unescaped(point)]
    kind = found[max(on, key=len)] if on else ""
    return kind in _REMOTE or kind.startswith("fuse.")


def _unescaped(point: str) -> str:
    """Return a mount point as a path: blanks and the like stand there as `\\040`."""
    return point.encode("utf-8", "surrogateescape").decode("unicode_escape") if "\\" in point else point
