"""What records in a cluster of others: kube-audit-rest put into it, or the toolkit's own recorder on this machine."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from toolkit.cluster.existing.connection import Connection
from toolkit.cluster.existing.rights import Right
from toolkit.cluster.recorder.deployment import DeploymentSettings, RecorderDeployment
from toolkit.cluster.recorder.host import address_towards, host_recorder
from toolkit.cluster.recorder.part import RecorderPart
from toolkit.cluster.recorder.pod_log import followed
from toolkit.errors import environment

_RIGHTS_TO_DEPLOY = frozenset(
    {
        Right("create", "secrets"),
        Right("create", "services"),
        Right("create", "deployments", "apps"),
        Right("get", "pods"),
        Right("list", "pods"),
        Right("get", "pods", subresource="log"),
        Right("get", "pods", subresource="proxy"),
    }
)


@dataclass(frozen=True, slots=True)
class RecorderChoice:
    """Which recorder: `deployment` says which image is put into the cluster, None means the one on this machine.

    `address` is this machine's as the API server reaches it (default: the one that packets to it come from).
    """

    deployment: DeploymentSettings | None
    address: str | None = None

    @property
    def rights(self) -> frozenset[Right]:
        """What it takes, besides making namespaces."""
        return _RIGHTS_TO_DEPLOY if self.deployment else frozenset()


@contextmanager
def recorder_for(
    connection: Connection, choice: RecorderChoice, namespace: str, labels: Mapping[str, str]
) -> Iterator[RecorderPart]:
    """Have a recorder while the context lasts; one in the cluster is in a namespace of its own with these labels.

    That namespace is left to be removed with everything else of the run. Raises ToolkitError (exit 4).
    """
    if choice.deployment is None:
        address = choice.address or address_towards(connection.client.server)
        with host_recorder(connection.folder, address) as host:
            yield host.part()
        return
    if "kubelet" not in connection.features():
        hint = "--recorder toolkit records on this machine"
        raise environment("no node of that cluster is ready, so that no recorder can run in it", hint=hint)
    settings = replace(choice.deployment, namespace=namespace, to_std_log=True, labels=dict(labels))
    deployment = RecorderDeployment(connection.client, settings, connection.folder / "recorder")
    pod = deployment.deploy()
    with followed(connection.client, namespace, pod.name) as log:
        yield deployment.part(pod, log.lines, Path(f"{namespace}/{pod.name}"))
