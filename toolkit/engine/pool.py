"""Shards over processes: results in order, so many ahead and no more, and no process left behind."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import tempfile
import threading
from collections import deque
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection, wait
from multiprocessing.context import BaseContext

from toolkit.engine.cutting import Batch
from toolkit.engine.held_back import HELD_BACK, signals_held_back
from toolkit.engine.numbering import Numbering
from toolkit.engine.shards import Rules, ShardResult, Task, scan_shard
from toolkit.errors import ToolkitError, environment

AHEAD = 2
"""So many batches a process are begun or done before their turn."""
_REAPED = 5.0
"""Seconds within which a process that hung up has ended."""
_Found = tuple[list[ShardResult], ToolkitError | OSError | None]
"""The results of a batch's shards up to an error, and the error."""


def cores() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def scan_batches(
    rules: Rules, batches: Iterable[Batch], task: Task, jobs: int
) -> Generator[tuple[Batch, list[ShardResult]], None, None]:
    """Yield each batch with the results of its shards, in order, gone through by so many processes.

    Places have their numbers, whether or not the lines before a shard were counted.

    Before an error there may be fewer results than shards. To be closed, after which no process is left. Raises what
    `scan_shard` raises, when its turn comes, and ToolkitError (exit 4) that names the shard where a process is killed.
    """
    with (
        tempfile.TemporaryDirectory(prefix="toolkit-run-") as folder,
        closing(_Pool(rules, replace(task, spool=folder), jobs)) as pool,
    ):
        yield from pool.results(iter(batches))


@dataclass(slots=True)
class _Entry:
    """A batch whose turn has not come yet: not begun, at a process, or done."""

    batch: Batch
    is_begun: bool = False
    found: _Found | None = None


class _Pool:
    """Processes, and the batches that they go through; each is given one at a time."""

    def __init__(self, rules: Rules, task: Task, jobs: int) -> None:
        self._rules = rules
        self._task = task
        self._jobs = jobs
        # A fork has the rules loaded; where threads run it could have their locks held too.
        self._is_forked = sys.platform == "linux" and threading.active_count() == 1
        self._context = multiprocessing.get_context("fork" if self._is_forked else "spawn")
        if not self._is_forked:
            resource_tracker.ensure_running()  # starting it later would let signals through that are held back
        self._workers: list[_Worker] = []
        self._pending: deque[_Entry] = deque()

    def results(self, batches: Iterator[Batch]) -> Iterator[tuple[Batch, list[ShardResult]]]:
        """Yield results in order, while later batches are worked on."""
        numbering = Numbering()
        while True:
            while len(self._pending) < AHEAD * self._jobs and (batch := next(batches, None)):
                self._pending.append(_Entry(batch))
            self._hand_out()
            if not self._pending:
                return
            entry = self._pending[0]
            while entry.found is None:
                self._receive()
                self._hand_out()
            self._pending.popleft()
            found, error = entry.found
            yield entry.batch, [numbering.placed(*pair) for pair in zip(entry.batch.shards, found, strict=False)]
            if error:
                raise error

    def close(self) -> None:
        """Kill the processes, and wait for their end."""
        with signals_held_back():
            for worker in self._workers:
                worker.process.kill()
            for worker in self._workers:
                worker.close()

    def _hand_out(self) -> None:
        """Give the first batches that wait to processes that have none."""
        for entry in self._pending:
            if entry.is_begun:
                continue
            worker = self._idle_worker()
            if worker is None:
                return
            try:
                worker.give(entry)
            except OSError as error:
                raise self._lost(worker) from error

    def _receive(self) -> None:
        """Wait until processes are done with their batches, one at least."""
        working = {worker.connection: worker for worker in self._workers if worker.entry}
        for connection in wait(list(working)):
            worker = working[connection]  # type: ignore[index]
            try:
                worker.take_back()
            except (EOFError, OSError) as error:
                raise self._lost(worker) from error

    def _idle_worker(self) -> _Worker | None:
        for worker in self._workers:
            if worker.entry is None:
                return worker
        if len(self._workers) == self._jobs:
            return None
        others = [worker.connection for worker in self._workers] if self._is_forked else None
        with signals_held_back():
            self._workers.append(_Worker(self._context, others, self._rules, self._task))
        return self._workers[-1]

    def _lost(self, lost: _Worker) -> ToolkitError:
        """Return the error of a process that was killed, and of others that were, too."""
        lost.process.join(_REAPED)
        words = [
            f"{_end_of(worker.process.exitcode)} while it read {worker.entry.batch}"
            for worker in self._workers
            if worker.entry and (worker is lost or worker.process.exitcode is not None)
        ]
        return environment(
            f"a process of this run {'; '.join(words)}",
            hint="where memory ran out, fewer processes help: -j 1 needs the least",
        )


class _Worker:
    """A process with a connection of its own, so that one that is killed in the middle of a word holds up no other.

    `others` are this end of the connections that there are already, of which a fork has copies; None is for a process
    that has none.
    """

    def __init__(self, context: BaseContext, others: Sequence[Connection] | None, rules: Rules, task: Task) -> None:
        self.entry: _Entry | None = None
        self.connection, theirs = context.Pipe()
        copies = () if others is None else (*others, self.connection)
        self.process = context.Process(target=_work, args=(theirs, copies, rules, task), daemon=True)  # type: ignore[attr-defined]
        self.process.start()
        theirs.close()

    def give(self, entry: _Entry) -> None:
        """Have it go through a batch. Raises OSError where it has ended."""
        self.entry = entry
        entry.is_begun = True
        self.connection.send(entry.batch)

    def take_back(self) -> None:
        """Take what it has found, as soon as it says. Raises EOFError or OSError where it has ended."""
        assert self.entry
        self.entry.found = self.connection.recv()
        self.entry = None

    def close(self) -> None:
        """Wait for its end."""
        self.process.join()
        self.connection.close()


def _work(connection: Connection, copies: Sequence[Connection], rules: Rules, task: Task) -> None:
    """Go through one batch after the other until the process is killed."""
    for copy in copies:
        copy.close()
    _begin()
    with suppress(EOFError, OSError):
        while True:
            connection.send(_scan(rules, connection.recv(), task))


def _scan(rules: Rules, batch: Batch, task: Task) -> _Found:
    found: list[ShardResult] = []
    try:
        for shard in batch.shards:
            found.append(scan_shard(rules, shard, task))
    except (ToolkitError, OSError) as error:
        return found, error
    return found, None


def _begin() -> None:
    """Make a process of the pool end by itself when its parent is gone, and leave Ctrl-C to that."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, HELD_BACK)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _end_of(status: int | None) -> str:
    if status is None or status >= 0:
        return f"ended with status {status}"
    with suppress(ValueError):
        return f"was killed by {signal.Signals(-status).name}"
    return f"was killed by signal {-status}"
