"""The programs that kind clusters need: a container engine that answers, and kind itself."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, replace

from toolkit.cluster.engine import find_engine
from toolkit.errors import ExitCode, Fault, ToolkitError, environment, usage

NODE_IMAGES = {
    "1.37": "kindest/node:v1.37.0",
    "1.36": "kindest/node:v1.36.4",
    "1.35": "kindest/node:v1.35.8",
    "1.34": "kindest/node:v1.34.11",
}
"""The node image of each Kubernetes minor version that kind 0.33 was released with."""
KNOWN_KIND = (0, 33)
"""The kind that is known to work."""
OLDEST_KIND = (0, 27)
"""Before it `kind load` fails on node images from Kubernetes 1.32.1 on (kubernetes-sigs/kind#3853)."""
INSTALL_KIND = "go install sigs.k8s.io/kind@v0.33.0"
_ANSWER_WITHIN = 20.0


@dataclass(frozen=True, slots=True)
class KindTool:
    """Where the programs are; `engine` is docker, podman or nerdctl."""

    engine: str
    engine_name: str
    kind: str

    def clusters(self) -> list[str]:
        """Return the names of the kind clusters that are there."""
        return self._lines([self.kind, "get", "clusters", "--quiet"])

    def nodes(self, cluster: str) -> list[str]:
        """Return the names of a cluster's node containers, the one with the control plane first."""
        nodes = self._lines([self.kind, "get", "nodes", "--name", cluster])
        return sorted(nodes, key=lambda name: ("control-plane" not in name, name))

    def gateway(self, cluster: str) -> str:
        """Return the address by which a cluster's nodes reach this machine. Raises ToolkitError (exit 4)."""
        template = "{{range .NetworkSettings.Networks}}{{.Gateway}} {{end}}"
        words = " ".join(self._lines([self.engine, "inspect", "--format", template, self.nodes(cluster)[0]])).split()
        if not words:
            raise environment(f"the nodes of {cluster} have no gateway by which they could reach this machine")
        return words[0]

    def _lines(self, command: Sequence[str]) -> list[str]:
        try:
            answer = subprocess.run(command, capture_output=True, text=True, timeout=_ANSWER_WITHIN, check=True)
        except subprocess.CalledProcessError as error:
            fault = Fault(f"`{' '.join(command)}` failed (status {error.returncode})", snippet=error.stderr.strip())
            raise ToolkitError(fault, ExitCode.ENVIRONMENT) from error
        except (OSError, subprocess.SubprocessError) as error:
            raise environment(f"`{' '.join(command)}` failed: {error}") from error
        return answer.stdout.splitlines()


def find_kind() -> KindTool:
    """Return the programs. Raises ToolkitError (exit 4) that says which is missing, too old, or does not answer."""
    try:
        engine = find_engine()
        kind = find_kind_program()
    except ToolkitError as error:
        fault = error.faults[0]
        hint = f"{fault.hint}; or `--provider local`, which needs no containers"
        raise ToolkitError(replace(fault, hint=hint), error.exit_code) from error
    return KindTool(engine.program, engine.name, kind.path)


@dataclass(frozen=True, slots=True)
class KindProgram:
    """The program kind and its version, such as `0.33.0`."""

    path: str
    version: str

    @property
    def release(self) -> tuple[int, int]:
        """The first two numbers of the version."""
        major, minor = self.version.split(".")[:2]
        return int(major), int(minor)


def find_kind_program() -> KindProgram:
    """Return kind. Raises ToolkitError (exit 4) when it is missing, does not tell its version, or is too old."""
    path = shutil.which("kind")
    if path is None:
        raise environment("kind is not on the PATH", hint=INSTALL_KIND)
    try:
        answer = subprocess.run([path, "version"], capture_output=True, text=True, timeout=_ANSWER_WITHIN, check=True)
    except (OSError, subprocess.SubprocessError) as error:
        raise environment(f"`kind version` failed: {error}", hint=INSTALL_KIND) from error
    found = re.search(r"v(\d+\.\d+\S*)", answer.stdout)
    if found is None:
        raise environment(f"{path} does not tell its version: {answer.stdout.strip()}", hint=INSTALL_KIND)
    kind = KindProgram(path, found[1])
    if kind.release < OLDEST_KIND:
        oldest = ".".join(map(str, OLDEST_KIND))
        message = f"kind {kind.version} is too old: node images of today need {oldest} or newer"
        raise environment(message, hint=INSTALL_KIND)
    return kind


def node_image(minor: str) -> str:
    """Return the node image of a Kubernetes minor version. Raises ToolkitError (exit 2) for one that is not known."""
    if minor not in NODE_IMAGES:
        raise usage(
            f"no node image is known for Kubernetes {minor}",
            hint=f"there are: {', '.join(NODE_IMAGES)}; --image names any other",
        )
    return NODE_IMAGES[minor]
