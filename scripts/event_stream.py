"""Prints generated admission events for measuring: `python scripts/event_stream.py 20000 > events.jsonl`.

They are made from events that an API server sent (`tests/conformance/data/captured`, `test_files`), in the shares of a
busy cluster of 50 namespaces; the same count and seed give the same bytes.
"""

from __future__ import annotations

import argparse
import copy
import gzip
import random
import sys
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import orjson

ROOT = Path(__file__).resolve().parent.parent
CAPTURED = ROOT / "tests" / "conformance" / "data" / "captured" / "apiserver-1.37.2.jsonl.gz"
DATASET = ROOT / "test_files" / "1.37"
SEED = 20261123
START_NS = 1_796_000_000 * 10**9
LARGEST_TEMPLATE = 20_000
NAMESPACES = [f"team-{number:02d}" for number in range(48)] + ["default", "kube-system"]
NODES = [f"node-{number:02d}" for number in range(40)]
APPS = ["api", "web", "worker", "cache", "billing", "search", "ingest", "frontend", "scheduler", "mailer"]
IMAGES = ["registry.example.com/{app}:1.{minor}.0", "docker.io/library/{app}:{minor}", "ghcr.io/example/{app}:v{minor}"]
SETTINGS = [
    "HOST",
    "PORT",
    "LOG_LEVEL",
    "REGION",
    "QUEUE",
    "CACHE",
    "BROKER",
    "BUCKET",
    "DATABASE",
    "TIMEOUT",
    "REPLICAS",
    "ENDPOINT",
]
BACKENDS = 33
CONDITIONS = ["PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled"]
PEOPLE = ["kubernetes-admin", "kubernetes-admin", "admin", "alice@example.com", "bob@example.com"]
CONTROLLERS = "system:serviceaccount:kube-system:"

Request = dict[str, Any]


class Kind(NamedTuple):
    """A kind of event: its share of 1000, resource, subresource, operation, and who makes it."""

    share: int
    resource: str
    subresource: str
    operation: str
    users: tuple[str, ...]


_STATUS = ("system:node:{node}",)
_HELM = (
    f"{CONTROLLERS}root-ca-cert-publisher",
    "system:serviceaccount:argocd:argocd-application-controller",
    "{person}",
)
_ARGO = ("system:serviceaccount:argocd:argocd-application-controller",) * 3 + ("{person}",)

KINDS = (
    Kind(300, "leases", "", "UPDATE", (*_STATUS * 3, "system:kube-controller-manager", "system:kube-scheduler")),
    Kind(150, "events", "", "CREATE", (*_STATUS * 2, f"{CONTROLLERS}replicaset-controller", "system:kube-scheduler")),
    Kind(40, "endpoints", "", "UPDATE", (f"{CONTROLLERS}endpoint-controller",)),
    Kind(60, "endpointslices", "", "UPDATE", (f"{CONTROLLERS}endpointslice-controller",)),
    Kind(
        150,
        "pods",
        "",
        "CREATE",
        (
            *(f"{CONTROLLERS}{name}-controller" for name in ("replicaset", "job", "daemon-set", "statefulset")),
            "{person}",
        ),
    ),
    Kind(50, "pods", "status", "UPDATE", _STATUS),
    Kind(30, "nodes", "status", "UPDATE", _STATUS),
    Kind(25, "configmaps", "", "CREATE", _HELM),
    Kind(20, "configmaps", "", "UPDATE", (*_ARGO, "system:serviceaccount:ingress:controller")),
    Kind(15, "secrets", "", "CREATE", _ARGO),
    Kind(10, "secrets", "", "UPDATE", _ARGO),
    Kind(10, "roles", "", "CREATE", _ARGO),
    Kind(8, "rolebindings", "", "CREATE", _ARGO),
    Kind(7, "clusterroles", "", "UPDATE", (*_ARGO, f"{CONTROLLERS}clusterrole-aggregation-controller")),
    Kind(5, "clusterrolebindings", "", "CREATE", _ARGO),
    Kind(14, "pods", "exec", "CONNECT", ("{person}", "system:serviceaccount:gitlab:runner")),
    Kind(6, "pods", "portforward", "CONNECT", ("{person}",)),
    Kind(20, "serviceaccounts", "token", "CREATE", _STATUS),
    Kind(20, "deployments", "status", "UPDATE", (f"{CONTROLLERS}deployment-controller",)),
    Kind(15, "replicasets", "status", "UPDATE", (f"{CONTROLLERS}replicaset-controller",)),
    Kind(10, "deployments", "", "UPDATE", (*_ARGO, "system:serviceaccount:keda:keda-operator")),
    Kind(10, "pods", "", "DELETE", (f"{CONTROLLERS}generic-garbage-collector", *_STATUS)),
    Kind(5, "services", "", "UPDATE", _ARGO),
    Kind(5, "jobs", "", "CREATE", (f"{CONTROLLERS}cronjob-controller",)),
    Kind(10, "widgets", "", "CREATE", ("system:serviceaccount:operators:widget-operator",)),
    Kind(3, "namespaces", "", "CREATE", ("{person}",)),
    Kind(2, "ingresses", "", "CREATE", _ARGO),
)


def generate(count: int, seed: int = SEED) -> Iterator[bytes]:
    """Yield so many lines, without their ends."""
    maker = _Maker(random.Random(seed))
    shares = [kind.share for kind in KINDS]
    for number, kind in enumerate(maker.random.choices(KINDS, shares, k=count)):
        yield maker.line(kind, number)


class _Maker:
    def __init__(self, source: random.Random) -> None:
        self.random = source
        self._templates = _templates()

    def line(self, kind: Kind, number: int) -> bytes:
        review = copy.deepcopy(self.random.choice(self._templates[kind.resource, kind.subresource, kind.operation]))
        self._fill(review["request"], kind)
        time_ns = START_NS + number * 7_000_001
        review["requestReceivedTimestamp"] = _rfc3339(time_ns)
        return orjson.dumps(review)

    def _fill(self, request: Request, kind: Kind) -> None:
        app, node = self.random.choice(APPS), self.random.choice(NODES)
        suffix = f"{self.random.getrandbits(40):010x}"
        is_node = kind.resource == "nodes"
        name = node if is_node else f"{app}-{suffix}"
        namespace = self.random.choice(NAMESPACES)
        request["uid"] = self._uuid()
        if "name" in request:
            request["name"] = name
        if "namespace" in request:
            request["namespace"] = namespace
        request["userInfo"] = self._user(kind, node)
        for member in ("object", "oldObject"):
            if request[member]:
                self._fill_object(request[member], name, namespace, app)
        if is_node:
            self._fill_node(request)
        if (kind.resource, kind.subresource) == ("pods", "status"):
            self._fill_status(request)

    def _fill_object(self, found: Request, name: str, namespace: str, app: str) -> None:
        metadata = found.get("metadata")
        if metadata:
            metadata["name"] = name
            metadata["uid"] = self._uuid()
            if "namespace" in metadata:
                metadata["namespace"] = namespace
            if "resourceVersion" in metadata:
                metadata["resourceVersion"] = str(self.random.randrange(10**7))
            metadata["labels"] = {**metadata.get("labels", {}), "app.kubernetes.io/name": app}
        for container in filter(_is_mapping, (found.get("spec") or {}).get("containers", [])):
            container["image"] = self.random.choice(IMAGES).format(app=app, minor=self.random.randrange(40))
            container["env"] = [
                {"name": f"{app.upper()}_{name}", "value": f"{name.lower()}.{namespace}"} for name in SETTINGS
            ]
        if found.get("endpoints"):
            found["endpoints"] = [self._endpoint(found["endpoints"][0], namespace, app) for _ in range(BACKENDS)]
        if found.get("subsets"):
            address = found["subsets"][0]["addresses"][0]
            found["subsets"][0]["addresses"] = [self._endpoint(address, namespace, app) for _ in range(BACKENDS)]

    def _endpoint(self, endpoint: Request, namespace: str, app: str) -> Request:
        name = f"{app}-{self.random.getrandbits(40):010x}"
        target = {"kind": "Pod", "namespace": namespace, "name": name, "uid": self._uuid()}
        return {**endpoint, "nodeName": self.random.choice(NODES), "targetRef": target}

    def _fill_node(self, request: Request) -> None:
        images = [
            {"names": [image.format(app=app, minor=minor)], "sizeBytes": 10**7 + minor}
            for app in APPS
            for minor, image in enumerate(IMAGES * 2)
        ]
        for member in ("object", "oldObject"):
            request[member]["status"] = {**request[member].get("status", {}), "images": images}

    def _fill_status(self, request: Request) -> None:
        for member in ("object", "oldObject"):
            containers = request[member]["spec"]["containers"]
            request[member]["status"] |= {
                "conditions": [
                    {
                        "type": name,
                        "status": "True",
                        "lastProbeTime": None,
                        "lastTransitionTime": "2026-11-23T05:51:16Z",
                    }
                    for name in CONDITIONS
                ],
                "containerStatuses": [
                    {
                        "name": container["name"],
                        "state": {"running": {"startedAt": "2026-11-23T05:51:16Z"}},
                        "lastState": {},
                        "ready": True,
                        "restartCount": 0,
                        "image": container["image"],
                        "imageID": f"sha256:{self.random.getrandbits(256):064x}",
                        "containerID": f"containerd://{self.random.getrandbits(256):064x}",
                        "started": True,
                    }
                    for container in containers
                ],
            }

    def _user(self, kind: Kind, node: str) -> Request:
        name = self.random.choice(kind.users).format(node=node, person=self.random.choice(PEOPLE))
        if name.startswith("system:node:"):
            groups = ["system:nodes", "system:authenticated"]
        elif name.startswith("system:serviceaccount:"):
            namespace = name.split(":")[2]
            groups = ["system:serviceaccounts", f"system:serviceaccounts:{namespace}", "system:authenticated"]
        else:
            groups = ["system:authenticated"]
        return {"username": name, "uid": self._uuid(), "groups": groups}

    def _uuid(self) -> str:
        return str(uuid.UUID(int=self.random.getrandbits(128), version=4))


def _is_mapping(value: Any) -> bool:
    return isinstance(value, dict)


def _rfc3339(time_ns: int) -> str:
    from datetime import UTC, datetime

    seconds, rest = divmod(time_ns, 10**9)
    fraction = f".{rest:09d}".rstrip("0").rstrip(".")
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}{fraction}Z"


def _templates() -> dict[tuple[str, str, str], list[Any]]:
    """Return what an API server sent, by resource, subresource and operation."""
    found: dict[tuple[str, str, str], list[Any]] = {}
    for line in _captured_lines():
        review = orjson.loads(line)
        request = review["request"]
        key = (request["resource"]["resource"], request.get("subResource", ""), request["operation"])
        found.setdefault(key, []).append(review)
    for resource in ("endpoints", "endpointslices"):
        found[resource, "", "UPDATE"] = [_updated(review) for review in found[resource, "", "CREATE"]]
    found["nodes", "status", "UPDATE"] = [_with_status(_updated(review)) for review in found["nodes", "", "CREATE"]]
    return found


def _captured_lines() -> Iterator[bytes]:
    logs: list[Callable[[], bytes]] = [lambda: gzip.decompress(CAPTURED.read_bytes())]
    logs += [path.read_bytes for path in sorted(DATASET.glob("*.jsonl"))]
    for read in logs:
        yield from (line for line in read().splitlines() if len(line) <= LARGEST_TEMPLATE)


def _updated(review: Any) -> Any:
    """Return the update that leaves an object as it was created."""
    changed = copy.deepcopy(review)
    request = changed["request"]
    request["operation"] = "UPDATE"
    request["object"]["metadata"].setdefault("resourceVersion", "1")
    request["oldObject"] = copy.deepcopy(request["object"])
    request["options"] = {"kind": "UpdateOptions", "apiVersion": "meta.k8s.io/v1"}
    return changed


def _with_status(review: Any) -> Any:
    review["request"]["subResource"] = review["request"]["requestSubResource"] = "status"
    return review


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("count", type=int, nargs="?", default=20_000, help="how many events (default 20000)")
    parser.add_argument("--seed", type=int, default=SEED)
    arguments = parser.parse_args()
    for line in generate(arguments.count, arguments.seed):
        sys.stdout.buffer.write(line + b"\n")


if __name__ == "__main__":
    main()
