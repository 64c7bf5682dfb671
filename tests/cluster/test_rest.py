"""A cluster is at rest when all is ready and nothing is still being removed."""

from __future__ import annotations

import json
from typing import Any, cast

import pytest

from toolkit.cluster.client import ApiClient, Response
from toolkit.cluster.kind.rest import await_rest
from toolkit.errors import ToolkitError

READY = {
    "metadata": {"name": "coredns", "generation": 1},
    "spec": {"replicas": 2},
    "status": {"observedGeneration": 1, "readyReplicas": 2},
}
STARTING = {**READY, "status": {"observedGeneration": 1, "readyReplicas": 1}}
STALE = {**READY, "metadata": {"name": "coredns", "generation": 2}}
STAYING = {"metadata": {"name": "default"}}
GOING = {"metadata": {"name": "kube-audit-rest", "deletionTimestamp": "2026-11-25T10:00:00Z"}}


class Told:
    """Answers requests for lists with one state of the cluster after the other, the last one from then on."""

    def __init__(self, *states: tuple[list[dict[str, Any]], list[dict[str, Any]]]) -> None:
        self.states = list(states)

    def request(self, method: str, path: str) -> Response:
        deployments, namespaces = self.states[0]
        found = {"deployments": deployments, "namespaces": namespaces}.get(path.rpartition("/")[2], [])
        if path.endswith("/namespaces") and len(self.states) > 1:
            self.states.pop(0)
        return Response(200, json.dumps({"items": found}).encode())


def test_it_waits_for_pods_and_for_namespaces_that_go() -> None:
    told = Told(([STARTING], [STAYING]), ([STALE], [STAYING]), ([READY], [STAYING, GOING]), ([READY], [STAYING]))
    await_rest(cast(ApiClient, told), 30)
    assert len(told.states) == 1


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (([STARTING], [STAYING]), "deployments/coredns not ready"),
        (([READY], [GOING]), "namespaces/kube-audit-rest still being removed"),
    ],
)
def test_what_does_not_come_to_rest_is_named(
    state: tuple[list[dict[str, Any]], list[dict[str, Any]]], words: str
) -> None:
    with pytest.raises(ToolkitError, match=words):
        await_rest(cast(ApiClient, Told(state)), 0.01)
