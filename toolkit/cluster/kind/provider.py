"""The provider `kind`: a cluster in containers with a recorder in it, ended when it is no longer needed."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from toolkit.cluster.client import ApiClient
from toolkit.cluster.folders import clusters_folder
from toolkit.cluster.keeper import KeptCluster, note_kept
from toolkit.cluster.kind.cluster import KindCluster
from toolkit.cluster.kind.maker import Maker, Say
from toolkit.cluster.kind.node_log import NodeLog
from toolkit.cluster.kind.rest import await_rest
from toolkit.cluster.kind.tool import KindTool, find_kind
from toolkit.cluster.recorder.deployment import LOG_FILE, DeploymentSettings, RecorderDeployment
from toolkit.cluster.recorder.host import host_recorder
from toolkit.cluster.recorder.part import RecorderPart
from toolkit.cluster.recorder.pod_log import PodLog, followed
from toolkit.cluster.supervised import Supervised
from toolkit.cluster.supervisor import clear_away, is_kept
from toolkit.errors import ToolkitError, environment, usage
from toolkit.home import find_home

RECORDERS = ("kube-audit-rest", "toolkit")
"""What can record: kube-audit-rest in the cluster, or the toolkit's own recorder on this machine."""
_NAME = re.compile(r"[a-z0-9]([a-z0-9.-]{0,48}[a-z0-9])?")
_POD_FOLDER = "/var/lib/kubelet/pods/{uid}/volumes/kubernetes.io~empty-dir/tmp"


@dataclass(frozen=True, slots=True)
class KindSettings:
    """How a kind cluster is made and what records in it.

    `name` None: KIND_CLUSTER_NAME, else made of the checkout's path. `image` None: kind's own. `keep`: leave it up.
    `reuse`: take the one of that name if it is up. `load_images`: images of the engine that are put into the nodes.
    """

    name: str | None = None
    image: str | None = None
    config: Path | None = None
    keep: bool = False
    reuse: bool = False
    recorder: str = RECORDERS[0]
    deployment: DeploymentSettings = field(default_factory=DeploymentSettings)
    load_images: tuple[str, ...] = ()


def default_name() -> str:
    """Return the name of the cluster where none is given: the same for the same checkout."""
    home = str(find_home().root)
    return os.environ.get("KIND_CLUSTER_NAME") or f"toolkit-{hashlib.sha256(home.encode()).hexdigest()[:8]}"


class KindProvider:
    """Makes kind clusters; several may be up at once under different names."""

    def __init__(self, settings: KindSettings, say: Say) -> None:
        self._settings = settings
        self._say = say
        self.name = settings.name or default_name()
        if not _NAME.fullmatch(self.name):
            raise usage(f'"{self.name}" is no name for a cluster', hint="small letters, digits, - and . inside")

    @contextmanager
    def start(self) -> Iterator[KindCluster]:
        """Start a cluster and its recorder; both are gone when the context ends, or this process, unless kept.

        Raises ToolkitError (exit 4) when a stage fails, with what was said and where the logs are.
        """
        tool = find_kind()
        is_up = self._is_up(tool)
        with ExitStack() as resources:
            claim = f"{self.name}.reused" if is_up else self.name
            supervised = resources.enter_context(Supervised(clusters_folder(), claim))
            maker = Maker(tool, self.name, supervised, self._say)
            if is_up:
                maker.reuse()
            else:
                maker.create(self._settings.image, self._settings.config)
            maker.load(self._settings.load_images)
            client = ApiClient(maker.kubeconfig, private=supervised.folder)
            resources.callback(client.close)
            recorder = resources.enter_context(self._recorder(tool, client, supervised.folder))
            self._await_rest(client)
            cluster = KindCluster(client, maker.kubeconfig, supervised, recorder)
            if self._settings.keep and not is_up:
                resources.callback(self._keep, supervised, cluster)
            with cluster.recording():
                yield cluster

    def _keep(self, supervised: Supervised, cluster: KindCluster) -> None:
        state = KeptCluster(self.name, cluster.kubernetes_version, 0, str(cluster.kubeconfig), "", "kind")
        note_kept(supervised.folder, state)
        supervised.keep()
        self._say("keep", f"KUBECONFIG={cluster.kubeconfig}; `toolkit cluster down --name {self.name}`", None)

    def _await_rest(self, client: ApiClient) -> None:
        begin = time.monotonic()
        await_rest(client)
        self._say("rest", "everything that runs in the cluster is ready", time.monotonic() - begin)

    def _is_up(self, tool: KindTool) -> bool:
        """Say whether the cluster is up and to be used. Raises ToolkitError (exit 4) when it is up and not to be."""
        folder = clusters_folder() / self.name
        if clusters_folder().is_dir():
            clear_away(clusters_folder())
        is_up = self.name in tool.clusters()
        if is_up and not self._settings.reuse:
            raise environment(
                f'a kind cluster named "{self.name}" is up already',
                hint=f"--reuse uses it, --name makes another one, `kind delete cluster --name {self.name}` ends it",
            )
        if not is_up and is_kept(folder):  # somebody ended it by other means
            shutil.rmtree(folder, ignore_errors=True)
        return is_up

    @contextmanager
    def _recorder(self, tool: KindTool, client: ApiClient, folder: Path) -> Iterator[RecorderPart]:
        if self._settings.recorder == "toolkit":
            with host_recorder(folder / "host-recorder", tool.gateway(self.name)) as host:
                yield host.part()
        else:
            with self._deployed(tool, client, folder / "recorder") as part:
                yield part

    @contextmanager
    def _deployed(self, tool: KindTool, client: ApiClient, folder: Path) -> Iterator[RecorderPart]:
        begin = time.monotonic()
        settings = self._settings.deployment
        deployment = RecorderDeployment(client, settings, folder)
        pod = deployment.deploy()
        self._say("deploy", f"{deployment.recorder} in the cluster", time.monotonic() - begin)

        where = _POD_FOLDER.format(uid=pod.uid)
        follow = followed(client, settings.namespace, pod.name)
        with ExitStack() as resources:
            if self._settings.keep or self._settings.reuse:
                resources.callback(_remove, deployment)
            reading: AbstractContextManager[PodLog | NodeLog] = follow
            if not settings.to_std_log:
                reading = NodeLog(tool.engine, pod.node, where)
            log = resources.enter_context(reading)
            yield deployment.part(pod, log.lines, Path(where) / LOG_FILE)


def _remove(deployment: RecorderDeployment) -> None:
    with suppress(ToolkitError):  # what failed before is what is to be told; the next run removes it first
        deployment.remove()
