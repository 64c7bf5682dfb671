"""Signals that wait until something is whole."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

HELD_BACK = {signal.SIGINT, signal.SIGTERM}


@contextmanager
def signals_held_back() -> Iterator[None]:
    """Have SIGINT and SIGTERM wait, whichever thread gets them; processes that are begun here do not get them."""
    held: list[int] = []
    handlers = {}
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, HELD_BACK)
    try:
        if threading.current_thread() is threading.main_thread():
            handlers = {number: signal.signal(number, lambda each, _: held.append(each)) for number in HELD_BACK}
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        for got in held[:1]:
            signal.raise_signal(got)
