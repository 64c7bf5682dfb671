"""The system's log, spoken to as the C library does it for Falco."""

from __future__ import annotations

import errno
import socket
import time
from pathlib import Path

from toolkit.outputs.channel import Line, RefusedError

DEFAULT_SOCKET = Path("/dev/log")
USER_FACILITY = 1
IDENT = "falco"
"""The name that alerts are logged by: what people's filters look for."""

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class SyslogSink:
    """The socket of the system's log; severities are Falco's priorities, whose numbers are the same."""

    name = "syslog_output"

    def __init__(self, path: Path = DEFAULT_SOCKET) -> None:
        self._path = path
        self._socket: socket.socket | None = None

    def write(self, line: Line) -> None:
        """Log one alert. Raises OSError where nobody listens, RefusedError when the alert is too long."""
        try:
            self._connected().send(_frame(line))
        except OSError as error:
            self.close()
            if error.errno == errno.EMSGSIZE:
                raise RefusedError(f"an alert of {len(line.text)} bytes is too long for it") from None
            raise OSError(error.errno, f"{self._path}: {error.strerror}") from None

    def reopen(self) -> None:
        """Connect anew at the next alert."""
        self.close()

    def close(self) -> None:
        """Close the socket."""
        if self._socket:
            self._socket.close()
            self._socket = None

    def abandon(self) -> None:
        """Close the socket under a write that hangs."""
        self.close()

    def _connected(self) -> socket.socket:
        if self._socket is None:
            self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            self._socket.connect(str(self._path))
        return self._socket


def _frame(line: Line) -> bytes:
    now = time.localtime()
    stamp = f"{_MONTHS[now.tm_mon - 1]} {now.tm_mday:2} {now.tm_hour:02}:{now.tm_min:02}:{now.tm_sec:02}"
    return f"<{USER_FACILITY * 8 + line.priority}>{stamp} {IDENT}: ".encode() + line.text
