"""Ports on loopback: those that recorders and control planes are given, and those that `toolkit record` names."""

from __future__ import annotations

import socket
from collections.abc import Sequence

from toolkit.cluster.local.ports import LOOPBACK
from toolkit.cluster.survey.finding import Finding, State

RECORD_PORTS = (("--server-port", 9090), ("--metrics-port", 55555))
"""What `toolkit record` listens on where nothing else is said, as kube-audit-rest does."""
_WITHIN = 2.0


def ports(named: Sequence[tuple[str, int]] = RECORD_PORTS) -> Finding:
    """Listen on loopback and connect; then see whether the named ports (flag and number) are free."""
    purpose = "recorders and control planes"
    try:
        _meet()
    except OSError as error:
        found = f"a port on {LOOPBACK} cannot be listened on and reached: {error.strerror or error}"
        return Finding("ports", State.MISSING, found, purpose, "sudo ip link set lo up")
    taken = [(flag, number) for flag, number in named if not _is_free(number)]
    if not taken:
        return Finding("ports", State.GOOD, f"{LOOPBACK} can be listened on and reached", purpose)
    numbers = ", ".join(str(number) for _, number in taken)
    found = f"{LOOPBACK} can be listened on; {numbers}, which `toolkit record` takes by itself, in use"
    return Finding("ports", State.WARNING, found, purpose, f"toolkit record {' '.join(f'{f} PORT' for f, _ in taken)}")


def _meet() -> None:
    with socket.create_server((LOOPBACK, 0)) as server, socket.create_connection(server.getsockname(), _WITHIN):
        pass


def _is_free(port: int) -> bool:
    try:
        with socket.create_server(("", port)):
            return True
    except OSError:
        return False
