"""Sockets that listen, or a clear error."""

from __future__ import annotations

import errno
import socket

from toolkit.errors import environment

EVERYWHERE = ""
"""The host that stands for every address of this machine, IPv4 and IPv6."""


def listen(host: str, port: int, elsewhere: str = "name an address of this machine, or none") -> socket.socket:
    """Return a listening socket; port 0 is the system's choice.

    Raises ToolkitError (exit 4), with the hint `elsewhere` for a host that is not this machine.
    """
    is_dual = host == EVERYWHERE and socket.has_dualstack_ipv6()
    family = socket.AF_INET6 if ":" in host or is_dual else socket.AF_INET
    # The protocol is named because asyncio sends small answers at once (TCP_NODELAY) only on sockets that name it.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if is_dual:
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        listener.bind((host, port))
        listener.listen(1024)
    except (OSError, OverflowError) as error:
        listener.close()
        where = f" on {host}" if host else ""
        hint = elsewhere if _is_elsewhere(error) else "name a free port"
        raise environment(f"port {port}{where} cannot be listened on: {error}", hint=hint) from error
    return listener


def _is_elsewhere(error: Exception) -> bool:
    return isinstance(error, socket.gaierror) or getattr(error, "errno", None) == errno.EADDRNOTAVAIL
