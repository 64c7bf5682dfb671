"""A channel with a queue and a thread of its own, so that what is slow or broken holds up nobody else."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable

from toolkit.outputs.channel import Counts, GoneError, Line, RefusedError, Sink

FIRST_PAUSE = 0.05
LONGEST_PAUSE = 5.0
QUIET = 60.0
"""Seconds in which the same trouble is not told again."""
SHORT = 1.0
"""Seconds after which the end of a trouble is worth a word."""
FULL = "for which the queue had no room"
AT_THE_END = "that still waited at the end"
FAILED = "that could not be written"
REFUSED = "that were refused"
GONE = "after the reader had gone"

Say = Callable[[str], None]


class QueuedChannel:
    """Takes alerts into a queue of `capacity` alerts; a thread hands them to the sink, in order.

    A lossless one waits for room and tries an alert twice, while it keeps failing once. Otherwise nobody waits: an
    alert without room is dropped, and one that cannot be written is tried again, after pauses that grow, until it gets
    through or the channel is closed. `say` gets one line when something begins to go wrong and one when it is well
    again; `timeout` is in seconds.
    """

    def __init__(self, sink: Sink, say: Say, *, capacity: int, timeout: float = 2.0, lossless: bool = False) -> None:
        self.name = sink.name
        self.counts = Counts()
        self._sink = sink
        self._say = say
        self._capacity = capacity
        self._timeout = timeout
        self._lossless = lossless
        self._waiting: deque[Line] = deque()
        self._changed = threading.Condition()
        self._closing = self._given_up = self._gone = self._reopen = False
        self._failing_since: float | None = None
        self._told: dict[str, float] = {}
        self._busy_since: float | None = None
        self._thread = threading.Thread(target=self._work, name=f"output-{sink.name}", daemon=True)
        self._thread.start()

    def put(self, line: Line) -> None:
        """Take an alert; only a lossless channel waits, until there is room."""
        with self._changed:
            if self._lossless:
                self._changed.wait_for(lambda: len(self._waiting) < self._capacity or self._gone)
            if self._closing or self._gone:
                self.counts.dropped[GONE if self._gone else AT_THE_END] += 1
            elif len(self._waiting) >= self._capacity:
                self.counts.dropped[FULL] += 1
                self._tell(f"{self._capacity} alerts wait; further ones are dropped until there is room")
            else:
                self._waiting.append(line)
                self._changed.notify_all()
            self._watch()

    def reopen(self) -> None:
        """Have the sink opened anew before the next alert."""
        with self._changed:
            self._reopen = True
            self._changed.notify_all()

    def stop(self) -> None:
        """Take nothing more; what waits is tried once more."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()

    def close(self, within: float) -> None:
        """Stop, wait for at most `within` seconds until all is written, and say in one line what was lost in all."""
        self.stop()
        self._thread.join(within)
        with self._changed:
            self._given_up = True
            if self._waiting:
                self.counts.dropped[AT_THE_END] += len(self._waiting)
                self._waiting.clear()
        if self._thread.is_alive():
            self._sink.abandon()
        if self.counts.lost:
            self._say(f"{self.name}: {self.counts.words()}")

    def _tell(self, trouble: str) -> None:
        """Say what is wrong, unless it was said a moment ago."""
        now = time.monotonic()
        if now - self._told.get(trouble, -QUIET) >= QUIET:
            self._told[trouble] = now
            self._say(f"{self.name}: {trouble}")

    def _watch(self) -> None:
        since = self._busy_since
        if since is not None and time.monotonic() - since > self._timeout:
            self._tell(f"blocked for more than {self._timeout:g} s; alerts wait")

    def _work(self) -> None:
        while (line := self._next()) is not None:
            if self._deliver(line):
                continue
            return
        self._finish()

    def _next(self) -> Line | None:
        """Return the first alert that waits, which stays where it is; None when the work is over."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._closing or self._reopen)
            again, self._reopen = self._reopen, False
        if again:
            self._open_again()
            return self._next()
        with self._changed:
            return self._waiting[0] if self._waiting and not self._given_up else None

    def _deliver(self, line: Line) -> bool:
        """Hand over one alert; returns False once somebody else has counted it as lost."""
        pause, last = FIRST_PAUSE, self._lossless and self._failing_since is not None
        while not self._given_up:
            self._busy_since = time.monotonic()
            lost, why = self._try(line, last=last)
            self._busy_since = None
            if why is None:
                return self._done(None)
            self._fails(why)
            if lost:
                return self._done(lost)
            last = self._lossless
            with self._changed:
                self._changed.wait_for(lambda: self._closing or self._reopen, pause)
                again, self._reopen = self._reopen, False
            if again:
                self._open_again()
            pause = min(2 * pause, LONGEST_PAUSE)
        return False

    def _try(self, line: Line, *, last: bool) -> tuple[str | None, str | None]:
        """Return why an alert is lost, if it is, and what went wrong, if anything did."""
        try:
            self._sink.write(line)
        except RefusedError as error:
            return REFUSED, str(error)
        except GoneError as error:
            self._gone = True
            return GONE, str(error)
        except OSError as error:
            return FAILED if last or self._is_closing_live else None, error.strerror or str(error)
        return None, None

    def _done(self, lost: str | None) -> bool:
        with self._changed:
            if self._given_up:
                return False
            self._waiting.popleft()
            if lost:
                self.counts.dropped[lost] += 1
            else:
                self.counts.sent += 1
                self._is_well()
            if self._gone:
                self.counts.dropped[GONE] += len(self._waiting)
                self._waiting.clear()
            self._changed.notify_all()
        return True

    @property
    def _is_closing_live(self) -> bool:
        return self._closing and not self._lossless

    def _fails(self, why: str) -> None:
        self.counts.failures += 1
        self._failing_since = self._failing_since or time.monotonic()
        self._tell(f"{why}; {'alerts are lost' if self._lossless else 'alerts wait'}")

    def _is_well(self) -> None:
        since, self._failing_since = self._failing_since, None
        if since is not None and time.monotonic() - since >= SHORT:
            self._told.clear()
            self._say(f"{self.name}: works again; {self.counts.lost} alerts were lost so far")

    def _open_again(self) -> None:
        try:
            self._sink.reopen()
        except OSError as error:
            self._fails(error.strerror or str(error))

    def _finish(self) -> None:
        try:
            self._sink.close()
        except OSError as error:
            self._fails(error.strerror or str(error))
