"""Reading many damaged inputs in processes of their own, which may take so much time and memory and no more."""

from __future__ import annotations

import faulthandler
import multiprocessing
import os
import resource
import signal
import tempfile
import traceback
from collections import Counter
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from surfaces import SURFACES, inputs

SECONDS = 20.0
"""CPU time that one input may take: a check that nothing hangs, far beyond what any takes."""
MEMORY = 2**30
"""Address space of a process, in bytes, the interpreter and its packages included."""
A_JOB = 50
MOST_FAILURES = 10


class HangError(BaseException):
    """An input that takes longer than any may; no handler of ordinary errors catches it."""


@dataclass(frozen=True)
class Failure:
    """An input, by its number, that was not read as it has to be."""

    surface: str
    seed: int
    words: str

    def __str__(self) -> str:
        return f"{self.surface} {self.seed}: {self.words}"


def read_one(name: str, data: bytes, folder: Path) -> str | None:
    """Read one input within the time that it may take; return what went wrong, in words."""

    def too_long(_signal: int, _frame: object) -> None:
        raise HangError(f"more than {SECONDS} s")

    signal.signal(signal.SIGPROF, too_long)
    signal.setitimer(signal.ITIMER_PROF, SECONDS)
    try:
        SURFACES[name].read(data, folder)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001 # whatever it is, it is what is looked for
        return "".join(traceback.format_exception(error, limit=-6))
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
    return None


def fuzz(counts: Mapping[str, int], first: int = 0) -> tuple[Counter[str], list[Failure]]:
    """Read so many inputs of each surface; return how many there were (lines counted one by one), and what failed.

    A few failures are enough. The numbers of inputs begin at `first`.
    """
    jobs = [
        (name, start, min(A_JOB, first + count - start))
        for name, count in counts.items()
        for start in range(first, first + count, A_JOB)
    ]
    failures: list[Failure] = []
    done: Counter[str] = Counter()
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(os.cpu_count() or 1, mp_context=context, initializer=_limit) as pool:
        waiting = {pool.submit(_run, job): job for job in jobs}
        for future in as_completed(waiting):
            name, start, count = waiting[future]
            try:
                failures += future.result()
            except BrokenProcessPool:
                failures.append(Failure(name, start, f"the process died on one of {count} inputs, or on one beside it"))
                break
            done[name] += count * SURFACES[name].counts
            if len(failures) >= MOST_FAILURES:
                pool.shutdown(wait=False, cancel_futures=True)
                break
    return done, failures


def _limit() -> None:
    faulthandler.enable()
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


@cache
def _folder() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="fuzz-")


def _run(job: tuple[str, int, int]) -> list[Failure]:
    name, start, count = job
    folder = Path(_folder().name)
    seeds = range(start, start + count)
    found = [(seed, read_one(name, data, folder)) for seed, data in zip(seeds, inputs(name, seeds), strict=True)]
    return [Failure(name, seed, words) for seed, words in found if words]
