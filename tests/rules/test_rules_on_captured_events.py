"""The rules on events that kube-audit-rest wrote, by what the steps that caused them were meant to show."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from bundled import loaded

from toolkit.engine.run import Engine
from toolkit.events.reader import read_reviews
from toolkit.events.review import Review
from toolkit.fields.catalog import load_catalog
from toolkit.fields.extractor import Extractor

CAPTURED = Path(__file__).resolve().parent.parent / "conformance" / "data" / "captured"
VERSIONS = ("1.34.3", "1.37.2")
TOPICS = {
    "disallowed-user": "Disallowed K8s User",
    "disallowed-pod": "Create Disallowed Pod",
    "privileged-pod": "Create Privileged Pod",
    "hostnetwork-pod": "Create HostNetwork Pod",
    "hostpid-pod": "Create HostPid Pod",
    "hostipc-pod": "Create HostIPC Pod",
    "nodeport": "Create NodePort Service",
    "service-deleted": "K8s Service Deleted",
    "private-creds": "Create/Modify Configmap With Private Credentials",
    "configmap-deleted": "K8s ConfigMap Deleted",
    "secret-deleted": "K8s Secret Deleted",
    "exec": "Exec Pod",
    "attach": "Attach to Pod",
    "portforward": "Portforward",
    "ephemeral": "EphemeralContainers Created",
    "disallowed-namespace": "Create Disallowed Namespace",
    "pod-in-kube-namespace": "Pod Created in Kube Namespace",
    "sa-kube": "Service Account Created in Kube Namespace",
    "sa-deleted": "K8s Serviceaccount Deleted",
    "system-clusterrole": "System ClusterRole Modified/Deleted",
    "wildcard": "ClusterRole With Wildcard Created",
    "write-priv": "ClusterRole With Write Privileges Created",
    "pod-exec-role": "ClusterRole With Pod Exec Created",
    "role-deleted": "K8s Role/Clusterrole Deleted",
    "cluster-admin": "Attach to cluster-admin Role",
    "binding-deleted": "K8s Role/Clusterrolebinding Deleted",
    "deployment": "K8s Deployment Created",
    "deployment-deleted": "K8s Deployment Deleted",
    "ingress": "Ingress Object without TLS Certificate Created",
    "anonymous": "Anonymous Request Allowed",
}
GAPS = {
    "privileged-pod.near-init": "Create Pod With Privileged Init Container",
    "nodeport.near-patch": "Service Changed to NodePort",
    "cluster-admin.near-rolebinding": "RoleBinding to cluster-admin Created",
}
SILENT = (
    "sa-token.near",
    "status",
    "eviction",
    "proxy.pod",
    "proxy.service",
    "proxy.node",
    "crd.object",
    "node.trigger",
)


@cache
def fired(version: str) -> dict[str, list[set[str]]]:
    """Return by step which rules fire on each of its events, all that match."""
    ruleset = loaded("corrected").ruleset
    assert ruleset is not None
    engine = Engine(ruleset, Extractor(load_catalog()), "all")
    found: dict[str, list[set[str]]] = {}
    for review in read_reviews([CAPTURED / f"apiserver-{version}.jsonl.gz"]):
        assert isinstance(review, Review)
        step = review.data["request"]["userInfo"].get("extra", {}).get("toolkit.dev/step", [""])[0]
        found.setdefault(step, []).append({rule.name for rule in engine.matches(review)})
    return found


def steps(version: str, word: str) -> Iterator[tuple[str, str, list[set[str]]]]:
    """Yield the steps of a topic's rule that are named so: the step, the rule, what fired on each event."""
    for step, events in fired(version).items():
        topic, _, name = step.partition(".")
        if topic in TOPICS and name.startswith(word):
            yield step, TOPICS[topic], events


@pytest.mark.parametrize("version", VERSIONS)
def test_rules_fire_on_their_triggers(version: str) -> None:
    tried = list(steps(version, "trigger"))
    assert {rule for _, rule, _ in tried} == set(TOPICS.values()) - {"Create Sensitive Mount Pod"}
    assert [(step, rule) for step, rule, events in tried if not all(rule in event for event in events)] == []


@pytest.mark.parametrize("version", VERSIONS)
def test_rules_are_silent_on_their_near_misses(version: str) -> None:
    tried = list(steps(version, "near"))
    assert len(tried) > 25
    assert [(step, rule) for step, rule, events in tried if any(rule in event for event in events)] == []


@pytest.mark.parametrize("version", VERSIONS)
def test_the_gaps_of_well_known_rules_have_rules_of_their_own(version: str) -> None:
    assert {step: GAPS[step] in fired(version)[step][0] for step in GAPS} == dict.fromkeys(GAPS, True)


@pytest.mark.parametrize("version", VERSIONS)
def test_nothing_fires_where_nothing_should(version: str) -> None:
    assert {step: fired(version)[step] for step in SILENT} == {step: [set()] for step in SILENT}


@pytest.mark.parametrize("version", VERSIONS)
def test_sensitive_paths_are_compared_as_whole_texts(version: str) -> None:
    paths = ("/etc", "/etc/", "/etc/hosts", "/proc", "/var/run/docker.sock", "/", "/home/admin", "/data")
    sensitive = {"/etc", "/proc", "/var/run/docker.sock", "/", "/home/admin"}
    for number, path in enumerate(paths):
        (rules,) = fired(version)[f"sensitive-mount.{number}"]
        assert ("Create Sensitive Mount Pod" in rules) == (path in sensitive), path
