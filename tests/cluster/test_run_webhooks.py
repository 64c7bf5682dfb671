"""The webhooks of a run see what it causes and nothing else, each request once: decided here as by an API server.

The rules of matching are those of the API reference: namespaces by their labels, objects by theirs, scopes, conditions.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from toolkit.cluster.existing.ownership import own_labels
from toolkit.cluster.existing.run_webhooks import run_webhooks

OWN = own_labels("r1")
TAG = "toolkit.dev/step"


@dataclass
class Asked:
    """A request; `labels` are those of the object, `inside` those of its namespace (of itself for a Namespace)."""

    resource: str
    inside: dict[str, str] | None = None
    labels: dict[str, str] = field(default_factory=dict)
    tagged: bool = False


def matches(selector: dict[str, Any], labels: dict[str, str]) -> bool:
    wanted = selector.get("matchLabels", {})
    if any(labels.get(key) != value for key, value in wanted.items()):
        return False
    expressions = selector.get("matchExpressions", [])
    assert all(each["operator"] == "NotIn" for each in expressions)
    return all(labels.get(each["key"]) not in each["values"] for each in expressions)


def sees(webhook: dict[str, Any], asked: Asked) -> bool:
    is_cluster_scoped = asked.inside is None or asked.resource.startswith("namespaces")

    def fits(rule: dict[str, Any]) -> bool:
        scope = {"*": True, "Namespaced": not is_cluster_scoped, "Cluster": is_cluster_scoped}[rule["scope"]]
        patterns = {"*/*", asked.resource, f"{asked.resource.partition('/')[0]}/*" if "/" in asked.resource else ""}
        return scope and bool(patterns & set(rule["resources"]))

    in_namespace = asked.inside is None or matches(webhook["namespaceSelector"], asked.inside)
    about_object = matches(webhook.get("objectSelector", {}), asked.labels)
    conditions = [_holds(each["expression"], asked) for each in webhook.get("matchConditions", [])]
    return any(map(fits, webhook["rules"])) and in_namespace and about_object and all(conditions)


def _holds(expression: str, asked: Asked) -> bool:
    is_tagged = f"has(request.userInfo.extra) && '{TAG}' in request.userInfo.extra"
    assert expression in {is_tagged, f"!({is_tagged})"}
    return asked.tagged is (expression == is_tagged)


def seen(asked: Asked, tag: str | None) -> int:
    configuration = run_webhooks("name", {"url": "https://x"}, OWN, tag)
    assert len({webhook["name"] for webhook in configuration["webhooks"]}) == len(configuration["webhooks"])
    return sum(sees(webhook, asked) for webhook in configuration["webhooks"])


OTHERS = {"app.kubernetes.io/managed-by": "k8sadmission-toolkit", "toolkit.dev/run": "another"}


@pytest.mark.parametrize(
    "asked",
    [
        Asked("pods", {}),
        Asked("pods", OTHERS),
        Asked("secrets", {"kubernetes.io/metadata.name": "kube-system"}),
        Asked("namespaces", {}),
        Asked("namespaces/finalize", OTHERS),
        Asked("clusterroles"),
        Asked("clusterroles", labels=OTHERS),
        Asked("leases", {}),
        Asked("nodes/status"),
    ],
)
def test_what_others_do_is_never_seen(asked: Asked) -> None:
    assert seen(asked, None) == seen(asked, TAG) == 0


@pytest.mark.parametrize("tagged", [True, False])
@pytest.mark.parametrize("resource", ["pods", "pods/exec", "namespaces", "namespaces/finalize"])
def test_what_happens_in_own_namespaces_is_seen_once_whoever_does_it(resource: str, tagged: bool) -> None:
    for labels in ({}, OWN):
        asked = Asked(resource, OWN, labels, tagged)
        assert seen(asked, None) == seen(asked, TAG) == 1


@pytest.mark.parametrize(
    "asked",
    [
        Asked("clusterroles", tagged=True),
        Asked("clusterroles", labels=OWN, tagged=True),
        Asked("clusterroles", labels=OWN),
        Asked("secrets", {}, tagged=True),
        Asked("secrets", {}, OWN),
        Asked("namespaces", {}, tagged=True),
        Asked("nodes/proxy", tagged=True),
    ],
)
def test_what_the_run_causes_elsewhere_is_seen_once_and_only_if_it_is_to_be(asked: Asked) -> None:
    assert (seen(asked, None), seen(asked, TAG)) == (0, 1)


def test_they_fail_closed_and_carry_the_labels() -> None:
    configuration = run_webhooks("name", {"url": "https://x"}, OWN, TAG)
    assert configuration["metadata"] == {"name": "name", "labels": OWN}
    for webhook in configuration["webhooks"]:
        assert (webhook["failurePolicy"], webhook["sideEffects"]) == ("Fail", "None")
        assert webhook["clientConfig"] == {"url": "https://x"}
        assert ".r1." in webhook["name"]
