"""How far `toolkit run` is with logs: a bar on a terminal, and nothing anywhere else."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterable
from types import TracebackType
from typing import IO, TYPE_CHECKING, cast

if TYPE_CHECKING:
    from rich.progress import Progress

    from toolkit.events.files import Watch


class ReadProgress:
    """Shows on stderr how many of `total` bytes are read, how fast, and the time that is left; 0 shows nothing.

    Alerts on a terminal are the sight that counts, so there is no bar beside them.
    """

    def __init__(self, total: int, *, has_free_stdout: bool) -> None:
        self._is_shown = total > 0 and sys.stderr.isatty() and (has_free_stdout or not sys.stdout.isatty())
        self.total = total
        self._done = 0
        self._stream: IO[bytes] | None = None
        self._size = 0
        self._bar: Progress | None = None

    @property
    def watch(self) -> Watch | None:
        """What is to get each file as it is opened; None where nothing is shown."""
        return self._opened if self._is_shown else None

    def __enter__(self) -> ReadProgress:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Take the bar away."""
        if self._bar:
            self._bar.stop()

    def advance(self, size: int) -> None:
        """Count bytes that are read."""
        self._done += size
        self._show()

    def position(self) -> int:
        """Return how many bytes are read, those of the file that is open too."""
        try:
            return self._done + (cast(io.BufferedReader, self._stream).raw.tell() if self._stream else 0)
        except (OSError, ValueError):
            return self._done

    def _opened(self, stream: IO[bytes], size: int) -> None:
        if self._stream:
            self._done += self._size
        self._stream, self._size = stream, size
        self._show()

    def _show(self) -> None:
        if self._is_shown and self._bar is None:
            self._bar = _bar(self)


def _bar(read: ReadProgress) -> Progress:
    from rich.console import Console, RenderableType
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

    class Bar(Progress):
        def get_renderables(self) -> Iterable[RenderableType]:
            for number in self.task_ids:
                self.update(number, completed=read.position())
            yield from super().get_renderables()

    columns = (TextColumn("read"), BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
    bar = Bar(*columns, console=Console(stderr=True), transient=True, redirect_stdout=False)
    bar.add_task("read", total=read.total)
    bar.start()
    return bar
