"""The queue between answering and the rules: bounded, so that a slow rule costs events, never answers or memory."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from typing import NamedTuple

QUEUE_BYTES = 128 * 1024 * 1024
"""So many bytes may wait, however few events they are."""


class Posted(NamedTuple):
    """The text of an event, and when it was received: nanoseconds since 1970."""

    text: bytes
    time_ns: int


class Intake:
    """Takes events until `events` or `size` bytes wait; a batch is taken whole where any room is left."""

    def __init__(self, events: int, size: int = QUEUE_BYTES) -> None:
        self._most_events = events
        self._most_bytes = size
        self._waiting: deque[Posted] = deque()
        self._bytes = 0
        self._ended = False
        self._news = asyncio.Event()

    def __len__(self) -> int:
        """Return how many events wait."""
        return len(self._waiting)

    def offer(self, texts: Sequence[bytes], time_ns: int) -> bool:
        """Take all of the texts, or none when the queue is full; says which."""
        if len(self._waiting) >= self._most_events or self._bytes >= self._most_bytes:
            return False
        self._waiting.extend(Posted(text, time_ns) for text in texts)
        self._bytes += sum(map(len, texts))
        self._news.set()
        return True

    def end(self) -> None:
        """Say that nothing more comes."""
        self._ended = True
        self._news.set()

    async def take(self, size: int) -> list[Posted]:
        """Wait for events and return them, about `size` bytes at most; an empty list when the end is reached."""
        while not self._waiting and not self._ended:
            self._news.clear()
            await self._news.wait()
        taken: list[Posted] = []
        while self._waiting and size > 0:
            posted = self._waiting.popleft()
            self._bytes -= len(posted.text)
            size -= len(posted.text)
            taken.append(posted)
        return taken
