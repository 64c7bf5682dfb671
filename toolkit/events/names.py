"""What names of files say: which are logs, and in which order they were written; the same on disks and in buckets."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from urllib.parse import urlsplit

_NO_EVENTS = re.compile(r"\..*|manifest\.json|.*\.(md|ya?ml)", re.IGNORECASE)
"""Files that lie beside logs and are none."""
_ROTATED = re.compile(r"(?P<name>.+\.(?:log|jsonl))\.(?P<suffix>[0-9].*)")
_LOG = re.compile(r".*\.((jsonl?|ndjson|log|txt)(\.[0-9].*)?|gz|zst)", re.IGNORECASE | re.DOTALL)
_HTTP = re.compile(r"https?://", re.IGNORECASE)
_ANY_HOST = ("", "0.0.0.0", "::")

LOG_NAMES = ".jsonl, .json, .ndjson, .log, .txt, .gz or .zst"
"""The endings by which a URL of HTTP is known to be a log."""


def may_be_log(name: str) -> bool:
    """Return whether a file of a folder or pattern is read: not where it is hidden or known to be something else."""
    return _NO_EVENTS.fullmatch(name) is None


def age(name: str) -> tuple[bytes, int, int, bytes]:
    """Order by name, but rotated files (`x.log.2`, `x.log.1`, `x.log.20261123`) from old to new before `x.log`."""
    bare = re.sub(r"\.(gz|zst)$", "", name)
    rotated = _ROTATED.fullmatch(bare)
    if rotated is None:
        return os.fsencode(bare), 1, 0, os.fsencode(name)
    suffix = rotated["suffix"]
    count = int(suffix) if re.fullmatch("[0-9]{1,4}", suffix) else 0
    return os.fsencode(rotated["name"]), 0, -count, os.fsencode(suffix)


def in_folder(path: Sequence[str]) -> tuple[tuple[object, ...], ...]:
    """Order files below a folder by their paths from it: those of a folder by age, then those of folders in it."""
    return *((1, name) for name in path[:-1]), (0, *age(path[-1]))


def in_pattern(path: Sequence[str]) -> tuple[bytes, tuple[bytes, int, int, bytes]]:
    """Order files that fit a pattern by their paths: folder by folder, those of each by age."""
    return os.fsencode("/".join(path[:-1])), age(path[-1])


def is_log_url(url: str) -> bool:
    """Return whether a URL of HTTP is a log to fetch: it names a host, and its path ends as the names of logs do."""
    if not _HTTP.match(url):
        return False
    try:
        parts = urlsplit(url)
        return parts.hostname not in (None, *_ANY_HOST) and _LOG.fullmatch(parts.path.rsplit("/", 1)[-1]) is not None
    except ValueError:
        return False
