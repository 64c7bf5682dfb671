"""kube-audit-rest's rotation by name: `x.log` is renamed to `x-2026-11-23T10-11-12.345.log`, and a new one begun."""

from __future__ import annotations

import os
import re
from pathlib import Path

_STAMPED = re.compile(r"(?P<stem>.+)-\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d\.\d{3}(?P<ending>\.[^.]*|)")
_LOG = re.compile(r"[^.].*\.(log|jsonl)", re.IGNORECASE)


def backups_of(path: Path) -> list[str]:
    """Return the names of the files beside `path` that it was renamed to, oldest first. Raises OSError."""
    return sorted(name for name in os.listdir(path.parent) if name != path.name and written_name(name) == path.name)  # noqa: PTH208


def logs_in(folder: Path) -> list[Path]:
    """Return the files `*.log` and `*.jsonl` that are, or were before their rotation, written in a folder, by name.

    Raises OSError.
    """
    names = {written_name(name) for name in os.listdir(folder) if _LOG.fullmatch(name)}  # noqa: PTH208
    return [folder / name for name in sorted(names)]


def written_name(name: str) -> str:
    """Return the name that a file had while it was written."""
    stamped = _STAMPED.fullmatch(name)
    return stamped["stem"] + stamped["ending"] if stamped else name
