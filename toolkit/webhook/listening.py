"""Sockets that listen, or a clear error."""

from __future__ import annotations

import socket

from toolkit.errors import environment


def listen(host: str, port: int) -> socket.socket:
    """Return a listening socket; host "" means all interfaces, of IPv6 and IPv4 alike where there is IPv6.

    Raises ToolkitError (exit 4) when the port cannot be had.
    """
    if host:
        return listening_socket(host, port)
    return listening_socket("::" if socket.has_dualstack_ipv6() else "0.0.0.0", port)


def listening_socket(host: str, port: int) -> socket.socket:
    """Return a socket that listens; port 0 is the system's choice. Raises ToolkitError (exit 4)."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # The protocol is named because asyncio sends small answers at once (TCP_NODELAY) only on sockets that name it.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(1024)
    except (OSError, OverflowError) as error:
        listener.close()
        raise environment(f"port {port} on {host} cannot be listened on: {error}", hint="name a free port") from error
    return listener
