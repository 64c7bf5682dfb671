"""Who refused a request: the texts are the API server's own."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from capture_fakes import FakeCluster

from toolkit.capture import watch
from toolkit.capture.plan import features_of, plan
from toolkit.capture.refusals import refuser
from toolkit.capture.session import capture
from toolkit.cluster.client import Response
from toolkit.errors import ExitCode, ToolkitError
from toolkit.scenarios.model import Scenario

DENIED = 'admission webhook "validation.gatekeeper.sh" denied the request: [no-privileged] not allowed: c'


@pytest.mark.parametrize(
    ("message", "who"),
    [
        (DENIED, 'the admission webhook "validation.gatekeeper.sh"'),
        (
            'Internal error occurred: failed calling webhook "m.example.com": Post "https://…": EOF',
            'the admission webhook "m.example.com", which failed',
        ),
        (
            "pods \"p\" is forbidden: ValidatingAdmissionPolicy 'no-latest' with binding 'all' denied request: tag it",
            'the admission policy "no-latest" (binding "all")',
        ),
        (
            'pods "p" is forbidden: violates PodSecurity "restricted:latest": privileged (container "c" must not set…)',
            'Pod Security "restricted:latest"',
        ),
        (
            'pods "p" is forbidden: exceeded quota: small, requested: pods=1, used: pods=0, limited: pods=0',
            'the quota "small"',
        ),
        ('pods is forbidden: User "alice" cannot create resource "pods" in API group ""', None),
        ('pods "p" not found', None),
        ("", None),
    ],
)
def test_the_refuser_is_named(message: str, who: str | None) -> None:
    assert refuser(message) == who


class Silence:
    def step(self, scenario: str, step: str) -> None:
        """Hear nothing."""

    def scenario_done(self) -> None:
        """Hear nothing."""


def refused(cluster: FakeCluster, read: Callable[[str], Scenario], message: str) -> ToolkitError:
    pods = "/api/v1/namespaces/s/pods"
    cluster.status[f"POST {pods}"] = 403
    cluster._answer = lambda status, body: Response(  # type: ignore[method-assign]
        status, json.dumps({"message": message} if status == 403 else body).encode()
    )
    pod = "{apiVersion: v1, kind: Pod, metadata: {name: p}}"
    planned = plan([read(f"  steps: [{{name: a, create: {pod}}}]\n")], features_of("existing"))
    with pytest.raises(ToolkitError) as caught:
        capture(cluster, planned, Silence(), lambda lines: None)
    return caught.value


def test_a_refusal_by_others_is_the_environments_and_is_not_asked_for_again(
    cluster: FakeCluster, scenario: Callable[[str], Scenario]
) -> None:
    error = refused(cluster, scenario, DENIED)
    assert error.exit_code == ExitCode.ENVIRONMENT
    assert error.faults[0].message.startswith('step "a": the admission webhook "validation.gatekeeper.sh" refused it')
    assert cluster.requests.count("POST /api/v1/namespaces/s/pods") == 1, "each time would leave one more event"


def test_a_refusal_by_kubernetes_itself_is_the_steps(
    cluster: FakeCluster, scenario: Callable[[str], Scenario], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("toolkit.capture.play.EARLY", 0.1)
    monkeypatch.setattr(watch, "POLL", 0.01)
    error = refused(cluster, scenario, 'User "x" cannot create resource "pods"')
    assert error.exit_code == ExitCode.CHECK_FAILED
    assert cluster.requests.count("POST /api/v1/namespaces/s/pods") > 1


def test_a_namespace_that_is_there_already_is_neither_played_in_nor_removed(
    cluster: FakeCluster, scenario: Callable[[str], Scenario]
) -> None:
    cluster.status["POST /api/v1/namespaces"] = 409
    planned = plan([scenario("  steps: [{name: a, deleteCollection: {resource: pods}}]\n")], features_of("existing"))
    with pytest.raises(ToolkitError, match="the namespace s cannot be made") as caught:
        capture(cluster, planned, Silence(), lambda lines: None)
    assert caught.value.exit_code == ExitCode.ENVIRONMENT
    assert not [request for request in cluster.requests if request.startswith("DELETE")]
