"""Waiting until a cluster has done what it does at its start, or after a run, so that its noise is an idle one's."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

from toolkit.cluster.client import ApiClient
from toolkit.errors import environment

_LOOK_EVERY = 0.3


def await_rest(client: ApiClient, within: float = 180) -> None:
    """Wait until every Deployment and DaemonSet has all its pods ready and no namespace is being removed.

    Raises ToolkitError (exit 4) after `within` seconds, with what is not so.
    """
    deadline = time.monotonic() + within
    while busy := list(_busy(client)):
        if time.monotonic() > deadline:
            message = f"the cluster does not come to rest within {within:.0f} s: {', '.join(busy)}"
            raise environment(message, hint="`kubectl get pods -A` on a cluster that is kept (--keep) shows why")
        time.sleep(_LOOK_EVERY)


def _busy(client: ApiClient) -> Iterator[str]:
    for kind, wanted, ready in (
        ("deployments", ("spec", "replicas"), "readyReplicas"),
        ("daemonsets", ("status", "desiredNumberScheduled"), "numberReady"),
    ):
        for found in client.request("GET", f"/apis/apps/v1/{kind}").json().get("items") or []:
            if not _is_ready(found, wanted, ready):
                yield f"{kind}/{found['metadata']['name']} not ready"
    for found in client.request("GET", "/api/v1/namespaces").json().get("items") or []:
        if found["metadata"].get("deletionTimestamp"):
            yield f"namespaces/{found['metadata']['name']} still being removed"


def _is_ready(found: dict[str, Any], wanted: tuple[str, str], ready: str) -> bool:
    part, member = wanted
    is_seen = found["status"].get("observedGeneration") == found["metadata"]["generation"]
    return bool(is_seen and found[part].get(member, 0) == found["status"].get(ready, 0))
