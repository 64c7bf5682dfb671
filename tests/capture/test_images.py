"""Scenarios name images that nodes have; datasets say the same whatever registry and tag they came with."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, cast

import pytest
from capture_fakes import review

from toolkit.capture.canonical import Canonical
from toolkit.capture.images import NodeImages, by_name
from toolkit.capture.plan import features_of, plan
from toolkit.capture.standins import Numbering
from toolkit.cluster.client import ApiClient, Response
from toolkit.errors import ExitCode, ToolkitError
from toolkit.scenarios.model import Scenario

Read = Callable[[str], Scenario]
NAMES = [
    "registry.example:5000/a/etcd@sha256:" + "1" * 64,
    "registry.example:5000/a/etcd:3.6",
    "pause:3",
    "docker.io/library/pause@sha256:" + "2" * 64,
]


class Nodes:
    def request(self, method: str, path: str) -> Response:
        assert (method, path) == ("GET", "/api/v1/nodes")
        return Response(200, json.dumps({"items": [{"status": {"images": [{"names": NAMES}]}}]}).encode())


def images() -> NodeImages:
    return NodeImages(cast(ApiClient, Nodes()))


def test_a_reference_with_a_tag_is_taken_by_the_last_part_of_its_name() -> None:
    assert by_name(NAMES) == {"etcd": "registry.example:5000/a/etcd:3.6", "pause": "pause:3"}
    assert by_name(NAMES[:1]) == {"etcd": NAMES[0]}


def test_requests_get_real_references_and_lines_get_them_back(scenario: Read) -> None:
    pod = "{apiVersion: v1, kind: Pod, metadata: {name: p}, spec: {containers: [{name: c, image: {$nodeImage: etcd}}]}}"
    debugger = "{name: p, container: {name: d, image: {$nodeImage: etcd}}}"
    read = scenario(
        f"  needs: [kubelet]\n  steps: [{{name: a, create: {pod}}}, {{name: b, ephemeralContainer: {debugger}}}]\n"
    )
    (planned,) = plan([read], features_of("kind"))
    found = images()
    for step in planned.steps:
        (request,) = step.requests
        body = found.filled_in(request.body)
        assert body is not None
        assert b'"image": "registry.example:5000/a/etcd:3.6"' in body
    line = review("p", image="registry.example:5000/a/etcd:3.6")
    assert b'"image":"node.image/etcd"' in Canonical(Numbering("s"), read.given, found.used).line(line)
    assert found.filled_in(b"{}") == b"{}"
    assert found.filled_in(None) is None


def test_an_image_that_no_node_has_is_exit_4_and_says_what_there_is() -> None:
    with pytest.raises(ToolkitError, match='no node has an image named "busybox"') as caught:
        images().filled_in(b'{"image":"node.image/busybox"}')
    assert caught.value.exit_code == ExitCode.ENVIRONMENT
    assert "etcd, pause" in str(caught.value)


def test_what_a_node_adds_to_a_pod_has_stand_ins() -> None:
    status: dict[str, Any] = {
        "podIP": "10.0.0.7",
        "podIPs": [{"ip": "10.0.0.7"}],
        "hostIP": "192.168.0.9",
        "containerStatuses": [{"containerID": "containerd://" + "a" * 64, "imageID": "sha256:" + "b" * 64}],
    }
    line = review("p", spec={"nodeName": "worker-7"}, status=status, user="system:node:worker-7")
    found = Canonical(Numbering("s")).line(line).decode()
    assert not [fact for fact in ("10.0.0.7", "192.168.0.9", "a" * 64, "b" * 64, "worker-7") if fact in found]
    assert '"username":"system:node:node"' in found
    again = json.loads(found)["request"]["object"]["metadata"]["status"]
    assert again["podIP"] == again["podIPs"][0]["ip"] != again["hostIP"]
    kept = Canonical(Numbering("s"), given="worker-7\n10.0.0.7").line(line).decode()
    assert "worker-7" in kept
    assert "10.0.0.7" in kept
