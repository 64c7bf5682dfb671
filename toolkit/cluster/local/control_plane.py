"""etcd, kube-apiserver and kube-controller-manager as one control plane on loopback."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from toolkit.cluster.certificates import Authority, Pair
from toolkit.cluster.client import ApiClient
from toolkit.cluster.kubeconfig import write_kubeconfig
from toolkit.cluster.local.ports import LOOPBACK, HeldPort
from toolkit.cluster.local.programs import Programs
from toolkit.cluster.supervised import Supervised
from toolkit.errors import ToolkitError

ADMIN = "kubernetes-admin"
ADMIN_GROUP = "kubeadm:cluster-admins"
SERVICE_CIDR = "10.96.0.0/16"
SERVICE_ADDRESS = "10.96.0.1"
READY_WITHIN = 120.0
"""Seconds that a control plane may take until it serves."""


@dataclass(frozen=True, slots=True)
class ControlPlane:
    """A control plane that serves; its authority also signs for the recorder."""

    authority: Authority
    kubeconfig: Path
    client: ApiClient


class Starter:
    """Starts a control plane inside a supervised folder; what it holds is released by `resources`."""

    def __init__(self, programs: Programs, supervised: Supervised, resources: ExitStack) -> None:
        self._programs = programs
        self._supervised = supervised
        self._resources = resources
        self._authority = Authority.create(supervised.folder / "certificates", "toolkit")
        self._port = resources.enter_context(HeldPort()).number
        self._token_keys = self._authority.signing_keys("service-accounts")

    def start_api(self) -> ControlPlane:
        """Start etcd and the API server and return when they serve. Raises ToolkitError (exit 4) when they do not."""
        self._start_apiserver(self._start_etcd())
        root = self._client("root", ("system:masters",))
        self._until(lambda: _status(root, "/readyz") == 200, "kube-apiserver")
        root.request("POST", "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings", body=_ADMIN_BINDING)
        admin = self._client(ADMIN, (ADMIN_GROUP,))
        # Made by itself soon after it serves: had the recorder begun before, it would sometimes be recorded.
        for path in _OWN_SERVICE:
            self._until(partial(_is_there, admin, path), "kube-apiserver")
        return ControlPlane(self._authority, self._kubeconfig_path(ADMIN), admin)

    def start_controllers(self, plane: ControlPlane) -> None:
        """Start the controllers and return when they work. Raises ToolkitError (exit 4) when they do not."""
        self._start_controller_manager()
        account = "/api/v1/namespaces/default/serviceaccounts/default"
        self._until(lambda: _status(plane.client, account) == 200, "kube-controller-manager")

    @property
    def _server(self) -> str:
        return f"https://{LOOPBACK}:{self._port}"

    def _start_etcd(self) -> str:
        pair = self._authority.server("etcd", [LOOPBACK])
        client, peer = (
            f"https://{LOOPBACK}:{self._resources.enter_context(HeldPort()).number}" for _ in ("client", "peer")
        )
        self._supervised.start(
            "etcd",
            [
                str(self._programs.etcd),
                "--name=toolkit",
                f"--data-dir={self._supervised.folder / 'etcd'}",
                "--unsafe-no-fsync",
                "--socket-reuse-port",
                "--log-level=warn",
                f"--listen-client-urls={client}",
                f"--advertise-client-urls={client}",
                f"--listen-peer-urls={peer}",
                f"--initial-advertise-peer-urls={peer}",
                f"--initial-cluster=toolkit={peer}",
                *self._tls_of_etcd(pair, ""),
                *self._tls_of_etcd(pair, "peer-"),
            ],
        )
        return client

    def _tls_of_etcd(self, pair: Pair, prefix: str) -> list[str]:
        return [
            f"--{prefix}cert-file={pair.certificate}",
            f"--{prefix}key-file={pair.key}",
            f"--{prefix}trusted-ca-file={self._authority.pair.certificate}",
            f"--{prefix}client-cert-auth",
        ]

    def _start_apiserver(self, etcd: str) -> None:
        server = self._authority.server("apiserver", [LOOPBACK, "localhost", "kubernetes.default.svc", SERVICE_ADDRESS])
        client = self._authority.client("apiserver-etcd")
        authority = self._authority.pair.certificate
        self._supervised.start(
            "kube-apiserver",
            [
                str(self._programs.apiserver),
                f"--etcd-servers={etcd}",
                f"--etcd-cafile={authority}",
                f"--etcd-certfile={client.certificate}",
                f"--etcd-keyfile={client.key}",
                f"--bind-address={LOOPBACK}",
                f"--secure-port={self._port}",
                "--permit-port-sharing",
                f"--tls-cert-file={server.certificate}",
                f"--tls-private-key-file={server.key}",
                f"--client-ca-file={authority}",
                f"--service-account-key-file={self._token_keys.certificate}",
                f"--service-account-signing-key-file={self._token_keys.key}",
                "--service-account-issuer=https://kubernetes.default.svc.cluster.local",
                "--authorization-mode=Node,RBAC",
                "--enable-admission-plugins=NodeRestriction",
                f"--service-cluster-ip-range={SERVICE_CIDR}",
                "--allow-privileged=true",
            ],
        )

    def _start_controller_manager(self) -> None:
        user = "system:kube-controller-manager"
        authority = self._authority.pair
        self._supervised.start(
            "kube-controller-manager",
            [
                str(self._programs.controller_manager),
                f"--kubeconfig={self._kubeconfig(user)}",
                "--secure-port=0",
                "--leader-elect=false",
                # Its own limit of 20 requests a second is what its start would wait for.
                "--kube-api-qps=500",
                "--kube-api-burst=1000",
                "--use-service-account-credentials",
                f"--service-account-private-key-file={self._token_keys.key}",
                f"--root-ca-file={authority.certificate}",
                f"--cluster-signing-cert-file={authority.certificate}",
                f"--cluster-signing-key-file={authority.key}",
            ],
        )

    def _client(self, user: str, groups: Sequence[str]) -> ApiClient:
        client = ApiClient(self._kubeconfig(user, groups))
        self._resources.callback(client.close)
        return client

    def _kubeconfig(self, user: str, groups: Sequence[str] = ()) -> Path:
        pair = self._authority.client(user, groups)
        authority = self._authority.pair.certificate
        return write_kubeconfig(self._kubeconfig_path(user), self._server, authority, user, pair)

    def _kubeconfig_path(self, user: str) -> Path:
        return self._supervised.folder / f"{user.replace(':', '-')}.kubeconfig"

    def _until(self, holds: Callable[[], bool], program: str) -> None:
        deadline = time.monotonic() + READY_WITHIN
        while not holds():
            self._supervised.check()
            if time.monotonic() > deadline:
                raise self._supervised.failure(f"{program} was not ready within {READY_WITHIN:.0f} s", program)
            time.sleep(0.05)


def _is_there(client: ApiClient, path: str) -> bool:
    return _status(client, path) == 200


def _status(client: ApiClient, path: str) -> int:
    """Return the status of a GET, 0 when nothing answers yet."""
    try:
        return client.request("GET", path, timeout=5).status
    except ToolkitError:
        return 0


_OWN_SERVICE = (
    "/api/v1/namespaces/default/services/kubernetes",
    "/api/v1/namespaces/default/endpoints/kubernetes",
    "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices/kubernetes",
)
_ADMIN_BINDING = {
    "apiVersion": "rbac.authorization.k8s.io/v1",
    "kind": "ClusterRoleBinding",
    "metadata": {"name": ADMIN_GROUP},
    "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"},
    "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": ADMIN_GROUP}],
}
