"""Workers of this machine, which end with the run."""

from __future__ import annotations

import logging
import os
import signal
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import resource_tracker
from typing import TYPE_CHECKING

from toolkit.errors import environment
from toolkit.spread.closing import closing_at_leisure, first_line

if TYPE_CHECKING:
    from distributed import Client

NOISY = ("distributed", "tornado", "asyncio", "dask", "bokeh")
"""Loggers that say what concerns nobody here."""
_QUIET = {
    "logging": dict.fromkeys((*NOISY, "tornado.application", "distributed.client"), "critical"),
    "distributed.worker.memory.terminate": False,
    "distributed.scheduler.worker-saturation": 1.0,
    "distributed.nanny.pre-spawn-environ.DASK_LOGGING__DISTRIBUTED": "critical",
}
"""Dask's settings for workers of this machine: no logs, no worker that is given more than it does."""


@contextmanager
def own_workers(count: int) -> Iterator[Client]:
    """Give a client of so many workers that are started here. Raises ToolkitError (exit 4) where they cannot be."""
    import dask
    from distributed import Client, LocalCluster

    with closing_at_leisure() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="toolkit-run-", ignore_cleanup_errors=True))
        stack.enter_context(dask.config.set({**_QUIET, "temporary-directory": folder}))
        try:
            with _ends_held_back():
                cluster = stack.enter_context(
                    LocalCluster(
                        n_workers=count,
                        threads_per_worker=1,
                        host="127.0.0.1",
                        dashboard_address=None,
                        worker_dashboard_address=None,
                        silence_logs=logging.CRITICAL,
                        local_directory=folder,
                        memory_limit=0,
                    )
                )
        except Exception as error:  # dask raises what its libraries have
            raise environment(f"no workers could be started on this machine: {first_line(error)}") from error
        yield stack.enter_context(Client(cluster, set_as_default=False))


@contextmanager
def _ends_held_back() -> Iterator[None]:
    """Have Ctrl-C and SIGTERM wait here; Ctrl-C never reaches processes begun meanwhile, or later by threads begun now.

    Python's own process for semaphores has to be there before: starting it lets Ctrl-C through again. It warns of what
    is left where this process is killed, and cleans up; nobody needs to read that.
    """
    held: list[int] = []
    is_main = threading.current_thread() is threading.main_thread()
    handler = signal.signal(signal.SIGTERM, lambda number, _: held.append(number)) if is_main else None
    with _warnings_off():
        resource_tracker.ensure_running()
        mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            yield
        finally:
            if handler is not None:
                signal.signal(signal.SIGTERM, handler)
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)
            for number in held[:1]:
                signal.raise_signal(number)


@contextmanager
def _warnings_off() -> Iterator[None]:
    """Have processes that are begun meanwhile warn of nothing."""
    before = os.environ.get("PYTHONWARNINGS")
    os.environ["PYTHONWARNINGS"] = "ignore"
    try:
        yield
    finally:
        os.environ.pop("PYTHONWARNINGS")
        if before is not None:
            os.environ["PYTHONWARNINGS"] = before
