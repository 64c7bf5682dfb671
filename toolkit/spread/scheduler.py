"""A cluster that somebody else runs: its scheduler's address, whether it answers, and what its workers have."""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.metadata import PackageNotFoundError, version
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any

from toolkit import __version__
from toolkit.errors import ToolkitError, environment, usage
from toolkit.spread.closing import closing_at_leisure, first_line

if TYPE_CHECKING:
    from distributed import Client

DISTRIBUTION = "k8sadmission-toolkit"
_CONNECT = 15
"""Seconds that a scheduler has to answer."""
_PAUSE = 0.5
_ADDRESS = re.compile(r"(?:tcp|tls|ws|wss|ucx|ucxx|inproc)://.+")
_HOST_AND_PORT = re.compile(r"(?:(?P<scheme>tcp|tls)://)?(?P<host>[\w.-]+|\[[0-9a-fA-F:.%]+\]):(?P<port>[0-9]{1,5})")


def check_address(address: str) -> str:
    """Return the address of a scheduler as dask takes it. Raises ToolkitError (exit 2) where it is none."""
    found = _HOST_AND_PORT.fullmatch(address)
    if found:
        return f"{found['scheme'] or 'tcp'}://{found['host']}:{found['port']}"
    if _ADDRESS.fullmatch(address) and not address.startswith(("tcp:", "tls:")):
        return address
    raise usage(f"--scheduler: {address!r} is no address of a scheduler", hint="tcp://host:8786 or tls://host:8786")


@contextmanager
def reached(address: str) -> Iterator[Client]:
    """Give a client of the cluster whose scheduler has this address.

    Raises ToolkitError (exit 4): nobody answers, somebody else does, a worker has another version of the toolkit.
    """
    from distributed import Client

    _check_reached(address)
    try:
        asyncio.run(asyncio.wait_for(_check_scheduler(address), _CONNECT))
        client = Client(address, timeout=_CONNECT, set_as_default=False)
    except ToolkitError:
        raise
    except Exception as error:  # dask raises what its libraries have
        why = "whoever listens there does not speak as one" if isinstance(error, TimeoutError) else first_line(error)
        raise environment(f"no scheduler answers at {address}: {why}", hint=_connection_hint(address)) from error
    with closing_at_leisure() as stack:
        stack.enter_context(client)
        _check_versions(client, address)
        yield client


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
        raise environment(f"{address}: {first_line(error)}", hint=_connection_hint(address)) from error
    if not is_set:
        raise environment(f"{address} needs certificates, and none are set", hint=_connection_hint(address))


def _connection_hint(address: str) -> str:
    if address.startswith("tls:"):
        return (
            "dask's configuration names them: distributed.comm.tls.ca-file, distributed.comm.tls.client.cert and .key"
        )
    return "`dask scheduler` prints its address; one with TLS is tls://…"


def _check_versions(client: Client, address: str) -> None:
    """Raise ToolkitError (exit 4) with every worker, and the scheduler, whose toolkit is another one or missing."""
    found: dict[str, Any] = dict(client.run(version, DISTRIBUTION, on_error="return"))
    found[f"the scheduler {address}"] = None
    with suppress(PackageNotFoundError):
        found[f"the scheduler {address}"] = client.run_on_scheduler(version, DISTRIBUTION)
    others: dict[str, list[str]] = {}
    for name, each in found.items():
        has = f"has version {each}" if isinstance(each, str) else "has no toolkit"
        if each != __version__:
            others.setdefault(has, []).append(name if name.startswith("the ") else f"the worker {name}")
    if others:
        said = "; ".join(f"{names[0]}{_more(names)} {has}" for has, names in others.items())
        raise environment(
            f"this is version {__version__} of the toolkit, and {said}",
            hint=f"pip install '{DISTRIBUTION}[dask]=={__version__}' there",
        )


def _more(names: list[str]) -> str:
    return f" (and {len(names) - 1} more)" if len(names) > 1 else ""
