"""A recorder in a cluster: what the API server tells of its pod after a kill, as seen on kind, is understood."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from toolkit.cluster.client import Response
from toolkit.cluster.recorder.deployment import DeploymentSettings, RecorderDeployment, RecorderPod
from toolkit.errors import ExitCode, ToolkitError

FIRST, NEXT = "containerd://6026da", "containerd://d81d55"
RUNNING: dict[str, Any] = {"running": {"startedAt": "2026-11-25T19:12:20Z"}}
KILLED: dict[str, Any] = {"terminated": {"exitCode": 137, "reason": "Error", "containerID": FIRST}}


def pod(container: str = FIRST, state: dict[str, Any] = RUNNING, restarts: int = 0, **metadata: str) -> dict[str, Any]:
    """Return a ready pod with the recorder, and beside it a container that the cluster's owners put into every pod."""
    recorder = {"name": "kube-audit-rest", "containerID": container, "state": state, "restartCount": restarts}
    sidecar = {"name": "sidecar", "containerID": "containerd://5ca", "state": RUNNING, "restartCount": 3}
    return {
        "metadata": {"name": "p", "uid": "u", **metadata},
        "spec": {"nodeName": "n"},
        "status": {
            "conditions": [{"type": "Ready", "status": "True"}],
            "containerStatuses": [sidecar, recorder],
        },
    }


class Told:
    """A client whose API server knows one pod; everything else can be made, and is gone when asked for."""

    def __init__(self) -> None:
        self.answer = Response(200, json.dumps(pod()).encode())

    def request(self, method: str, path: str, **_: Any) -> Response:
        if path.endswith("/pods"):
            return Response(200, json.dumps({"items": [self.answer.json()]}).encode())
        if path.endswith("/pods/p"):
            return self.answer
        return Response({"GET": 404, "POST": 201, "DELETE": 404}[method], b"{}")


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def deployed(told: Told, tmp_path: Path) -> tuple[RecorderDeployment, RecorderPod]:
    deployment = RecorderDeployment(told, DeploymentSettings(), tmp_path)  # type: ignore[arg-type]
    return deployment, deployment.deploy()


def test_the_container_that_was_ready_first_is_remembered(deployed: tuple[RecorderDeployment, RecorderPod]) -> None:
    deployment, recorder = deployed
    assert recorder == RecorderPod("p", "u", "n", FIRST)
    deployment.require_running(recorder)


@pytest.mark.parametrize(
    "known",
    [
        pytest.param(pod(FIRST, KILLED), id="ended-and-the-restart-not-yet-counted"),
        pytest.param(pod(NEXT, RUNNING, restarts=1), id="started-anew"),
        pytest.param(pod(FIRST, {"waiting": {"reason": "CrashLoopBackOff"}}, restarts=1), id="waits-to-be-started"),
        pytest.param(pod(NEXT, uid="v"), id="another-pod-of-the-name"),
        pytest.param(pod(deletionTimestamp="2026-11-25T19:12:30Z"), id="leaving"),
        pytest.param({"metadata": {"uid": "u"}, "status": {"phase": "Failed"}}, id="evicted"),
        pytest.param(None, id="gone"),
    ],
)
def test_a_recorder_that_ended_or_is_leaving_is_noticed(
    deployed: tuple[RecorderDeployment, RecorderPod], told: Told, known: dict[str, Any] | None
) -> None:
    deployment, recorder = deployed
    told.answer = Response(200, json.dumps(known).encode()) if known else Response(404, b"{}")
    with pytest.raises(ToolkitError, match="the recorder ended by itself or was started anew: events are lost") as seen:
        deployment.part(recorder, list, Path("log")).check()
    assert seen.value.exit_code == ExitCode.ENVIRONMENT


def test_an_api_server_that_does_not_tell_is_not_taken_for_a_dead_recorder(
    deployed: tuple[RecorderDeployment, RecorderPod], told: Told
) -> None:
    deployment, recorder = deployed
    told.answer = Response(503, b'{"message": "etcd is gone"}')
    with pytest.raises(ToolkitError, match="the recorder's pod cannot be looked at: 503 etcd is gone"):
        deployment.require_running(recorder)
