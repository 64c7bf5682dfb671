"""Reading a file that grows: only what is new is read again."""

from __future__ import annotations

from pathlib import Path


class LineTail:
    """The whole lines of a file that is appended to; a line that is still being written is not one yet."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lines: list[bytes] = []
        self._position = 0

    def lines(self) -> list[bytes]:
        """Return every line so far, without line ends; none while the file is not there."""
        if self._path.exists():
            with self._path.open("rb") as file:
                file.seek(self._position)
                whole, end, _ = file.read().rpartition(b"\n")
            if end:
                self._lines += whole.split(b"\n")
                self._position += len(whole) + 1
        return list(self._lines)
