"""`toolkit run` as a process: what it prints, as it prints it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from waiting import until

SCRIPTS = Path(sys.executable).parent
DEADLINE = 30.0


class Running:
    """A started command; its outputs go to files, as under a supervisor."""

    def __init__(
        self,
        folder: Path,
        arguments: Sequence[str],
        environment: Mapping[str, str],
        command: Sequence[str] = (str(SCRIPTS / "toolkit"),),
    ) -> None:
        number = len(list(folder.glob("*.stdout")))
        self._out, self._err = folder / f"{number}.stdout", folder / f"{number}.stderr"
        with self._out.open("wb") as out, self._err.open("wb") as err:
            self.process = subprocess.Popen(
                [*command, "run", *arguments],
                stdout=out,
                stderr=err,
                stdin=subprocess.DEVNULL,
                env={**os.environ, **environment},
            )

    @property
    def out(self) -> str:
        """What it has printed on standard output."""
        return self._out.read_text("utf-8")

    @property
    def out_bytes(self) -> bytes:
        """The same as bytes."""
        return self._out.read_bytes()

    @property
    def err(self) -> str:
        """What it has printed on standard error."""
        return self._err.read_text("utf-8")

    @property
    def port(self) -> int:
        """The port that it listens on, as it says."""
        until(lambda: "listening on " in self.err or self.process.poll() is not None, "listening")
        found = re.search(r"listening on https?://\S*?:(\d+)/", self.err)
        assert found, self.err
        return int(found[1])

    def end(self, number: int = signal.SIGTERM) -> int:
        """Send a signal and wait for the end; returns the exit status."""
        self.process.send_signal(number)
        return self.process.wait(DEADLINE)

    def kill(self) -> None:
        """End it however."""
        self.process.kill()
        self.process.wait()
