"""SIGTERM on a run that reads logs: what was read is reported, as on Ctrl-C."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class TerminatedError(KeyboardInterrupt):
    """SIGTERM came: a supervisor ends the process."""


@contextmanager
def termination_heard() -> Iterator[None]:
    """Turn SIGTERM into TerminatedError while the context lasts; for the main thread."""
    before = signal.signal(signal.SIGTERM, _end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _end(_number: int, _frame: FrameType | None) -> None:
    raise TerminatedError
