"""Shards over processes: results in order, so many ahead and no more, and no process left behind."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import tempfile
import threading
from collections import deque
from collections.abc import Generator, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

from toolkit.engine.cutting import Batch
from toolkit.engine.numbering import Numbering
from toolkit.engine.shards import Rules, ShardResult, Task, scan_shard
from toolkit.errors import ToolkitError, environment

AHEAD = 2
"""So many batches a process are begun or done before their turn."""
_HELD_BACK = {signal.SIGINT, signal.SIGTERM}
_Found = tuple[list[ShardResult], ToolkitError | OSError | None]
"""The results of a batch's shards up to an error, and the error."""
_Pending = deque[tuple[int, Batch, Future[_Found]]]


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
    with tempfile.TemporaryDirectory(prefix="toolkit-run-") as folder:
        pool = _Pool(rules, replace(task, spool=folder), jobs, folder)
        try:
            yield from pool.results(iter(batches))
        except BrokenProcessPool:
            raise pool.broken() from None
        finally:
            pool.end()


class _Pool:
    """Processes, what they are to do, and what they have begun with, which stands in a file for each."""

    def __init__(self, rules: Rules, task: Task, jobs: int, folder: str) -> None:
        self._rules = rules
        self._task = task
        self._folder = folder
        self._jobs = jobs
        # A fork has the rules loaded; where threads run it could have their locks held too.
        is_forked = sys.platform == "linux" and threading.active_count() == 1
        context = multiprocessing.get_context("fork" if is_forked else "spawn")
        self._executor = ProcessPoolExecutor(jobs, context, initializer=_begin)
        self._processes: dict[int, multiprocessing.process.BaseProcess] = {}
        self._before = {process.pid for process in multiprocessing.active_children()}
        self._pending: _Pending = deque()

    def results(self, batches: Iterator[Batch]) -> Iterator[tuple[Batch, list[ShardResult]]]:
        """Yield results in order, while later batches are worked on."""
        number, numbering = 0, Numbering()
        while True:
            while len(self._pending) < AHEAD * self._jobs and (batch := next(batches, None)):
                self._submit(number, batch)
                number += 1
            if not self._pending:
                return
            _, batch, future = self._pending[0]
            found, error = future.result()
            self._pending.popleft()
            del future
            yield batch, [numbering.placed(*pair) for pair in zip(batch.shards, found, strict=False)]
            if error:
                raise error

    def broken(self) -> ToolkitError:
        """Return the error of a process that was killed."""
        self._executor.shutdown(wait=True, cancel_futures=True)
        batches = {number: batch for number, batch, _ in self._pending}
        words = []
        for pid, process in self._processes.items():
            if process.exitcode not in (None, 0, -signal.SIGTERM):
                batch = batches.get(self._at(pid))
                words.append(f"{_end_of(process.exitcode)}{f' while it read {batch}' if batch else ''}")
        ended = "; ".join(words) or f"ended while they read {'; '.join(map(str, batches.values()))}"
        return environment(
            f"a process of this run {ended}", hint="where memory ran out, fewer processes help: -j 1 needs the least"
        )

    def end(self) -> None:
        """Kill what still runs, and wait for its end."""
        with signals_held_back():
            self._note_processes()
            if self._pending:
                for process in self._processes.values():
                    process.kill()
            self._executor.shutdown(wait=True, cancel_futures=True)
            for process in self._processes.values():
                process.join()

    def _submit(self, number: int, batch: Batch) -> None:
        with signals_held_back():
            self._pending.append((number, batch, self._submitted(number, batch)))
            self._note_processes()

    def _submitted(self, number: int, batch: Batch) -> Future[_Found]:
        return self._executor.submit(_scan, self._folder, number, self._rules, batch, self._task)

    def _note_processes(self) -> None:
        for process in multiprocessing.active_children():
            if process.pid is not None and process.pid not in self._before:
                self._processes[process.pid] = process

    def _at(self, pid: int) -> int:
        try:
            return int(_begun_file(self._folder, pid).read_text("ascii"))
        except (OSError, ValueError):
            return -1


def _scan(folder: str, number: int, rules: Rules, batch: Batch, task: Task) -> _Found:
    """Go through the shards of a batch; in a process of the pool."""
    found: list[ShardResult] = []
    try:
        _begun_file(folder, os.getpid()).write_text(str(number), "ascii")
        for shard in batch.shards:
            found.append(scan_shard(rules, shard, task))
    except (ToolkitError, OSError) as error:
        return found, error
    return found, None


def _begin() -> None:
    """Make a process of the pool end by itself when its parent is gone, and leave Ctrl-C to that."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _HELD_BACK)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _begun_file(folder: str, pid: int) -> Path:
    return Path(folder) / f"{pid}.begun"


def _end_of(status: int | None) -> str:
    if status is None or status >= 0:
        return f"ended with status {status}"
    with suppress(ValueError):
        return f"was killed by {signal.Signals(-status).name}"
    return f"was killed by signal {-status}"


@contextmanager
def signals_held_back() -> Iterator[None]:
    """Have SIGINT and SIGTERM wait, whichever thread gets them; processes that are begun here do not get them."""
    held: list[int] = []
    handlers = {}
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, _HELD_BACK)
    try:
        if threading.current_thread() is threading.main_thread():
            handlers = {number: signal.signal(number, lambda each, _: held.append(each)) for number in _HELD_BACK}
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        for got in held[:1]:
            signal.raise_signal(got)
