"""What stands in the rules for people: names that they know, words that help, techniques that exist."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import Any

import pytest
from bundled import GAPS, ROOT, WELL_KNOWN, items, rules

WELL_KNOWN_RULES = """
WARNING Disallowed K8s User
WARNING Create Disallowed Pod
WARNING Create Privileged Pod
WARNING Create Sensitive Mount Pod
WARNING Create HostNetwork Pod
WARNING Create HostPid Pod
WARNING Create HostIPC Pod
WARNING Create NodePort Service
WARNING Create/Modify Configmap With Private Credentials
WARNING Anonymous Request Allowed
NOTICE Exec Pod
NOTICE Attach to Pod
NOTICE Portforward
NOTICE EphemeralContainers Created
WARNING Create Disallowed Namespace
WARNING Pod Created in Kube Namespace
WARNING Service Account Created in Kube Namespace
WARNING System ClusterRole Modified/Deleted
WARNING Attach to cluster-admin Role
WARNING ClusterRole With Wildcard Created
NOTICE ClusterRole With Write Privileges Created
WARNING ClusterRole With Pod Exec Created
INFO K8s Deployment Created
INFO K8s Deployment Deleted
INFO K8s Service Created
INFO K8s Service Deleted
INFO K8s ConfigMap Created
INFO K8s ConfigMap Deleted
INFO K8s Namespace Created
INFO K8s Namespace Deleted
INFO K8s Serviceaccount Created
INFO K8s Serviceaccount Deleted
INFO K8s Role/Clusterrole Created
INFO K8s Role/Clusterrole Deleted
INFO K8s RoleBinding Created
INFO K8s RoleBinding Deleted
INFO K8s Role/Clusterrolebinding Created
INFO K8s Role/Clusterrolebinding Deleted
INFO K8s Secret Created
INFO K8s Secret Deleted
WARNING Ingress Object without TLS Certificate Created
WARNING Full K8s Administrative Access
ERROR Untrusted Node Successfully Joined the Cluster
DEBUG All K8s Audit Events
DEBUG Trigger on all events
"""
"""In the order in which the first match counts."""

TECHNIQUES = {
    "T1036.005": "Masquerading: Match Legitimate Resource Name or Location",
    "T1040": "Network Sniffing",
    "T1078": "Valid Accounts",
    "T1078.001": "Valid Accounts: Default Accounts",
    "T1098": "Account Manipulation",
    "T1098.006": "Account Manipulation: Additional Container Cluster Roles",
    "T1133": "External Remote Services",
    "T1136": "Create Account",
    "T1485": "Data Destruction",
    "T1489": "Service Stop",
    "T1531": "Account Access Removal",
    "T1552.007": "Unsecured Credentials: Container API",
    "T1565.001": "Data Manipulation: Stored Data Manipulation",
    "T1572": "Protocol Tunneling",
    "T1609": "Container Administration Command",
    "T1610": "Deploy Container",
    "T1611": "Escape to Host",
}
TACTIC = re.compile(r"mitre_[a-z_]+")
LISTS = {
    "vertical_pod_autoscaler_users": 2,
    "allowed_k8s_users": 14,
    "eks_allowed_k8s_users": 11,
    "falco_hostnetwork_images": 8,
    "falco_hostpid_images": 0,
    "falco_hostipc_images": 0,
    "allowed_namespaces": 3,
    "user_trusted_image_list": 0,
    "user_allowed_kube_namespace_image_list": 1,
    "k8s_image_list": 0,
    "allowed_kube_namespace_image_list": 18,
    "user_known_sa_list": 0,
    "known_sa_list": 23,
    "full_admin_k8s_users": 5,
    "allowed_k8s_nodes": 0,
    "falco_privileged_images": 0,
    "falco_sensitive_mount_images": 0,
}
MACROS = {
    *("allowed_k8s_containers", "user_known_node_port_service", "user_known_exec_pod_activities"),
    *("user_known_exec_portforward_activities", "user_known_pod_debug_activities", "consider_activity_events"),
    *("kactivity", "consider_all_events", "allowed_full_admin_users", "allow_all_k8s_nodes", "sensitive_vol_mount"),
    *("contains_private_credentials", "trusted_sa", "allowed_kube_namespace_pods", "non_system_user"),
    "writable_verbs",
}


def test_the_well_known_rules_are_all_there_in_their_order() -> None:
    found = [f"{item['priority']} {item['rule']}" for item in items(WELL_KNOWN) if "rule" in item]
    assert found == WELL_KNOWN_RULES.split("\n")[1:-1]


def test_only_the_catch_all_rules_are_disabled() -> None:
    disabled = [rule["rule"] for rule in rules() if not rule.get("enabled", True)]
    assert disabled == ["All K8s Audit Events", "Trigger on all events"]


def test_the_lists_that_users_append_to_hold_what_they_know() -> None:
    assert {item["list"]: len(item["items"]) for item in items(WELL_KNOWN) if "list" in item} == LISTS


def test_the_macros_that_users_replace_are_there() -> None:
    assert {item["macro"] for item in items(WELL_KNOWN) if "macro" in item} >= MACROS


def test_the_privileged_pod_keeps_the_output_that_is_published() -> None:
    (rule,) = (rule for rule in rules() if rule["rule"] == "Create Privileged Pod")
    assert rule["output"] == (
        "Pod started with privileged container (user=%kar.user.name pod=%kar.target.name ns=%kar.target.namespace "
        "image=%kar.req.pod.containers.image)"
    )


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: str(rule["rule"]))
def test_a_rule_says_what_it_means_and_which_technique_it_is(rule: dict[str, Any]) -> None:
    assert rule["source"] == "k8s_admission"
    assert rule["desc"].endswith(".")
    assert len(rule["desc"].split()) >= 12, "not enough to go on"
    assert "user=%kar.user.name" in rule["output"]
    tags = set(rule["tags"])
    assert "k8s" in tags
    assert len([tag for tag in tags if TACTIC.fullmatch(tag)]) == 1
    assert tags & TECHNIQUES.keys()
    assert not {tag for tag in tags if tag.startswith("T")} - TECHNIQUES.keys()


def test_outputs_never_print_what_they_warn_of() -> None:
    printed = [
        rule["rule"] for rule in rules() if "object/data" in rule["output"] or "configmap.data" in rule["output"]
    ]
    assert printed == []


def test_no_two_rules_have_one_name() -> None:
    names = [rule["rule"] for file in (WELL_KNOWN, GAPS) for rule in items(file) if "rule" in rule]
    assert len(set(names)) == len(names)


def test_the_page_of_the_rules_is_up_to_date() -> None:
    made = subprocess.run(
        [sys.executable, ROOT / "scripts" / "rules_page.py"], capture_output=True, check=True, encoding="utf-8"
    )
    page = (ROOT / "docs" / "rules.md").read_text("utf-8")
    assert page == made.stdout, "run: python scripts/rules_page.py > docs/rules.md"
