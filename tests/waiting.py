"""Waiting for what other processes and threads do."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path


def until(holds: Callable[[], object], what: str = "it", within: float = 60.0) -> None:
    """Wait until something holds, and fail the test where it does not come about within so many seconds."""
    deadline = time.monotonic() + within
    while not holds():
        assert time.monotonic() < deadline, f"{what} did not come about within {within:.0f} s"
        time.sleep(0.02)


def living(group: int) -> dict[int, str]:
    """Return the processes of a group that have not ended, by number, with their command lines."""
    found = {}
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, its_group = status.read_text("utf-8").rpartition(")")[2].split()[:3]
            if int(its_group) == group and state != "Z":
                found[int(status.parent.name)] = (status.parent / "cmdline").read_text("utf-8")
        except OSError:
            continue
    return found
