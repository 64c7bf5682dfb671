"""The toolkit as a process on a machine with Docker and kind, and what it leaves there."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
NODE_IMAGE = os.environ.get("KIND_NODE_IMAGE")
"""The node image; kind's own where it can be pulled."""
RECORDER_IMAGE = os.environ.get("TOOLKIT_TEST_RECORDER_IMAGE")
"""An image that answers to kube-audit-rest's command; kube-audit-rest's own where it can be pulled."""
MINE = "toolkit-test-"
"""How the names of all clusters of these tests begin."""


def made_with() -> list[str]:
    """Return the flags by which a cluster is made."""
    return ["--image", NODE_IMAGE] if NODE_IMAGE else []


def recorded_by(*, load: bool = True) -> list[str]:
    """Return the flags of the recorder in the cluster; `load`: the node does not have its image yet."""
    if not RECORDER_IMAGE:
        return []
    return ["--recorder-image", RECORDER_IMAGE, *(["--load-image", RECORDER_IMAGE] if load else [])]


@dataclass(frozen=True)
class Machine:
    """Runs the toolkit with a cache folder and a home of its own."""

    folder: Path
    variables: dict[str, str] = field(default_factory=dict)

    @property
    def clusters(self) -> Path:
        """The folder with one folder for each cluster."""
        return self.folder / "cache" / "clusters"

    def begin(self, *arguments: str | Path, **variables: str) -> subprocess.Popen[str]:
        """Start the toolkit in a session of its own."""
        home = {"TOOLKIT_CACHE": str(self.folder / "cache"), "HOME": str(self.folder / "home")}
        return subprocess.Popen(
            [sys.executable, "-m", "toolkit", *map(str, arguments)],
            cwd=ROOT,
            env={**os.environ, **home, **self.variables, **variables},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def run(self, *arguments: str | Path, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run the toolkit to its end."""
        process = self.begin(*arguments, **variables)
        out, err = process.communicate(timeout=900)
        return subprocess.CompletedProcess(arguments, process.returncode, out, err)

    def left(self) -> list[str]:
        """Return what clusters of the toolkit have left: containers, networks, volumes of nobody, files."""
        folders = [str(path) for path in self.clusters.glob("*") if path.is_dir()]
        return [*containers(), *networks(), *dangling_volumes(), *folders]


def docker(*arguments: str) -> list[str]:
    """Return the lines that Docker prints."""
    return subprocess.run(["docker", *arguments], capture_output=True, text=True, check=True).stdout.splitlines()


def containers() -> list[str]:
    """Return the names of the containers of these tests' clusters."""
    names = docker("ps", "--all", "--format", "{{.Names}}", "--filter", "label=io.x-k8s.kind.cluster")
    return [name for name in names if name.startswith(MINE)]


def networks() -> list[str]:
    """Return the networks of these tests' clusters."""
    return [name for name in docker("network", "ls", "--format", "{{.Name}}") if name.startswith(MINE)]


def dangling_volumes() -> list[str]:
    """Return the volumes that no container has."""
    return docker("volume", "ls", "--quiet", "--filter", "dangling=true")


@dataclass(frozen=True)
class Kept:
    """The kept cluster, and the capture that it was made for."""

    name: str
    capture: subprocess.CompletedProcess[str]
    dataset: Path
    machine: Machine

    @property
    def kubeconfig(self) -> Path:
        """The cluster's kubeconfig."""
        return self.machine.clusters / self.name / "kubeconfig"

    def reuse(self, *arguments: str | Path) -> list[str | Path]:
        """Return the command of a capture on it."""
        return ["generate", "--provider", "kind", "--name", self.name, "--reuse", *arguments]
