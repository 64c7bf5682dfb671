"""Where built programs and running clusters live on this machine."""

from __future__ import annotations

import os
from pathlib import Path


def cache_folder() -> Path:
    """Return `TOOLKIT_CACHE`, else the user's cache folder; the script that builds a control plane uses the same."""
    named = os.environ.get("TOOLKIT_CACHE")
    if named:
        return Path(named).expanduser().resolve()
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "k8sadmission-toolkit"


def clusters_folder() -> Path:
    """Return the folder that holds one folder for each running cluster."""
    return cache_folder() / "clusters"
