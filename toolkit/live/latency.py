"""How long it takes from the answer to an event, or its reading, until its alert is handed to the outputs."""

from __future__ import annotations

from collections import deque

_KEPT = 10_000


class Latency:
    """The times of the last 10,000 alerts."""

    def __init__(self) -> None:
        self._taken: deque[int] = deque(maxlen=_KEPT)

    def add(self, nanoseconds: int) -> None:
        """Note one; a clock that was set back gives 0."""
        self._taken.append(max(0, nanoseconds))

    def quantile(self, share: float) -> float:
        """Return the time in seconds that `share` (0 to 1) of them do not pass; 0 where there are none."""
        if not self._taken:
            return 0.0
        ordered = sorted(self._taken)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] / 1e9

    def words(self, since: str = "answer") -> str | None:
        """Return median and 99th percentile in words, None without alerts; `since` is what begins the time."""
        if not self._taken:
            return None
        median, last = self.quantile(0.5) * 1e3, self.quantile(0.99) * 1e3
        return f"{since} to alert: median {median:.1f} ms, p99 {last:.1f} ms"
