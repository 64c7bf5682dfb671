"""The webhooks by which one run records in a cluster of others: what the run causes, and nothing else.

They fail closed, which can hurt nobody: no request of others reaches them, whether the recorder lives or not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from toolkit.cluster.existing.ownership import RUN

WEBHOOK_TIMEOUT = 10
"""Seconds that the API server waits for the recorder before it refuses a request."""


def run_webhooks(
    name: str,
    client_config: Mapping[str, Any],
    labels: Mapping[str, str],
    cluster_wide_tag: str | None,
    recorder_namespace: str | None = None,
) -> dict[str, Any]:
    """Return the ValidatingWebhookConfiguration of a run whose namespaces have `labels`.

    `recorder_namespace`: one of them that is not seen, because the recorder is in it and must not wait for itself.
    `cluster_wide_tag`: also record what is asked outside of these namespaces by requests that have this extra,
    and what is done to objects there that have the labels; None: record nothing outside.
    """
    webhooks = [_webhook(labels, client_config, each) for each in _scopes(labels, cluster_wide_tag, recorder_namespace)]
    return {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "ValidatingWebhookConfiguration",
        "metadata": {"name": name, "labels": dict(labels)},
        "webhooks": webhooks,
    }


def _scopes(labels: Mapping[str, str], tag: str | None, unseen: str | None) -> Iterator[dict[str, Any]]:
    """Yield what each webhook sees; no request is seen by two, for that would be two lines."""
    others = [{"key": "kubernetes.io/metadata.name", "operator": "NotIn", "values": [unseen]}] if unseen else []
    yield {
        "name": "in-namespaces",
        "rules": [_rule("Namespaced", "*", "*/*"), _rule("Cluster", "", "namespaces", "namespaces/*")],
        "namespaceSelector": {"matchLabels": dict(labels), "matchExpressions": others},
    }
    if tag is None:
        return
    elsewhere = {"matchExpressions": [{"key": RUN, "operator": "NotIn", "values": [labels[RUN]]}]}
    tagged = f"has(request.userInfo.extra) && '{tag}' in request.userInfo.extra"
    yield {
        "name": "asked-elsewhere",
        "rules": [_rule("*", "*", "*/*")],
        "namespaceSelector": elsewhere,
        "matchConditions": [{"name": "asked-by-a-step", "expression": tagged}],
    }
    yield {
        "name": "done-elsewhere",
        "rules": [_rule("*", "*", "*/*")],
        "namespaceSelector": elsewhere,
        "objectSelector": {"matchLabels": dict(labels)},
        "matchConditions": [{"name": "not-asked-by-a-step", "expression": f"!({tagged})"}],
    }


def _webhook(labels: Mapping[str, str], client_config: Mapping[str, Any], scope: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "admissionReviewVersions": ["v1"],
        "sideEffects": "None",
        "failurePolicy": "Fail",
        "timeoutSeconds": WEBHOOK_TIMEOUT,
        "clientConfig": dict(client_config),
        **scope,
        "name": f"{scope['name']}.{labels[RUN]}.toolkit.dev",
    }


def _rule(scope: str, group: str, *resources: str) -> dict[str, Any]:
    return {
        "apiGroups": [group],
        "apiVersions": ["*"],
        "operations": ["*"],
        "resources": list(resources),
        "scope": scope,
    }
