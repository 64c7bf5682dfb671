"""Making a kind cluster, or taking the one that is up, and seeing to its end whatever happens to this process."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from toolkit.cluster.folders import cache_folder
from toolkit.cluster.kind import end as kind_end
from toolkit.cluster.kind.tool import KindTool
from toolkit.cluster.supervised import Supervised
from toolkit.errors import ExitCode, Fault, ToolkitError

CREATE_WITHIN = 900.0
"""Seconds that making a cluster may take; most of it is the download of a node image."""
_LOAD_WITHIN = 600.0
_EXPORT_WITHIN = 120.0
_NETWORK_VARIABLES = {"docker": "KIND_EXPERIMENTAL_DOCKER_NETWORK", "podman": "KIND_EXPERIMENTAL_PODMAN_NETWORK"}

Say = Callable[[str, str, float | None], None]
"""Who is told that a stage is over: its name, words, and how many seconds it took."""


@dataclass(frozen=True, slots=True)
class Maker:
    """Makes one cluster in a supervised folder, stage by stage."""

    tool: KindTool
    name: str
    supervised: Supervised
    say: Say

    @property
    def kubeconfig(self) -> Path:
        """The cluster's kubeconfig, a file of its own."""
        return self.supervised.folder / "kubeconfig"

    def create(self, image: str | None, config: Path | None) -> None:
        """Make the cluster; it ends with the supervised folder. Raises ToolkitError (exit 4) with what kind said.

        It gets a network of its own, so that nothing of it stays and no other cluster is in its way; one that the
        user has named for kind is used instead, and stays.
        """
        variable = _NETWORK_VARIABLES.get(self.tool.engine_name)
        own_network = self.name if variable and variable not in os.environ else ""
        ending = [sys.executable, "-I", kind_end.__file__, self.tool.engine, self.name, own_network]
        self.supervised.at_end([ending])
        options = ["--name", self.name, "--kubeconfig", str(self.kubeconfig), "--wait", "120s", "--retain"]
        options += ["--image", image] if image else []
        options += ["--config", str(config.resolve())] if config else []
        network = [f"{variable}={own_network}"] if own_network else []
        command = ["env", *network, self.tool.kind, "create", "cluster", *options]
        self._stage("create", command, CREATE_WITHIN, f"kind cluster {self.name}, {image or 'image of kind'}")

    def reuse(self) -> None:
        """Take the cluster that is up; when the folder ends, what records is taken out and the cluster stays."""
        release = [sys.executable, "-m", "toolkit.cluster.kind.release", str(self.kubeconfig)]
        command = [self.tool.kind, "export", "kubeconfig", "--name", self.name, "--kubeconfig", str(self.kubeconfig)]
        self._stage("reuse", command, _EXPORT_WITHIN, f"kind cluster {self.name}, which was up")
        self.supervised.at_end([release])

    def load(self, images: Sequence[str]) -> None:
        """Put images of the container engine into the cluster's nodes. Raises ToolkitError (exit 4)."""
        for image in images:
            command = [self.tool.kind, "load", "docker-image", image, "--name", self.name]
            self._stage("load", command, _LOAD_WITHIN, image)

    def _stage(self, stage: str, command: Sequence[str], within: float, words: str) -> None:
        begin = time.monotonic()
        program = f"kind-{stage}"
        failure = self.supervised.run(program, command, within)
        if failure:
            said = self.supervised.output(program)
            fault = Fault(f"kind failed at {stage} ({failure})", snippet=said, hint=self._logs())
            raise ToolkitError(fault, ExitCode.ENVIRONMENT)
        self.say(stage, words, time.monotonic() - begin)

    def _logs(self) -> str:
        """Export the logs of a cluster that did not come up, and say where they lie."""
        try:
            has_nodes = bool(self.tool.nodes(self.name))
        except ToolkitError:
            has_nodes = False
        if not has_nodes:
            return "no node was made, so there are no logs; `toolkit doctor` looks over this machine"
        folder = cache_folder() / "logs" / self.name
        folder.mkdir(parents=True, exist_ok=True)
        command = [self.tool.kind, "export", "logs", str(folder), "--name", self.name]
        self.supervised.run("kind-export", command, _EXPORT_WITHIN)
        return f"the logs of its nodes are in {folder}"
