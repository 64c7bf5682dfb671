"""What reaches into a running pod: WebSocket connections through the API server, as kubectl opens them."""

from __future__ import annotations

import ssl
import time
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from kubernetes.client import Configuration
from websocket import WebSocket, WebSocketBadStatusException, WebSocketException, WebSocketTimeoutException

SWITCHED = 101
"""The HTTP status of a connection that became a WebSocket."""
_STATUS_CHANNEL = 3
_PROTOCOLS = ("v5.channel.k8s.io", "v4.channel.k8s.io")


class NoAnswerError(Exception):
    """The server could not be reached, or broke off before it answered."""


def connect(
    configuration: Configuration, url: str, headers: Iterable[tuple[str, str]], *, to_its_end: bool, timeout: float
) -> tuple[int, bytes]:
    """Open a WebSocket at an http(s) URL and close it again; return the HTTP status and what was said.

    `to_its_end`: read until the server tells how a command ended (a `Status` as JSON), at most `timeout` seconds.
    Raises NoAnswerError.
    """
    socket = WebSocket(sslopt=_tls(configuration), enable_multithread=False)
    socket.settimeout(timeout)
    try:
        wanted = [f"{name}: {value}" for name, value in headers]
        options: dict[str, Any] = {"header": wanted, "subprotocols": list(_PROTOCOLS), "suppress_origin": True}
        socket.connect(_web_socket(url), **options)  # type: ignore[no-untyped-call]
        return SWITCHED, _status(socket, timeout) if to_its_end else b""
    except WebSocketBadStatusException as error:
        return error.status_code, error.resp_body or b""
    except (OSError, WebSocketException) as error:
        raise NoAnswerError(str(error)) from error
    finally:
        socket.close()


def _status(socket: WebSocket, timeout: float) -> bytes:
    """Return what comes on the channel that tells how a command ended; nothing when it does not end in time."""
    deadline = time.monotonic() + timeout
    while (left := deadline - time.monotonic()) > 0:
        socket.settimeout(left)
        try:
            frame = socket.recv()
        except WebSocketTimeoutException:
            break
        data = frame.encode() if isinstance(frame, str) else frame
        if not data:
            break
        if data[0] == _STATUS_CHANNEL:
            return bytes(data[1:])
    return b""


def _web_socket(url: str) -> str:
    parts = urlsplit(url)
    return urlunsplit(parts._replace(scheme={"https": "wss", "http": "ws"}[parts.scheme]))


def _tls(configuration: Configuration) -> dict[str, Any]:
    options: dict[str, Any] = {"cert_reqs": ssl.CERT_REQUIRED if configuration.verify_ssl else ssl.CERT_NONE}
    if not configuration.verify_ssl:
        options["check_hostname"] = False
    found = {
        "ca_certs": configuration.ssl_ca_cert,
        "certfile": configuration.cert_file,
        "keyfile": configuration.key_file,
        "server_hostname": configuration.tls_server_name,
    }
    return options | {key: value for key, value in found.items() if value}
