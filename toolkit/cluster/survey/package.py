"""The toolkit itself: its Python and the packages that only some commands need."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.util import find_spec

from toolkit.cluster.survey.finding import Finding, State

PACKAGES = ("kubernetes", "cryptography", "uvicorn", "starlette", "prometheus_client")
"""What the extra `cluster` installs."""


def python() -> Finding:
    """Say which Python runs."""
    version = ".".join(str(part) for part in sys.version_info[:3])
    return Finding("python", State.GOOD, f"{version} ({sys.executable})", "everything")


def packages(names: Sequence[str] = PACKAGES) -> Finding:
    """Look for the packages that clusters and recorders need."""
    missing = [name for name in names if find_spec(name) is None]
    state = State.MISSING if missing else State.GOOD
    found = f"not installed: {', '.join(missing)}" if missing else ", ".join(names)
    remedy = "pip install 'k8sadmission-toolkit[cluster]'" if missing else ""
    return Finding("packages", state, found, "generate, record, cluster", remedy)
