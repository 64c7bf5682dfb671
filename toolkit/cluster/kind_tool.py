"""The programs that kind clusters need: a container engine that answers, and kind itself."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass

from toolkit.errors import ExitCode, Fault, ToolkitError, environment, usage

NODE_IMAGES = {
    "1.37": "kindest/node:v1.37.0",
    "1.36": "kindest/node:v1.36.4",
    "1.35": "kindest/node:v1.35.8",
    "1.34": "kindest/node:v1.34.11",
}
"""The node image of each Kubernetes minor version that kind 0.33 was released with."""
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
    """Return the programs. Raises ToolkitError (exit 4) that says which is missing or does not answer."""
    name = engine_name()
    engine, kind = shutil.which(name), shutil.which("kind")
    if engine is None:
        raise environment(f"{name} is not installed", hint="`--provider local` needs no containers")
    if kind is None:
        raise environment(
            "kind is not on the PATH",
            hint="go install sigs.k8s.io/kind@v0.33.0, or `--provider local`, which needs no containers",
        )
    try:
        subprocess.run([engine, "info"], capture_output=True, text=True, timeout=_ANSWER_WITHIN, check=True)
    except (OSError, subprocess.SubprocessError) as error:
        words = (getattr(error, "stderr", None) or str(error)).strip().splitlines()
        fault = Fault(
            f"{name} does not answer; is it running?",
            snippet=words[-1] if words else None,
            hint="start it (`systemctl start docker`), or use `--provider local`, which needs no containers",
        )
        raise ToolkitError(fault, ExitCode.ENVIRONMENT) from error
    return KindTool(engine, name, kind)


def engine_name() -> str:
    """Return the container engine that kind is told to use: docker unless KIND_EXPERIMENTAL_PROVIDER names another."""
    return os.environ.get("KIND_EXPERIMENTAL_PROVIDER") or "docker"


def node_image(minor: str) -> str:
    """Return the node image of a Kubernetes minor version. Raises ToolkitError (exit 2) for one that is not known."""
    if minor not in NODE_IMAGES:
        raise usage(
            f"no node image is known for Kubernetes {minor}",
            hint=f"there are: {', '.join(NODE_IMAGES)}; --image names any other",
        )
    return NODE_IMAGES[minor]
