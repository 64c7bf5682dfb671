"""A shell command that reads alerts on its standard input."""

from __future__ import annotations

import os
import signal
import subprocess
from contextlib import suppress

from toolkit.outputs.channel import Line
from toolkit.outputs.queued import Say


class ProgramSink:
    """A program that is started once, and again when it has ended, or for each alert anew.

    It runs in a session of its own, so that a Ctrl-C does not end it before it has read everything.
    """

    name = "program_output"

    def __init__(self, command: str, *, keep_alive: bool, say: Say) -> None:
        self._command = command
        self._keep_alive = keep_alive
        self._say = say
        self._said: set[int] = set()
        self._process: subprocess.Popen[bytes] | None = None

    def write(self, line: Line) -> None:
        """Give the program one line. Raises OSError when it has ended, or cannot be started."""
        if self._process and self._process.poll() is not None:
            raise self._ended(self._process)
        process = self._process = self._process or self._start()
        assert process.stdin
        try:
            process.stdin.write(line.text + b"\n")
        except OSError:
            raise self._ended(process) from None
        if not self._keep_alive:
            self._end()

    def reopen(self) -> None:
        """End the program; the next alert starts it anew."""
        self._end()

    def close(self) -> None:
        """Close the program's input and wait until it has ended."""
        self._end()

    def abandon(self) -> None:
        """Kill the program and all that it has started."""
        if self._process:
            with suppress(OSError):
                os.killpg(self._process.pid, signal.SIGKILL)

    def _start(self) -> subprocess.Popen[bytes]:
        command = ["/bin/sh", "-c", self._command]
        return subprocess.Popen(command, stdin=subprocess.PIPE, bufsize=0, start_new_session=True)

    def _end(self) -> None:
        """Let the program come to its end; a failure is said once, and alerts count as sent, as in Falco."""
        if self._process:
            error = self._ended(self._process)
            if error.errno and error.errno not in self._said:
                self._said.add(error.errno)
                self._say(f"{self.name}: {error.strerror}")

    def _ended(self, process: subprocess.Popen[bytes]) -> OSError:
        """Close the input, wait for the end, and return the error that tells of it; its number is the status."""
        assert process.stdin
        with suppress(OSError):
            process.stdin.close()
        status = process.wait()
        self._process = None
        how = f"status {status}" if status >= 0 else f"signal {-status}"
        return OSError(status, f"{self._command!r:.60} ended with {how}")
