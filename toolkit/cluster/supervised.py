"""The toolkit's end of the supervisor: starts programs through it and hears which ended."""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

from toolkit.cluster import supervisor
from toolkit.errors import ExitCode, Fault, ToolkitError, environment

_BEGINNING = 20.0
ENDING = 150.0
"""Seconds within which a supervisor has stopped its programs and run what it was told to run at the end."""
_TAIL_LINES = 15


class Supervised:
    """A folder and the programs in it, both gone when this object is closed or its process dies.

    Raises ToolkitError (exit 4) when the name is taken or the supervisor does not start.
    """

    def __init__(self, root: Path, name: str) -> None:
        self._root = root
        self._buffer = b""
        self._ended: dict[str, object] = {}
        self._process = subprocess.Popen(
            [sys.executable, "-I", str(Path(supervisor.__file__)), str(root), name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            self.folder = self._claimed_folder(name)
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def start(self, program: str, argv: Sequence[str]) -> None:
        """Start a program; its output goes to `folder/PROGRAM.log`."""
        self._order({"start": program, "argv": list(argv)})

    def run(self, program: str, argv: Sequence[str], within: float) -> str | None:
        """Start a program that ends by itself; return None when it went well, else how it ended.

        One that takes more than `within` seconds is left to be stopped with the others.
        """
        self.start(program, argv)
        deadline = time.monotonic() + within
        while (left := deadline - time.monotonic()) > 0:
            self._hear(min(left, 1))
            if program in self._ended:
                status = self._ended.pop(program)
                return None if status == 0 else f"status {status}"
            if self._process.poll() is not None:
                raise environment("the supervisor ended")
        return f"not done after {within:.0f} s"

    def at_end(self, commands: Sequence[Sequence[str]]) -> None:
        """Say which commands end what lives outside of the programs; they are run however this process ends."""
        self._order({"at_end": [list(argv) for argv in commands]})

    def keep(self) -> None:
        """Leave the folder, and what its commands would end, when this object is closed."""
        self._order({"keep": True})

    def output(self, program: str) -> str:
        """Return the last lines that a program has written."""
        return self._tail(program) or ""

    def check(self, wait: float = 0) -> None:
        """Raise ToolkitError (exit 4) with its last output when a program ended, or does within `wait` seconds."""
        self._hear(wait)
        if self._process.poll() is not None:
            raise environment("the supervisor of the control plane ended, and the control plane with it")
        for program, status in self._ended.items():
            raise self.failure(f"{program} ended by itself (status {status})", program)

    def failure(self, message: str, program: str) -> ToolkitError:
        """Return the error of a program that failed, with the last lines of its output."""
        return ToolkitError(
            Fault(message, snippet=self._tail(program), hint="`toolkit doctor` looks over this machine"),
            ExitCode.ENVIRONMENT,
        )

    def close(self) -> None:
        """End the programs and remove the folder; returns when both are done."""
        if self._pipe_out().closed:
            return
        with contextlib.suppress(OSError):
            self._pipe_in().close()
        try:
            self._process.wait(ENDING)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._pipe_out().close()
        if self._process.returncode:
            supervisor.clear_away(self._root)

    def _claimed_folder(self, name: str) -> Path:
        deadline = time.monotonic() + _BEGINNING
        while time.monotonic() < deadline:
            for fact in self._heard(0.1):
                if "folder" in fact:
                    return Path(str(fact["folder"]))
                if "taken" in fact:
                    raise environment(f'a cluster named "{name}" is up already', hint="name another one with --name")
            if self._process.poll() is not None:
                break
        raise environment(f"the supervisor did not start: {self._buffer.decode(errors='replace').strip() or 'no word'}")

    def _order(self, order: dict[str, object]) -> None:
        try:
            self._pipe_in().write(json.dumps(order).encode() + b"\n")
            self._pipe_in().flush()
        except OSError as error:
            raise environment("the supervisor of the cluster ended") from error

    def _hear(self, wait: float) -> None:
        for fact in self._heard(wait):
            if "ended" in fact:
                self._ended[str(fact["ended"])] = fact["status"]

    def _heard(self, wait: float) -> list[dict[str, Any]]:
        """Return the facts that came in, after at most `wait` seconds of waiting for the first."""
        pipe = self._pipe_out().fileno()
        with selectors.DefaultSelector() as selector:
            selector.register(pipe, selectors.EVENT_READ)
            while selector.select(wait):
                chunk = os.read(pipe, 65536)
                if not chunk:
                    break
                self._buffer += chunk
                wait = 0
        *lines, self._buffer = self._buffer.split(b"\n")
        return [json.loads(line) for line in lines if line.startswith(b"{")]

    def _tail(self, program: str) -> str | None:
        try:
            lines = (self.folder / f"{program}.log").read_text("utf-8", "replace").splitlines()
        except OSError:
            return None
        return "\n".join(lines[-_TAIL_LINES:])

    def _pipe_in(self) -> Any:
        return self._process.stdin

    def _pipe_out(self) -> Any:
        return self._process.stdout
