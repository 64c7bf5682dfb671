"""A dask cluster: one that is there, or workers of this machine that end with the run; and silence about both."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import TYPE_CHECKING

from toolkit.errors import environment
from toolkit.spread.own_workers import NOISY, own_workers
from toolkit.spread.scheduler import DISTRIBUTION, reached

if TYPE_CHECKING:
    from distributed import Client


@contextmanager
def connected(address: str | None, workers: int) -> Iterator[Client]:
    """Give a client of the cluster at an address, or of one with so many workers that is started and ended here.

    Raises ToolkitError (exit 4): the package is missing, nobody answers, a worker has another version.
    """
    check_installed()
    with quiet(), reached(address) if address else own_workers(workers) as client:
        yield client


def check_installed() -> None:
    """Raise ToolkitError (exit 4) where a package is missing that spread runs need."""
    for name in ("distributed", "zstandard"):
        try:
            import_module(name)
        except ImportError as error:
            raise environment(
                f"--on dask needs the package {error.name or name}, which is not installed",
                hint=f"pip install '{DISTRIBUTION}[dask]'",
            ) from error


@contextmanager
def quiet() -> Iterator[None]:
    """Keep what dask says to itself off the terminal; what matters comes as an error."""
    loggers = [logging.getLogger(name) for name in (*NOISY, *_below("distributed"), *_below("tornado"))]
    levels = [logger.level for logger in loggers]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for logger in loggers:
            logger.setLevel(logging.CRITICAL + 1)
        try:
            yield
        finally:
            for logger, level in zip(loggers, levels, strict=True):
                logger.setLevel(level)


def _below(name: str) -> list[str]:
    return [each for each in logging.Logger.manager.loggerDict if each.startswith(f"{name}.")]
