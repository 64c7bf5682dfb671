"""Signals as something to look at between two events, and to be woken by."""

from __future__ import annotations

import signal
import socket
from types import FrameType
from typing import Any, Self

_HEEDED = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR1)


class Signals:
    """Notes signals from `__enter__` to `__exit__`, in the main thread: none interrupts what is being done."""

    def __init__(self) -> None:
        self.noted = False
        """Whether there is something to take."""
        self._noted: list[int] = []
        self._before: dict[int, Any] = {}

    def __enter__(self) -> Self:
        self._ear, self._mouth = socket.socketpair()
        self._ear.setblocking(False)
        self._mouth.setblocking(False)
        self._wakeup_before = signal.set_wakeup_fd(self._mouth.fileno(), warn_on_full_buffer=False)
        self._before = {number: signal.signal(number, self._note) for number in _HEEDED}
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(self._wakeup_before)
        self._ear.close()
        self._mouth.close()

    def fileno(self) -> int:
        """Return the descriptor that is readable when a signal has come."""
        return self._ear.fileno()

    def take(self) -> list[int]:
        """Return the numbers of the signals that came since the last time, in their order."""
        try:
            while self._ear.recv(4096):
                pass
        except BlockingIOError:
            pass
        self.noted = False
        noted, self._noted = self._noted, []
        return noted

    def _note(self, number: int, _frame: FrameType | None) -> None:
        self._noted.append(number)
        self.noted = True
