"""A dask cluster: one that is there, or workers of this machine that end with the run; and silence about both."""

from __future__ import annotations

import asyncio
import logging
import os
import re
import signal
import socket
import tempfile
import threading
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from multiprocessing import resource_tracker
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any

from toolkit import __version__
from toolkit.engine.pool import signals_held_back
from toolkit.errors import ToolkitError, environment, usage

if TYPE_CHECKING:
    from distributed import Client

_DISTRIBUTION = "k8sadmission-toolkit"
_CONNECT = 15
"""Seconds that a scheduler has to answer."""
_PAUSE = 0.5
_ADDRESS = re.compile(r"(?:tcp|tls|ws|wss|ucx|ucxx|inproc)://.+")
_HOST_AND_PORT = re.compile(r"(?:(?P<scheme>tcp|tls)://)?(?P<host>[\w.-]+|\[[0-9a-fA-F:.%]+\]):(?P<port>[0-9]{1,5})")
_NOISY = ("distributed", "tornado", "asyncio", "dask", "bokeh")
_QUIET = {
    "logging": dict.fromkeys((*_NOISY, "tornado.application", "distributed.client"), "critical"),
    "distributed.worker.memory.terminate": False,
    "distributed.scheduler.worker-saturation": 1.0,
    "distributed.nanny.pre-spawn-environ.DASK_LOGGING__DISTRIBUTED": "critical",
}
"""Dask's settings for workers of this machine: no logs, no worker that is given more than it does."""


def check_address(address: str) -> str:
    """Return the address of a scheduler as dask takes it. Raises ToolkitError (exit 2) where it is none."""
    found = _HOST_AND_PORT.fullmatch(address)
    if found:
        return f"{found['scheme'] or 'tcp'}://{found['host']}:{found['port']}"
    if _ADDRESS.fullmatch(address) and not address.startswith(("tcp:", "tls:")):
        return address
    raise usage(f"--scheduler: {address!r} is no address of a scheduler", hint="tcp://host:8786 or tls://host:8786")


@contextmanager
def connected(address: str | None, workers: int) -> Iterator[Client]:
    """Give a client of the cluster at an address, or of one with so many workers that is started and ended here.

    Raises ToolkitError (exit 4): the package is missing, nobody answers, a worker has another version.
    """
    check_installed()
    with quiet(), ExitStack() as stack:
        client = stack.enter_context(_far(address) if address else _near(workers))
        if address:
            _check_versions(client, address)
        yield client


def check_installed() -> None:
    """Raise ToolkitError (exit 4) where a package is missing that spread runs need."""
    for name in ("distributed", "zstandard"):
        try:
            import_module(name)
        except ImportError as error:
            raise environment(
                f"--on dask needs the package {error.name or name}, which is not installed",
                hint=f"pip install '{_DISTRIBUTION}[dask]'",
            ) from error


@contextmanager
def quiet() -> Iterator[None]:
    """Keep what dask says to itself off the terminal; what matters comes as an error."""
    loggers = [logging.getLogger(name) for name in (*_NOISY, *_below("distributed"), *_below("tornado"))]
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


@contextmanager
def _far(address: str) -> Iterator[Client]:
    from distributed import Client

    _check_reached(address)
    try:
        asyncio.run(asyncio.wait_for(_check_scheduler(address), _CONNECT))
        client = Client(address, timeout=_CONNECT, set_as_default=False)
    except ToolkitError:
        raise
    except Exception as error:  # dask raises what its libraries have
        why = "whoever listens there does not speak as one" if isinstance(error, TimeoutError) else _first_line(error)
        raise environment(f"no scheduler answers at {address}: {why}", hint=_connection_hint(address)) from error
    with _closing_at_leisure() as stack:
        yield stack.enter_context(client)


def _check_reached(address: str) -> None:
    """Raise ToolkitError (exit 4) where nobody listens at an address within some seconds, or a certificate is missing.

    A client of dask that does not come about is hard to be rid of.
    """
    found = _HOST_AND_PORT.fullmatch(address)
    if found is None:
        return
    if found["scheme"] == "tls":
        _check_certificates(address)
    until = monotonic() + _CONNECT
    while True:
        try:
            socket.create_connection((found["host"].strip("[]"), int(found["port"])), until - monotonic()).close()
            return
        except (OSError, OverflowError) as error:
            why = getattr(error, "strerror", None) or str(error)
            if not isinstance(error, ConnectionRefusedError) or monotonic() + _PAUSE > until:
                hint = _connection_hint(address)
                raise environment(f"no scheduler answers at {address}: {why}", hint=hint) from error
        sleep(_PAUSE)


async def _check_scheduler(address: str) -> None:
    """Raise ToolkitError (exit 4) where something else than a scheduler answers; without an end where nothing does."""
    from distributed.core import connect
    from distributed.security import Security

    comm = await connect(address, timeout=_CONNECT, **Security().get_connection_args("client"))
    try:
        await comm.write({"op": "identity", "reply": True})
        kind = (await comm.read()).get("type")
    finally:
        comm.abort()
    if kind != "Scheduler":
        raise environment(f"at {address} there is no scheduler but a {kind}", hint=_connection_hint(address))


def _check_certificates(address: str) -> None:
    from distributed.security import Security

    try:
        is_set = bool(Security().get_connection_args("client").get("ssl_context"))
    except Exception as error:  # whatever is wrong with files and settings
        raise environment(f"{address}: {_first_line(error)}", hint=_connection_hint(address)) from error
    if not is_set:
        raise environment(f"{address} needs certificates, and none are set", hint=_connection_hint(address))


def _connection_hint(address: str) -> str:
    if address.startswith("tls:"):
        return (
            "dask's configuration names them: distributed.comm.tls.ca-file, distributed.comm.tls.client.cert and .key"
        )
    return "`dask scheduler` prints its address; one with TLS is tls://…"


@contextmanager
def _near(workers: int) -> Iterator[Client]:
    import dask
    from distributed import Client, LocalCluster

    with _closing_at_leisure() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="toolkit-run-", ignore_cleanup_errors=True))
        stack.enter_context(dask.config.set({**_QUIET, "temporary-directory": folder}))
        try:
            with _ends_held_back():
                cluster = stack.enter_context(
                    LocalCluster(
                        n_workers=workers,
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
            raise environment(f"no workers could be started on this machine: {_first_line(error)}") from error
        yield stack.enter_context(Client(cluster, set_as_default=False))


@contextmanager
def _closing_at_leisure() -> Iterator[ExitStack]:
    """Give a stack whose contexts are left with Ctrl-C and SIGTERM held back, so that nothing of them is left."""
    with ExitStack() as stack:
        try:
            yield stack
        finally:
            with signals_held_back():
                stack.close()


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


def _check_versions(client: Client, address: str) -> None:
    """Raise ToolkitError (exit 4) with every worker, and the scheduler, whose toolkit is another one or missing."""
    found: dict[str, Any] = dict(client.run(version, _DISTRIBUTION, on_error="return"))
    found[f"the scheduler {address}"] = None
    with suppress(PackageNotFoundError):
        found[f"the scheduler {address}"] = client.run_on_scheduler(version, _DISTRIBUTION)
    others: dict[str, list[str]] = {}
    for name, each in found.items():
        has = f"has version {each}" if isinstance(each, str) else "has no toolkit"
        if each != __version__:
            others.setdefault(has, []).append(name if name.startswith("the ") else f"the worker {name}")
    if others:
        said = "; ".join(f"{names[0]}{_more(names)} {has}" for has, names in others.items())
        raise environment(
            f"this is version {__version__} of the toolkit, and {said}",
            hint=f"pip install '{_DISTRIBUTION}[dask]=={__version__}' there",
        )


def _more(names: list[str]) -> str:
    return f" (and {len(names) - 1} more)" if len(names) > 1 else ""


def _first_line(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__
