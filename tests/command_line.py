"""The command line as tests call it."""

from __future__ import annotations

import io
import os
import pty
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from toolkit.cli.main import main


@dataclass(frozen=True)
class Result:
    """What a command came to: its exit status and what it wrote."""

    code: int
    out: str
    err: str


Toolkit = Callable[..., Result]


def runner(monkeypatch: pytest.MonkeyPatch, captured: pytest.CaptureFixture[bytes]) -> Toolkit:
    """Return a function that runs `toolkit` in this process; it fails the test where the command raises."""

    def run(*arguments: object, stdin: bytes = b"") -> Result:
        monkeypatch.setattr(sys, "argv", ["toolkit", *map(str, arguments)])
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BufferedReader(io.BytesIO(stdin))))
        captured.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        sys.stderr.flush()
        out, err = (stream.decode() for stream in captured.readouterr())
        assert "Traceback" not in err
        return Result(int(ended.value.code or 0), out, err)

    return run


def seen_on_terminal(command: list[str], folder: Path) -> bytes:
    """Return what a command that succeeds writes to a terminal that is its standard error only."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=theirs) as run:
        os.close(theirs)
        found = b""
        try:
            while part := os.read(ours, 4096):
                found += part
        except OSError:
            pass
        assert run.wait() == 0
    os.close(ours)
    return found
