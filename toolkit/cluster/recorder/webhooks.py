"""The webhook entries by which an API server calls a recorder."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Literal

from toolkit.cluster.client import ApiClient
from toolkit.errors import environment

FailurePolicy = Literal["Fail", "Ignore"]
PATH = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations"
TIMEOUT = 10
"""Seconds that a request of a scenario waits for the recorder."""
NOISE_TIMEOUT = 1
"""Seconds that the cluster's own housekeeping waits: a lease that comes late loses its holder the lead."""
NOISE: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("coordination.k8s.io", ("leases",)),
    ("", ("events", "endpoints", "nodes/status", "pods/status")),
    ("events.k8s.io", ("events",)),
    ("discovery.k8s.io", ("endpointslices",)),
)
"""What keeps a cluster going and must never wait for a recorder: resources by API group."""
_EVERYTHING = {"apiGroups": ["*"], "apiVersions": ["*"], "operations": ["*"], "resources": ["*/*"], "scope": "*"}


def configuration(
    name: str,
    client_config: Mapping[str, Any],
    *,
    own_namespace: str | None,
    failure_policy: FailurePolicy,
    labels: Mapping[str, str],
) -> dict[str, Any]:
    """Return a ValidatingWebhookConfiguration of two entries: everything, and apart from it the noise.

    `failure_policy` holds for everything but the noise, which is always ignored when the recorder is away.
    `own_namespace` is the recorder's, out of both, so that it never waits for itself; None where it is outside.
    """
    noise = [_EVERYTHING | {"apiGroups": [group], "resources": list(resources)} for group, resources in NOISE]
    common: dict[str, Any] = {
        "admissionReviewVersions": ["v1"],
        "sideEffects": "None",
        "clientConfig": dict(client_config),
    }
    if own_namespace:
        outside = {"key": "kubernetes.io/metadata.name", "operator": "NotIn", "values": [own_namespace]}
        common["namespaceSelector"] = {"matchExpressions": [outside]}
    everything_else = common | {
        "name": "recorder.toolkit.dev",
        "failurePolicy": failure_policy,
        "timeoutSeconds": TIMEOUT,
        "rules": [_EVERYTHING],
        "matchConditions": [_condition()],
    }
    of_noise = common | {
        "name": "noise.recorder.toolkit.dev",
        "failurePolicy": "Ignore",
        "timeoutSeconds": NOISE_TIMEOUT,
        "rules": noise,
    }
    return {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "ValidatingWebhookConfiguration",
        "metadata": {"name": name, "labels": dict(labels)},
        "webhooks": [everything_else, of_noise],
    }


def register(client: ApiClient, wanted: Mapping[str, Any]) -> None:
    """Make a webhook configuration. Raises ToolkitError (exit 4) when the API server refuses."""
    answer = client.request("POST", PATH, body=wanted)
    if answer.status != 201:
        raise environment(f"the recorder could not be registered: {answer.status} {answer.message}")


def set_failure_policy(client: ApiClient, name: str, policy: FailurePolicy) -> None:
    """Say whether requests fail without the recorder (the noise never does). Raises ToolkitError (exit 4)."""
    patch = [{"op": "replace", "path": "/webhooks/0/failurePolicy", "value": policy}]
    answer = client.request(
        "PATCH", f"{PATH}/{name}", body=json.dumps(patch).encode(), content_type="application/json-patch+json"
    )
    if answer.status != 200:
        raise environment(f"the recorder's webhook could not be set to {policy}: {answer.status} {answer.message}")


def unregister(client: ApiClient, name: str) -> None:
    """Remove a webhook configuration; one that is not there is gone already. Raises ToolkitError (exit 4)."""
    answer = client.request("DELETE", f"{PATH}/{name}")
    if answer.status not in {200, 404}:
        raise environment(f"the recorder's webhook could not be removed: {answer.status} {answer.message}")


def _condition() -> dict[str, str]:
    """Return the condition that leaves out the noise, in the API server's expression language."""
    kinds = [f"{group}/{resource}" for group, resources in NOISE for resource in resources]
    names = ", ".join(f"'{kind}'" for kind in kinds)
    asked = (
        "request.resource.group + '/' + request.resource.resource"
        " + (has(request.subResource) && request.subResource != '' ? '/' + request.subResource : '')"
    )
    return {"name": "not-noise", "expression": f"!({asked} in [{names}])"}
