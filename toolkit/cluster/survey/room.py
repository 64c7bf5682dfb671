"""Room on the disks that clusters write to."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from toolkit.cluster.folders import cache_folder
from toolkit.cluster.survey.engine_facts import EngineFacts
from toolkit.cluster.survey.finding import Finding, State

GIB = 1024**3
Free = Callable[[Path], int]
"""Says how many bytes may still be written below a folder; OSError when that cannot be told."""


def free_bytes(folder: Path) -> int:
    """Return how many bytes this user may still write there. Raises OSError."""
    return shutil.disk_usage(folder).free


def cache_room(free: Free = free_bytes) -> Finding:
    """Look for room for clusters and recordings: half a GiB at least, two are better."""
    folder = cache_folder()
    remedy = f"du -sh {folder}/*, or TOOLKIT_CACHE=FOLDER names another folder"
    return _room("cache", folder, "clusters and what they record", (GIB // 2, 2 * GIB), remedy, State.MISSING, free)


def engine_room(engine: EngineFacts, free: Free = free_bytes) -> Finding:
    """Look for room for a node image and a cluster in it: two GiB at least, five are better."""
    purpose = "node images and clusters"
    if engine.data is None:
        return Finding("images", State.GOOD, f"{engine.name} keeps its data elsewhere; not looked at", purpose)
    remedy = f"{engine.name} system df; {engine.name} image prune"
    return _room("images", engine.data, purpose, (2 * GIB, 5 * GIB), remedy, State.LACKING, free)


def _room(
    name: str, folder: Path, purpose: str, wanted: tuple[int, int], remedy: str, too_little: State, free: Free
) -> Finding:
    existing = next((each for each in (folder, *folder.parents) if each.is_dir()), Path("/"))
    try:
        left = free(existing)
    except OSError as error:
        return Finding(name, State.WARNING, f"{folder} cannot be looked at: {error.strerror}", purpose, remedy)
    least, better = wanted
    found = f"{left / GIB:.1f} GiB free in {folder}"
    if left >= better:
        return Finding(name, State.GOOD, found, purpose)
    short = left < least
    found += f"; {(least if short else better) / GIB:g} GiB are {'needed' if short else 'better'}"
    return Finding(name, too_little if short else State.WARNING, found, purpose, remedy)
