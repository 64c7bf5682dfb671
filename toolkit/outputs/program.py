"""A shell command that reads alerts on its standard input."""

from __future__ import annotations

import os
import signal
import subprocess
from contextlib import suppress

from toolkit.outputs.channel import Line


class ProgramSink:
    """A program that is started once, and again when it has ended, or for each alert anew.

    It runs in a session of its own, so that a Ctrl-C does not end it before it has read everything.
    """

    name = "program_output"

    def __init__(self, command: str, *, keep_alive: bool) -> None:
        self._command = command
        self._keep_alive = keep_alive
        self._process: subprocess.Popen[bytes] | None = None

    def write(self, line: Line) -> None:
        """Give the program one line. Raises OSError when it has ended, or cannot be started."""
        process = self._running()
        assert process.stdin
        try:
            process.stdin.write(line.text + b"\n")
        except OSError:
            raise self._ended() from None
        if not self._keep_alive:
            self._end()

    def reopen(self) -> None:
        """End the program; the next alert starts it anew. Raises OSError."""
        self._end()

    def close(self) -> None:
        """Close the program's input and wait until it has ended. Raises OSError when it ends with a failure."""
        self._end()

    def abandon(self) -> None:
        """Kill the program and all that it has started."""
        if self._process:
            with suppress(OSError):
                os.killpg(self._process.pid, signal.SIGKILL)

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process and self._process.poll() is not None:
            raise self._ended()
        if self._process is None:
            self._process = subprocess.Popen(
                ["/bin/sh", "-c", self._command], stdin=subprocess.PIPE, bufsize=0, start_new_session=True
            )
        return self._process

    def _end(self) -> None:
        if self._process:
            error = self._ended()
            if self._status:
                raise error

    def _ended(self) -> OSError:
        """Close the input, wait for the end, and return the error that tells of it."""
        process, self._status = self._process, 0
        assert process
        assert process.stdin
        with suppress(OSError):
            process.stdin.close()
        self._status = process.wait()
        self._process = None
        how = f"status {self._status}" if self._status >= 0 else f"signal {-self._status}"
        return OSError(f"{self._command!r:.60} ended with {how}")
