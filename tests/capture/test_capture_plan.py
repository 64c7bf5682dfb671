"""Scenarios become requests, verb by verb, without a cluster."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from toolkit.capture.plan import describe, features_of, plan
from toolkit.capture.requests import Request
from toolkit.scenarios.model import ADMIN, Scenario

Read = Callable[[str], Scenario]
LOCAL = features_of("local")
POD = "{apiVersion: v1, kind: Pod, metadata: {name: p}, spec: {}}"
ROLE = "{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: r}}"
PODS = "/api/v1/namespaces/s/pods"


def requests(scenario: Scenario) -> list[Request]:
    (planned,) = plan([scenario], LOCAL)
    return [request for step in planned.steps for request in step.requests]


@pytest.mark.parametrize(
    ("step", "line", "body"),
    [
        (f"create: {POD}", f"POST {PODS} as kubernetes-admin, expects 2xx", "manifest"),
        (f"create: {ROLE}", "POST /apis/rbac.authorization.k8s.io/v1/clusterroles as", "manifest"),
        (f"create: {POD}, dryRun: true", f"POST {PODS}?dryRun=All as", "manifest"),
        (f"create: {POD}, status: 409", "expects 409", "manifest"),
        (f"create: {POD}, as: {{user: mallory}}", f"POST {PODS} as mallory", "manifest"),
        (f"apply: {POD}", f"PATCH {PODS}/p?fieldManager=k8sadmission-toolkit&force=true as", "manifest"),
        (f"replace: {POD}", f"PUT {PODS}/p as", "manifest"),
        ("patch: {resource: pods, name: p, patch: {a: 1}}", f"PATCH {PODS}/p as", {"a": 1}),
        ("patch: {resource: pods, name: p, subresource: status, patch: {a: 1}}", f"PATCH {PODS}/p/status as", {"a": 1}),
        ("delete: {resource: nodes, name: n}", "DELETE /api/v1/nodes/n as", None),
        (
            "delete: {resource: pods, name: p, gracePeriodSeconds: 0, propagationPolicy: Orphan}",
            f"DELETE {PODS}/p?gracePeriodSeconds=0&propagationPolicy=Orphan as",
            None,
        ),
        ("deleteCollection: {resource: pods, labelSelector: a=b}", f"DELETE {PODS}?labelSelector=a=b as", None),
        (
            "scale: {resource: deployments, name: d, replicas: 0}",
            "PATCH /apis/apps/v1/namespaces/s/deployments/d/scale as",
            {"spec": {"replicas": 0}},
        ),
        ("evict: {name: p}", f"POST {PODS}/p/eviction as", "Eviction"),
        ("bind: {name: p, node: n}", f"POST {PODS}/p/binding as", "Binding"),
        (
            "ephemeralContainer: {name: p, container: {name: c}}",
            f"PATCH {PODS}/p/ephemeralcontainers as",
            {"spec": {"ephemeralContainers": [{"name": "c"}]}},
        ),
        (
            "exec: {name: p, command: [ls, -l], container: c, tty: true, stderr: false}",
            f"POST {PODS}/p/exec?command=ls&command=-l&container=c&stdout=true&stderr=false&tty=true as "
            "kubernetes-admin, expects 404",
            None,
        ),
        ("exec: {name: p, command: [ls], method: GET}", f"GET {PODS}/p/exec?command=ls&", None),
        ("attach: {name: p}", f"POST {PODS}/p/attach?stdout=true&stderr=true as", None),
        ("portForward: {name: p, ports: [80, 443]}", f"POST {PODS}/p/portforward?ports=80&ports=443 as", None),
        ("portForward: {name: p, namespace: other}", "POST /api/v1/namespaces/other/pods/p/portforward as", None),
        (
            "proxy: {resource: services, name: 'web:80', path: /a b, query: {x: [1, 2]}}",
            "GET /api/v1/namespaces/s/services/web:80/proxy/a%20b?x=1&x=2 as",
            None,
        ),
        ("proxy: {resource: nodes, name: n, method: POST}", "POST /api/v1/nodes/n/proxy as", None),
        ("token: {name: a}", "POST /api/v1/namespaces/s/serviceaccounts/a/token as", "TokenRequest"),
        ("get: {resource: secrets}", "GET /api/v1/namespaces/s/secrets as", None),
        ("get: {resource: pods, name: p, subresource: log}", f"GET {PODS}/p/log as", None),
        ("raw: {method: POST, path: /x, query: {a: true}, body: {b: 1}}", "POST /x?a=true as", {"b": 1}),
    ],
)  # fmt: skip
def test_each_verb_becomes_its_request(scenario: Callable[[str], Scenario], step: str, line: str, body: object) -> None:
    (request,) = requests(scenario(f"  steps:\n    - {{name: a, {step}}}\n"))
    assert line in str(request)
    sent: Any = None if request.body is None else json.loads(request.body)
    if body == "manifest":
        assert sent["metadata"]["name"] in {"p", "r"}
    elif isinstance(body, str):
        assert sent["kind"] == body
    else:
        assert sent == body


@pytest.mark.parametrize(
    ("patch", "content_type"),
    [
        ("{patch: {a: 1}}", "application/merge-patch+json"),
        ("{patch: [{op: add}]}", "application/json-patch+json"),
        ("{type: strategic, patch: {a: 1}}", "application/strategic-merge-patch+json"),
        ("{type: apply, patch: {a: 1}}", "application/apply-patch+yaml"),
    ],
)
def test_a_patch_says_its_type(scenario: Read, patch: str, content_type: str) -> None:
    text = patch.replace("{", "{resource: pods, name: p, ", 1)
    (request,) = requests(scenario(f"  steps:\n    - {{name: a, patch: {text}}}\n"))
    assert request.content_type == content_type


def test_each_request_has_a_tag_of_its_own_and_the_identity_of_its_step(scenario: Read) -> None:
    spec = (
        f"  setup: [{{create: {ROLE}}}]\n"
        f"  steps: [{{name: a, create: [{POD}, {POD}], as: {{user: u, groups: [g]}}}}]\n"
        "  teardown: [{delete: {resource: clusterroles, name: r}}]\n"
    )
    found = requests(scenario(spec))
    assert [request.tag for request in found] == ["s/setup/0/0", "s/steps/0/0", "s/steps/0/1", "s/teardown/0/0"]
    assert [request.identity.user for request in found] == [ADMIN.user, "u", "u", ADMIN.user]
    assert found[1].identity.groups == ("g",)


def test_reads_record_nothing_and_may_find_nothing(scenario: Read) -> None:
    (request,) = requests(scenario("  steps: [{name: a, get: {resource: pods, name: p}}]\n"))
    assert not request.reviewed
    assert request.accepts(404)
    assert not request.accepts(403)


def test_a_write_expects_success_unless_it_says_otherwise(scenario: Read) -> None:
    spec = f"  steps: [{{name: a, create: {POD}}}, {{name: b, create: {POD}, status: 409}}]\n"
    plain, conflict = requests(scenario(spec))
    assert (plain.accepts(201), plain.accepts(404), plain.accepts(409)) == (True, False, False)
    assert (conflict.accepts(201), conflict.accepts(409)) == (False, True)


def test_objects_that_controllers_write_are_settled_first(scenario: Read) -> None:
    spec = (
        "  steps:\n"
        "    - {name: a, scale: {resource: deployments, name: d, replicas: 1}}\n"
        "    - {name: b, delete: {resource: configmaps, name: c}}\n"
    )
    scale, delete = requests(scenario(spec))
    assert scale.settles == "/apis/apps/v1/namespaces/s/deployments/d"
    assert delete.settles is None


def test_what_a_provider_lacks_is_left_out_with_the_reason(scenario: Read) -> None:
    step = "{name: a, exec: {name: p, command: [ls]}, needs: [kubelet]}"
    read = scenario(f"  steps: [{step}, {{name: b, get: {{resource: pods}}}}]\n")
    (on_local,) = plan([read], features_of("local"))
    assert [planned.step.name for planned in on_local.steps] == ["b"]
    assert on_local.left_out == {"a": "needs kubelet"}
    (on_kind,) = plan([read], features_of("kind"))
    assert not on_kind.left_out


def test_the_plan_reads_as_text(scenario: Read) -> None:
    consequence = "{user: gc, verb: DELETE, resource: pods, subresource: status, fires: []}"
    read = scenario(f"  steps: [{{name: a pod, create: {POD}, consequences: [{consequence}]}}]\n")
    assert list(describe(plan([read], LOCAL))) == [
        "s (its own namespace)",
        "  a pod",
        f"    POST {PODS} as kubernetes-admin, expects 2xx",
        "    awaits DELETE pods/status by gc",
    ]


def test_with_a_kubelet_what_reaches_into_a_pod_is_a_real_connection(scenario: Callable[[str], Scenario]) -> None:
    steps = [
        "{name: real, needs: [kubelet], exec: {name: p, command: [id]}}",
        "{name: raw, exec: {name: p, command: [id]}}",
        "{name: refused, needs: [kubelet], attach: {name: p}, status: 403}",
        "{name: proxied, needs: [kubelet], proxy: {resource: pods, name: p}}",
    ]
    read = scenario(f"  steps: [{', '.join(steps)}]\n")
    (planned,) = plan([read], features_of("kind"))
    found = [(request.opens, request.expected) for step in planned.steps for request in step.requests]
    assert found == [(True, "101"), (False, "404"), (True, "403"), (False, "2xx")]
    assert [step.step.by_kubelet for step in planned.steps] == [True, False, True, None]
    (planned,) = plan([read], features_of("local"))
    assert list(planned.left_out.values()) == ["needs kubelet"] * 3
