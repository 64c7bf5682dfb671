"""What docs/admission-events.md says leaves an event or none, where no scenario shows it: asked of real API servers."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from toolkit.cluster.client import Response
from toolkit.cluster.local.provider import LocalCluster, LocalProvider
from toolkit.cluster.recorder.sentinel import send_sentinel
from toolkit.scenarios.model import ADMIN

pytestmark = pytest.mark.cluster

ADMISSION = "/apis/admissionregistration.k8s.io/v1"
WEBHOOKS = f"{ADMISSION}/validatingwebhookconfigurations"
RBAC = "/apis/rbac.authorization.k8s.io/v1"
AUTHENTICATION = "/apis/authentication.k8s.io/v1"
NAMESPACE = "what-admission-sees"
INSIDE = f"/api/v1/namespaces/{NAMESPACE}"
VIRTUAL: list[tuple[str, dict[str, Any]]] = [
    (f"{AUTHENTICATION}/tokenreviews", {"kind": "TokenReview", "spec": {"token": "x"}}),
    (f"{AUTHENTICATION}/selfsubjectreviews", {"kind": "SelfSubjectReview"}),
    (
        "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
        {"kind": "SelfSubjectAccessReview", "spec": {"resourceAttributes": {"verb": "get", "resource": "pods"}}},
    ),
]
"""What is asked and never stored: `kubectl auth whoami` and `can-i` among them."""


def ask(cluster: LocalCluster, path: str, body: dict[str, Any], user: str = ADMIN.user) -> tuple[Response, int]:
    """Create an object, and return the answer and how many events that left."""
    mark = secrets.token_hex(8)
    version = "v1" if path.startswith("/api/") else "/".join(path.split("/")[2:4])
    manifest = {"apiVersion": version, **body}
    groups = ADMIN.groups if user == ADMIN.user else ()
    answer = cluster.client().request("POST", path, body=manifest, user=user, groups=groups, extra={"mark": [mark]})
    send_sentinel(cluster)
    return answer, sum(mark.encode() in line for line in cluster.recorder_lines())


@pytest.fixture(scope="module")
def cluster(control_plane: LocalCluster) -> Iterator[LocalCluster]:
    labels = {"pod-security.kubernetes.io/enforce": "restricted"}
    metadata = {"name": NAMESPACE, "labels": labels}
    client = control_plane.client()
    assert client.request("POST", "/api/v1/namespaces", body={"metadata": metadata}).status == 201
    account = f"{INSIDE}/serviceaccounts/default"
    deadline = time.monotonic() + 30
    while client.request("GET", account).status != 200:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    yield control_plane
    client.request("DELETE", f"/api/v1/namespaces/{NAMESPACE}")


@contextmanager
def made(cluster: LocalCluster, path: str, body: dict[str, Any]) -> Iterator[int]:
    """Make an object for as long as the context lasts; yields how many events that left."""
    answer, events = ask(cluster, path, body)
    assert answer.status == 201, answer.message
    try:
        yield events
    finally:
        cluster.client().request("DELETE", f"{path}/{body['metadata']['name']}")


def until_refused(cluster: LocalCluster, path: str, body: dict[str, Any], words: str) -> int:
    """Ask (as a dry run, which is reviewed alike) until it is refused; return how many events the refused one left."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        answer, events = ask(cluster, path, body)
        if words in answer.message:
            return events
        if answer.status == 201:
            cluster.client().request("DELETE", f"{path}/{body['metadata']['name']}")
        time.sleep(0.1)
    raise AssertionError(f"not refused: {answer.status} {answer.message}")


@pytest.mark.parametrize(("path", "body"), VIRTUAL, ids=[body["kind"] for _, body in VIRTUAL])
def test_virtual_resources_leave_no_event_on_1_37(control_plane: LocalCluster, path: str, body: dict[str, Any]) -> None:
    answer, events = ask(control_plane, path, body)
    assert (answer.status, events) == (201, 0)


@pytest.mark.cluster("1.34")
def test_virtual_resources_leave_events_on_1_34() -> None:
    with LocalProvider("1.34").start() as older:
        for path, body in VIRTUAL:
            answer, events = ask(older, path, body)
            assert (answer.status, events) == (201, 1), body["kind"]


def test_pod_security_refuses_before(cluster: LocalCluster) -> None:
    container = {"name": "c", "image": "x", "securityContext": {"privileged": True}}
    pod = {"kind": "Pod", "metadata": {"name": "p"}, "spec": {"containers": [container]}}
    answer, events = ask(cluster, f"{INSIDE}/pods", pod)
    assert "violates PodSecurity" in answer.message
    assert events == 0


def test_admission_policies_are_not_seen_and_refuse_before(cluster: LocalCluster) -> None:
    everything = {"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["configmaps"]}
    policy = {
        "kind": "ValidatingAdmissionPolicy",
        "metadata": {"name": NAMESPACE},
        "spec": {
            "matchConstraints": {"resourceRules": [everything]},
            "validations": [{"expression": f"object.metadata.name != 'not-{NAMESPACE}'"}],
        },
    }
    binding = {
        "kind": "ValidatingAdmissionPolicyBinding",
        "metadata": {"name": NAMESPACE},
        "spec": {"policyName": NAMESPACE, "validationActions": ["Deny"]},
    }
    config_map = {"kind": "ConfigMap", "metadata": {"name": f"not-{NAMESPACE}"}}
    with (
        made(cluster, f"{ADMISSION}/validatingadmissionpolicies", policy) as of_policy,
        made(cluster, f"{ADMISSION}/validatingadmissionpolicybindings", binding) as of_binding,
    ):
        assert (of_policy, of_binding) == (0, 0)
        assert until_refused(cluster, f"{INSIDE}/configmaps", config_map, "ValidatingAdmissionPolicy") == 0


def away(**webhook: Any) -> dict[str, Any]:
    """Return the configuration of a webhook that refuses all it is asked about, because nobody is there."""
    common = {
        "name": "away.example.com",
        "admissionReviewVersions": ["v1"],
        "sideEffects": "None",
        "failurePolicy": "Fail",
        "timeoutSeconds": 1,
        "clientConfig": {"url": "https://127.0.0.1:1/"},
        "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": NAMESPACE}},
    }
    metadata = {"name": NAMESPACE}
    return {"kind": "ValidatingWebhookConfiguration", "metadata": metadata, "webhooks": [common | webhook]}


def rule(*resources: str, group: str = "", operation: str = "*") -> dict[str, Any]:
    return {"apiGroups": [group], "apiVersions": ["*"], "operations": [operation], "resources": list(resources)}


def test_webhook_configurations_are_not_seen_and_what_other_webhooks_refuse_is(cluster: LocalCluster) -> None:
    configuration = away(rules=[rule("secrets", operation="CREATE")])
    with made(cluster, WEBHOOKS, configuration) as events:
        assert events == 0
        assert until_refused(cluster, f"{INSIDE}/secrets", SECRET, "failed calling webhook") == 1


SECRET = {"kind": "Secret", "metadata": {"name": "refused", "labels": {"colour": "blue"}}}
ROLE = {"kind": "ClusterRole", "metadata": {"name": "refused"}}
EXEC = f"{INSIDE}/pods/nobody/exec"


@pytest.mark.parametrize(
    ("webhook", "seen", "unseen"),
    [
        ({"rules": [rule("*")]}, (f"{INSIDE}/secrets", SECRET), (EXEC, {})),
        (
            {"rules": [rule("*/*")], "objectSelector": {"matchLabels": {"colour": "blue"}}},
            (f"{INSIDE}/secrets", SECRET),
            (EXEC, {}),
        ),
        (
            {
                "rules": [rule("clusterroles", group=RBAC.split("/")[2]), rule("secrets")],
                "namespaceSelector": {"matchLabels": {"not": "there"}},
            },
            (f"{RBAC}/clusterroles", ROLE),
            (f"{INSIDE}/secrets", SECRET),
        ),
    ],
    ids=["a bare star means no subresource", "options have no labels", "a namespace selector and what has none"],
)
def test_what_a_webhook_is_asked_about(
    cluster: LocalCluster, webhook: dict[str, Any], seen: tuple[str, dict[str, Any]], unseen: tuple[str, dict[str, Any]]
) -> None:
    with made(cluster, WEBHOOKS, away(**webhook)):
        until_refused(cluster, *seen, "failed calling webhook")
        answer, _ = ask(cluster, *unseen)
        assert "failed calling webhook" not in answer.message
        if answer.status == 201:
            cluster.client().request("DELETE", f"{unseen[0]}/{unseen[1]['metadata']['name']}")


def test_a_quota_refuses_afterwards(cluster: LocalCluster) -> None:
    quota = {"kind": "ResourceQuota", "metadata": {"name": "no-services"}, "spec": {"hard": {"services": "0"}}}
    service = {"kind": "Service", "metadata": {"name": "web"}, "spec": {"ports": [{"port": 80}]}}
    with made(cluster, f"{INSIDE}/resourcequotas", quota):
        assert until_refused(cluster, f"{INSIDE}/services", service, "exceeded quota") == 1


def test_a_role_with_more_than_its_author_has_is_refused_before(cluster: LocalCluster) -> None:
    rule = {"apiGroups": ["rbac.authorization.k8s.io"], "resources": ["roles"], "verbs": ["create"]}
    metadata = {"name": "author"}
    reference = {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "author"}
    subject = {"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": "author"}
    inside = f"{RBAC}/namespaces/{NAMESPACE}"
    big = {
        "kind": "Role",
        "metadata": {"name": "big"},
        "rules": [{"apiGroups": [""], "resources": ["*"], "verbs": ["*"]}],
    }
    with (
        made(cluster, f"{inside}/roles", {"kind": "Role", "metadata": metadata, "rules": [rule]}),
        made(
            cluster,
            f"{inside}/rolebindings",
            {"kind": "RoleBinding", "metadata": metadata, "roleRef": reference, "subjects": [subject]},
        ),
    ):
        deadline = time.monotonic() + 30
        while "not currently held" not in (found := ask(cluster, f"{inside}/roles", big, "author"))[0].message:
            assert time.monotonic() < deadline, found[0].message
            time.sleep(0.1)
        assert found[1] == 0


def test_deleting_a_pod_is_reviewed_more_than_once(cluster: LocalCluster) -> None:
    labels = {"pod-security.kubernetes.io/enforce": None}
    client = cluster.client()
    answer = client.request(
        "PATCH",
        f"/api/v1/namespaces/{NAMESPACE}",
        body={"metadata": {"labels": labels}},
        content_type="application/merge-patch+json",
    )
    assert answer.status == 200
    spec = {"schedulerName": "none", "containers": [{"name": "c", "image": "x"}]}
    with made(cluster, f"{INSIDE}/pods", {"kind": "Pod", "metadata": {"name": "p"}, "spec": spec}) as events:
        assert events == 1
    send_sentinel(cluster)
    deletes = [line for line in cluster.recorder_lines() if b'"operation":"DELETE"' in line and b'"name":"p"' in line]
    assert len([line for line in deletes if NAMESPACE.encode() in line]) > 1
