"""How far scenarios reach, what they take, and what is labelled: on a cluster of others this decides what is played."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from toolkit.capture.api_paths import parse_path
from toolkit.capture.demands import intent_of
from toolkit.capture.plan import PlannedScenario, features_of, plan
from toolkit.capture.reach import left_out, reach_of, with_labels
from toolkit.cluster.existing.rights import Right
from toolkit.scenarios.model import Scenario

Read = Callable[[str], Scenario]
ROLE = "apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole"
CONFIG_MAP = "{apiVersion: v1, kind: ConfigMap, metadata: {name: c"
LABELS = {"app.kubernetes.io/managed-by": "k8sadmission-toolkit", "toolkit.dev/run": "r1"}


def planned(read: Read, *steps: str, spec: str = "") -> PlannedScenario:
    named = ", ".join(f"{{name: step {number}, {step}}}" for number, step in enumerate(steps))
    (one,) = plan([read(f"{spec}  steps: [{named}]\n")], features_of("existing"))
    return one


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("/api/v1/namespaces/n/pods/p/exec", ("", "pods", True, "n", "p", "exec")),
        ("/api/v1/namespaces/n/pods", ("", "pods", True, "n", "", "")),
        ("/api/v1/namespaces/n", ("", "namespaces", False, "n", "n", "")),
        ("/api/v1/namespaces/n/finalize", ("", "namespaces", False, "n", "n", "finalize")),
        ("/api/v1/namespaces", ("", "namespaces", False, "", "", "")),
        ("/api/v1/nodes/x/proxy/run/default/web", ("", "nodes", False, "", "x", "proxy")),
        ("/apis/apps/v1/namespaces/n/deployments/d/scale", ("apps", "deployments", True, "n", "d", "scale")),
        ("/apis/g.io/v1/things/a%3Ab", ("g.io", "things", False, "", "a:b", "")),
    ],
)
def test_a_path_says_what_it_is_about(path: str, found: tuple[str | bool, ...]) -> None:
    about = parse_path(path)
    assert about
    target = about.target
    assert (target.group, target.plural, target.namespaced, about.namespace, about.name, about.subresource) == found


@pytest.mark.parametrize(
    "path", ["/", "/api", "/apis", "/api/v1", "/apis/apps", "/apis/apps/v1", "/healthz", "/version"]
)
def test_a_path_of_no_object_is_about_nothing(path: str) -> None:
    assert parse_path(path) is None


def test_what_stays_in_its_own_namespace_reaches_nowhere(scenario: Read) -> None:
    reach = reach_of(
        planned(
            scenario,
            f"create: {CONFIG_MAP}}}}}",
            "delete: {resource: configmaps, name: c}",
            "deleteCollection: {resource: secrets}",
            "exec: {name: p, command: [id]}",
            "patch: {resource: namespaces, name: s, patch: {}}",
            "get: {resource: nodes}",
            "raw: {method: GET, path: /apis}",
        )
    )
    assert (reach.outside, reach.foreign, reach.must_not_exist) == ((), (), ())


@pytest.mark.parametrize(
    "step",
    [
        f"create: {{{ROLE}, metadata: {{name: r}}}}, dryRun: true",
        f"create: {CONFIG_MAP}, namespace: kube-system}}}}, dryRun: true",
        "delete: {resource: clusterroles, name: view}, dryRun: true",
        "proxy: {resource: nodes, name: n1}",
        "token: {name: default, namespace: kube-system}",
        "raw: {method: POST, path: /apis/authorization.k8s.io/v1/subjectaccessreviews, body: {}}",
    ],
)
def test_dry_runs_and_calls_elsewhere_are_outside_and_change_nothing(scenario: Read, step: str) -> None:
    reach = reach_of(planned(scenario, step))
    assert len(reach.outside) == 1
    assert reach.foreign == ()


@pytest.mark.parametrize(
    "step",
    [
        "delete: {resource: clusterroles, name: view}",
        "patch: {resource: clusterroles, name: view, patch: {}}",
        "deleteCollection: {resource: secrets, namespace: default}",
        "evict: {name: somebodys, namespace: default}",
        "scale: {resource: deployments, name: web, namespace: default, replicas: 0}",
        "delete: {resource: namespaces, name: default}",
        f"replace: {{{ROLE}, metadata: {{name: view}}}}",
        "raw: {method: DELETE, path: /anything}",
    ],
)
def test_a_change_of_what_the_scenario_did_not_make_is_foreign(scenario: Read, step: str) -> None:
    assert len(reach_of(planned(scenario, step)).foreign) == 1


def test_what_a_scenario_makes_outside_is_its_own_from_then_on_and_must_not_be_there_before(scenario: Read) -> None:
    make, drop = f"create: {{{ROLE}, metadata: {{name: r}}}}", "delete: {resource: clusterroles, name: r}"
    path = "/apis/rbac.authorization.k8s.io/v1/clusterroles/r"
    reach = reach_of(planned(scenario, make, drop))
    assert (len(reach.outside), reach.foreign, reach.must_not_exist) == (2, (), (path,))
    assert [target.plural for target in reach.made] == ["clusterroles"]
    assert len(reach_of(planned(scenario, drop, make)).foreign) == 1
    assert len(reach_of(planned(scenario, f"{make}, dryRun: true", drop)).foreign) == 1


def test_the_target_of_a_call_that_is_believed_missing_must_be_missing(scenario: Read) -> None:
    reach = reach_of(planned(scenario, "exec: {name: p, namespace: default, command: [id]}"))
    assert reach.must_not_exist == ("/api/v1/namespaces/default/pods/p",)


def test_a_namespace_that_is_named_is_somebody_elses(scenario: Read) -> None:
    reach = reach_of(planned(scenario, f"create: {CONFIG_MAP}}}}}", spec="  namespace: default\n"))
    assert reach.must_not_exist == ("/api/v1/namespaces/default/configmaps/c",)


def test_labels_are_on_what_is_stored_outside_and_on_the_own_namespace_only(scenario: Read) -> None:
    labelled = with_labels(
        planned(
            scenario,
            f"create: {{{ROLE}, metadata: {{name: r, labels: {{mine: x}}}}}}",
            f"replace: {{{ROLE}, metadata: {{name: r}}}}",
            f"apply: {{{ROLE}, metadata: {{name: a}}}}",
            "create: {apiVersion: v1, kind: Namespace, metadata: {name: other}}",
            f"create: {{{ROLE}, metadata: {{name: dry}}}}, dryRun: true",
            f"create: {CONFIG_MAP}}}}}",
            "patch: {resource: clusterroles, name: r, patch: {}}",
        ),
        LABELS,
    )
    bodies = [json.loads(step.requests[0].body or b"{}") for step in labelled.steps]
    found = [body.get("metadata", {}).get("labels") for body in bodies]
    assert found == [{"mine": "x", **LABELS}, LABELS, LABELS, LABELS, None, None, None]
    assert labelled.namespace_labels == LABELS


def test_what_is_left_out_says_so_for_each_of_its_steps(scenario: Read) -> None:
    nothing = left_out(planned(scenario, "get: {resource: pods}", "get: {resource: nodes}"), "too far")
    assert (nothing.steps, nothing.left_out) == ((), {"step 0": "too far", "step 1": "too far"})


def test_the_rights_are_those_to_act_as_everybody_and_to_look_at_what_is_changed(scenario: Read) -> None:
    one = planned(
        scenario,
        "create: {apiVersion: v1, kind: Pod, metadata: {name: p}}, as: {user: alice, groups: [dev]}",
        "delete: {resource: pods, name: p}, as: {user: 'system:serviceaccount:s:bot'}",
        "scale: {resource: deployments, name: web, replicas: 2}",
        "get: {resource: pods}, waitFor: {resource: jobs, name: j, condition: exists}",
    )
    intent = intent_of([one], cluster_wide=False)
    assert set(map(str, intent.rights)) == {
        "get serviceaccounts",
        'impersonate users "kubernetes-admin"',
        'impersonate groups "kubeadm:cluster-admins"',
        'impersonate users "alice"',
        'impersonate groups "dev"',
        'impersonate serviceaccounts "bot" in s',
        "impersonate userextras.authentication.k8s.io/toolkit.dev/step",
        "get pods",
        "get deployments.apps",
        "get deployments.apps/scale",
        "get jobs.batch",
    }
    assert intent.must_not_exist == ("/api/v1/namespaces/s",)
    assert intent.made == frozenset()


def test_looking_whether_a_name_is_free_takes_a_right_too(scenario: Read) -> None:
    intent = intent_of([planned(scenario, f"create: {{{ROLE}, metadata: {{name: r}}}}")], cluster_wide=True)
    assert Right("get", "clusterroles", "rbac.authorization.k8s.io") in intent.rights
    assert [target.plural for target in intent.made] == ["clusterroles"]
