"""A run in a cluster of others: the same lines, only what the run causes, and nothing left, whatever happens."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from foreign import ALLOWED_EVERYTHING, RBAC, ROOT, YES, Foreign, begun, finished, toolkit

from toolkit.cluster.existing.checks import Intent
from toolkit.cluster.existing.connection import connected
from toolkit.cluster.existing.contexts import find_context
from toolkit.cluster.existing.ownership import own_labels
from toolkit.cluster.existing.provider import ExistingCluster, ExistingProvider
from toolkit.cluster.existing.recorder import RecorderChoice
from toolkit.cluster.folders import clusters_folder
from toolkit.cluster.local.provider import LocalCluster, LocalProvider

pytestmark = pytest.mark.cluster

NAMESPACES = "/api/v1/namespaces"
ONE_SCENARIO = """
apiVersion: toolkit/v1
kind: Scenario
metadata: {name: SCENARIO, description: d}
spec:
  steps:
    - name: a pod
      create: {apiVersion: v1, kind: Pod, metadata: {name: p}, spec: {containers: [{name: c, image: i}]}}
"""
ENDLESS = f"{ONE_SCENARIO}      waitFor: {{resource: configmaps, name: never, condition: exists}}\n"


@pytest.fixture
def foreign(control_plane: LocalCluster, tmp_path: Path) -> Foreign:
    """Return a cluster that is taken for somebody else's."""
    return Foreign(control_plane.client(), control_plane.kubeconfig, tmp_path)


@pytest.fixture
def private(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder for temporary files, which must stay empty."""
    folder = tmp_path / "tmp"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setenv("TOOLKIT_CACHE", str(tmp_path / "cache"))
    return folder


def scenario(folder: Path, name: str, text: str = ONE_SCENARIO) -> Path:
    (folder / "scenarios").mkdir(exist_ok=True)
    (folder / "scenarios" / f"{name}.yaml").write_text(text.replace("SCENARIO", name))
    return folder / "scenarios"


@contextmanager
def recording(kubeconfig: Path) -> Iterator[ExistingCluster]:
    with connected(find_context(kubeconfig, None)) as connection:
        intent = Intent(frozenset(), (), frozenset(), cluster_wide=True)
        provider = ExistingProvider(connection, intent, "r1", lambda *_: None, "toolkit.dev/step", RecorderChoice(None))
        with provider.start() as cluster:
            yield cluster


def until_gone(folder: Path) -> None:
    deadline = time.monotonic() + 60
    while any(path.is_dir() for path in folder.iterdir()):
        assert time.monotonic() < deadline
        time.sleep(0.05)


PLAYED = "create-privileged-pod or privileged-deployment or shape-connect or clusterrole-pod or secret-created"


def test_the_dataset_is_that_of_a_cluster_of_our_own_and_nothing_is_left(foreign: Foreign, private: Path) -> None:
    selected = f"{PLAYED} or clusterrole-pod or namespace-removal or shape-custom-resource or secret-created"
    run = toolkit(
        "generate", "--kubeconfig", foreign.with_keys_inside(), YES, "--cluster-wide", "--check", "-k", selected
    )
    assert run.returncode == 0, run.stdout + run.stderr
    lines = run.stderr.splitlines()
    assert lines[0].startswith(f"server    {foreign.admin.server}, Kubernetes 1.37.2, as kubernetes-admin (context ")
    assert "test_files/1.37: 7 scenarios the same to the byte" in run.stderr
    assert foreign.leftovers() == []
    assert list(private.iterdir()) == []
    until_gone(clusters_folder())


def test_what_reaches_further_is_left_out_and_said_and_keeps_its_lines(foreign: Foreign, tmp_path: Path) -> None:
    kept = ROOT / "test_files" / "1.37"
    shutil.copytree(kept, tmp_path / "known" / "1.37")
    flags = ("--kubeconfig", foreign.kubeconfig, YES)
    new = begun("generate", *flags, "--out", tmp_path / "new", "-k", "clusterrole-pod-exec or create-hostpid-pod")
    known = begun("generate", *flags, "--out", tmp_path / "known", "-k", "clusterrole-pod-exec or create-hostipc-pod")
    path = "/apis/rbac.authorization.k8s.io/v1/clusterroles"
    for run in map(finished, (new, known)):
        assert run.returncode == 0, run.stderr
        said = [line for line in run.stderr.splitlines() if line.startswith("left out")]
        assert said == [f"left out  clusterrole-pod-exec: cluster-wide: POST {path} (dry run)"]
    manifest = json.loads((tmp_path / "new" / "1.37" / "manifest.json").read_text())
    assert manifest["provenance"]["provider"] == "existing"
    steps = manifest["scenarios"]["clusterrole-pod-exec"]["steps"]
    assert {step["left_out"] for step in steps} == {f"cluster-wide: POST {path} (dry run)"}
    assert (tmp_path / "new" / "1.37" / "clusterrole-pod-exec.jsonl").read_bytes() == b""
    for file in kept.glob("*.jsonl"):
        assert (tmp_path / "known" / "1.37" / file.name).read_bytes() == file.read_bytes(), file.name


def test_what_others_do_meanwhile_is_not_recorded(foreign: Foreign, private: Path) -> None:
    config_map = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "theirs"}, "data": {"word": "secret"}}
    role = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": {"name": "theirs"}}
    with recording(foreign.kubeconfig) as cluster:
        foreign.post(f"{NAMESPACES}/default/configmaps?dryRun=All", config_map)
        foreign.post(f"{RBAC}/clusterroles?dryRun=All", role)
        foreign.admin.request("POST", f"{NAMESPACES}/default/pods/theirs/exec?command=id")
        assert [line for line in cluster.recorder_lines() if b"theirs" in line] == []
        own = {"labels": own_labels("r1"), "name": "ours"}
        foreign.post(NAMESPACES, {"apiVersion": "v1", "kind": "Namespace", "metadata": own})
        foreign.post(f"{NAMESPACES}/ours/configmaps?dryRun=All", config_map)
        assert len([line for line in cluster.recorder_lines() if b'"name":"theirs"' in line]) == 1
    assert foreign.leftovers() == []


def test_every_missing_right_is_named_before_anything_is_changed(foreign: Foreign, tmp_path: Path) -> None:
    rules = [{"apiGroups": [""], "resources": ["namespaces", "pods"], "verbs": ["get", "list", "create"]}]
    user = foreign.user("weak", rules)
    run = toolkit("generate", "--kubeconfig", user, YES, "--scenarios", scenario(tmp_path, "weak"), "--out", tmp_path)
    assert run.returncode == 4, run.stderr
    missing = {line.removeprefix("error: the right is missing to ") for line in run.stderr.splitlines()}
    assert {
        "create validatingwebhookconfigurations.admissionregistration.k8s.io",
        "delete namespaces",
        "get serviceaccounts",
        'impersonate users "kubernetes-admin"',
        'impersonate groups "kubeadm:cluster-admins"',
        "impersonate userextras.authentication.k8s.io/toolkit.dev/step",
    } <= missing
    assert "create namespaces" not in missing
    assert "nothing was changed" in run.stderr
    assert foreign.admin.request("GET", f"{NAMESPACES}/weak").status == 404


def test_a_name_that_is_taken_stays_whose_it_is(foreign: Foreign, tmp_path: Path) -> None:
    foreign.post(NAMESPACES, {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "taken"}})
    folder = scenario(tmp_path, "taken")
    run = toolkit("generate", "--kubeconfig", foreign.kubeconfig, YES, "--scenarios", folder, "--out", tmp_path)
    assert run.returncode == 4
    assert "/api/v1/namespaces/taken is there already, and was not made by the toolkit" in run.stderr
    found = foreign.admin.request("GET", f"{NAMESPACES}/taken")
    assert (found.status, found.json()["status"]["phase"]) == (200, "Active")
    foreign.admin.request("DELETE", f"{NAMESPACES}/taken")


def test_a_policy_of_the_cluster_that_refuses_is_named(foreign: Foreign, tmp_path: Path) -> None:
    root = "/apis/admissionregistration.k8s.io/v1"
    rules = [{"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["pods"]}]
    only = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "guarded"}}, "resourceRules": rules}
    policy = {"apiVersion": "admissionregistration.k8s.io/v1", "metadata": {"name": "no-pods"}}
    spec = {"matchConstraints": only, "validations": [{"expression": "false", "message": "not here"}]}
    bound = {"policyName": "no-pods", "validationActions": ["Deny"]}
    foreign.post(f"{root}/validatingadmissionpolicies", {**policy, "kind": "ValidatingAdmissionPolicy", "spec": spec})
    binding = {**policy, "kind": "ValidatingAdmissionPolicyBinding", "spec": bound}
    foreign.post(f"{root}/validatingadmissionpolicybindings", binding)
    try:
        time.sleep(2)  # a policy takes effect a while after it is made, and no answer tells when
        folder = scenario(tmp_path, "guarded")
        run = toolkit("generate", "--kubeconfig", foreign.kubeconfig, YES, "--scenarios", folder, "--out", tmp_path)
    finally:
        for kind in ("validatingadmissionpolicybindings", "validatingadmissionpolicies"):
            foreign.admin.request("DELETE", f"{root}/{kind}/no-pods")
    assert run.returncode == 4, run.stderr
    assert 'the admission policy "no-pods" (binding "no-pods") refused it' in run.stderr
    assert foreign.leftovers() == []


def test_killed_at_any_moment_all_is_removed_by_who_watches_over_it(foreign: Foreign, private: Path) -> None:
    flags = ("--kubeconfig", foreign.with_keys_inside(), YES, "--cluster-wide", "--check")
    chance = random.Random(4)
    early = begun("generate", *flags)
    time.sleep(chance.uniform(0.5, 1.5))
    early.kill()
    finished(early)
    for selected in ("privileged-deployment or clusterrolebinding-created", "shape-custom", "shape-server"):
        before = set(foreign.leftovers())
        run = begun("generate", *flags, "-k", selected)
        while not set(foreign.leftovers()) - before:
            assert run.poll() is None, run.communicate()
        time.sleep(chance.uniform(0, 0.5))
        run.kill()
        assert finished(run).returncode == -signal.SIGKILL, "it was killed too late"
    until_gone(clusters_folder())
    deadline = time.monotonic() + 30
    while foreign.leftovers():
        assert time.monotonic() < deadline
        time.sleep(0.5)
    assert list(private.iterdir()) == [], "keys of the kubeconfig are left"


def test_what_is_left_all_the_same_is_found_shown_and_removed(foreign: Foreign, private: Path) -> None:
    flags = ("--kubeconfig", foreign.with_keys_inside(), YES)
    run = begun("generate", *flags, "--cluster-wide", "--check", "-k", "clusterrolebinding-created or shape-custom")
    while foreign.admin.request("GET", f"{NAMESPACES}/shape-custom-resource").status == 404:
        assert run.poll() is None
    for child in Path(f"/proc/{run.pid}/task/{run.pid}/children").read_text().split():
        os.kill(int(child), signal.SIGKILL)
    run.kill()
    finished(run)
    shutil.rmtree(clusters_folder())  # as if it had been killed on another machine
    theirs = {"name": "theirs", "labels": {"app.kubernetes.io/managed-by": "helm"}}
    foreign.post(f"{NAMESPACES}/default/configmaps", {"apiVersion": "v1", "kind": "ConfigMap", "metadata": theirs})
    ours = {"name": "ours", "labels": own_labels("another")}
    foreign.post(f"{NAMESPACES}/default/configmaps", {"apiVersion": "v1", "kind": "ConfigMap", "metadata": ours})
    left = foreign.leftovers()
    assert "configmaps/ours in default" in left
    assert "namespaces/shape-custom-resource" in left
    refused = toolkit("cluster", "clean", *flags[:2])
    assert refused.returncode == 2
    assert all(each in refused.stderr for each in left)
    assert YES in refused.stderr
    assert foreign.leftovers() == left
    clean = toolkit("cluster", "clean", *flags)
    assert clean.returncode == 0, clean.stderr
    assert foreign.leftovers() == []
    path = f"{NAMESPACES}/default/configmaps/theirs"
    assert foreign.admin.request("DELETE", path).status == 200, "what others manage is not touched"
    again = toolkit("cluster", "clean", *flags)
    assert (again.returncode, again.stderr.splitlines()[-1]) == (0, "nothing is left there")


def test_a_signal_ends_it_and_nothing_is_left(foreign: Foreign, private: Path, tmp_path: Path) -> None:
    for name in ("one", "other"):
        scenario(tmp_path, name, ENDLESS)
    flags = ("--kubeconfig", foreign.kubeconfig, YES, "--scenarios", tmp_path / "scenarios", "--out", tmp_path)
    runs = [begun("generate", *flags, "-k", name) for name in ("one", "other")]
    for run, number in zip(runs, (signal.SIGINT, signal.SIGTERM), strict=True):
        assert run.stderr
        while not run.stderr.readline().startswith("cluster "):
            assert run.poll() is None
        run.send_signal(number)
    assert [finished(run).returncode for run in runs] == [130, 130]
    assert foreign.leftovers() == []


def test_a_recorder_that_cannot_be_reached_is_said_and_taken_out(foreign: Foreign, private: Path) -> None:
    code = (
        "import sys; from toolkit.cluster.existing import provider as existing\n"
        "from toolkit.cluster.recorder import sentinel\n"
        "existing.await_recording = lambda cluster: sentinel.await_recording(cluster, within=1)\n"
        "made = existing.run_webhooks\n"
        "def unreachable(name, config, *rest):\n"
        "    return made(name, {**config, 'url': 'https://127.0.0.1:1/x'}, *rest)\n"
        "existing.run_webhooks = unreachable\n"
        "from toolkit.cli.main import main\n"
        f"sys.argv = ['toolkit', 'generate', '--kubeconfig', {str(foreign.kubeconfig)!r}, {YES!r}, '--check']\n"
        "main()"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=ROOT)
    assert run.returncode == 4
    assert "no request was recorded within 1 s; the API server said: 500" in run.stderr
    assert "127.0.0.1:1: connect: connection refused" in run.stderr
    assert foreign.leftovers() == []


def test_where_nobody_is_bound_to_the_administrators_a_binding_is_made_for_the_run(tmp_path: Path) -> None:
    with LocalProvider("1.37").start() as own:
        foreign = Foreign(own.client(), own.kubeconfig, tmp_path)
        operator = foreign.user("operator", ALLOWED_EVERYTHING)
        bindings = f"{RBAC}/clusterrolebindings"
        assert foreign.admin.request("DELETE", f"{bindings}/kubeadm:cluster-admins").status == 200
        run = toolkit("generate", "--kubeconfig", operator, YES, "--check", "-k", "create-hostpid-pod")
        assert run.returncode == 0, run.stderr
        assert "as system:serviceaccount:default:operator" in run.stderr
        assert "1 scenario the same to the byte" in run.stderr
        with connected(find_context(operator, None)) as connection:
            names = [each["metadata"]["name"] for each in connection.client.request("GET", bindings).json()["items"]]
        assert "operator" in names
        assert not [name for name in names if name.startswith("k8sadmission")]
