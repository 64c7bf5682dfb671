"""Finding etcd, kube-apiserver and kube-controller-manager of one Kubernetes version on this machine."""

from __future__ import annotations

import os
import platform
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from toolkit.cluster.folders import cache_folder
from toolkit.errors import ExitCode, Fault, ToolkitError, usage
from toolkit.home import find_home

NAMES = ("etcd", "kube-apiserver", "kube-controller-manager")
"""The programs of a control plane, in the order of their start."""

DEFAULT_MINOR = "1.37"
"""The Kubernetes version that is used where none is named."""


@dataclass(frozen=True, slots=True)
class Programs:
    """The programs of one control plane; `version` is the API server's own word, such as 1.37.2."""

    version: str
    etcd: Path
    apiserver: Path
    controller_manager: Path


def known_versions() -> dict[str, str]:
    """Return the exact version that is pinned for each minor version, newest first."""
    pinned = {}
    for module in find_home().control_plane.glob("*/go.mod"):
        found = re.search(r"^require k8s\.io/kubernetes v(\S+)$", module.read_text("utf-8"), re.MULTILINE)
        if found:
            pinned[module.parent.name] = found[1]
    return dict(sorted(pinned.items(), key=lambda item: [int(part) for part in item[0].split(".")], reverse=True))


def require_known(minor: str) -> str:
    """Return the exact version pinned for a minor version. Raises ToolkitError (exit 2) for an unknown one."""
    versions = known_versions()
    if minor not in versions:
        raise usage(f"Kubernetes {minor} is not known", hint=f"there are: {', '.join(versions)}")
    return versions[minor]


def built_folder(version: str) -> Path:
    """Return the folder that the programs of an exact version are built into."""
    return cache_folder() / "control-plane" / version


def build_command(minor: str) -> str:
    """Return the command that builds what is missing."""
    return f"bash {find_home().control_plane / 'build.sh'} {minor}"


def find_programs(minor: str) -> Programs:
    """Find the programs of a minor version. Raises ToolkitError: exit 2 for an unknown version, 4 for missing ones."""
    found = search(minor)
    missing = [name for name, path in found.items() if path is None]
    if missing:
        raise ToolkitError(
            Fault(
                f"Kubernetes {minor} cannot be started here: {', '.join(missing)} not found",
                hint=f"{build_command(minor)} builds what is missing (some minutes, once)",
            ),
            ExitCode.ENVIRONMENT,
        )
    etcd, apiserver, manager = (path for path in found.values() if path)
    return Programs(_version_of(apiserver) or minor, etcd, apiserver, manager)


def search(minor: str) -> dict[str, Path | None]:
    """Return where each program of a minor version is, None for those that are not found."""
    folders = [built_folder(require_known(minor)), *_envtest_folders(minor)]
    return {name: next((f / name for f in folders if os.access(f / name, os.X_OK)), None) for name in NAMES}


def _envtest_folders(minor: str) -> Iterator[Path]:
    """Yield the folders of setup-envtest that hold this minor version: the one named, then those of its store."""
    named = os.environ.get("KUBEBUILDER_ASSETS")
    if named and (_version_of(Path(named) / "kube-apiserver") or "").startswith(f"{minor}."):
        yield Path(named)
    machine = {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())
    found = (_envtest_store() / "k8s").glob(f"{minor}.*-{sys.platform}-{machine}")
    yield from sorted(found, key=lambda folder: [int(n) for n in re.findall(r"\d+", folder.name)[:3]], reverse=True)


def _envtest_store() -> Path:
    if sys.platform == "darwin":
        return Path.home() / "Library/Application Support/io.kubebuilder.envtest"
    base = os.environ.get("XDG_DATA_HOME")
    return (Path(base) if base else Path.home() / ".local/share") / "kubebuilder-envtest"


def _version_of(apiserver: Path) -> str | None:
    try:
        answer = subprocess.run([apiserver, "--version"], capture_output=True, text=True, timeout=20, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    found = re.search(r"v(\d+\.\d+\.\S+)", answer.stdout)
    return found[1] if found else None
