"""A real control plane: who the client is, what is recorded and when, and that nothing is left of it."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from waiting import until

from toolkit.cluster.folders import cache_folder
from toolkit.cluster.local.provider import LocalCluster, LocalProvider
from toolkit.cluster.recorder.sentinel import is_sentinel, send_sentinel
from toolkit.errors import ExitCode, ToolkitError

pytestmark = pytest.mark.cluster

SCRIPTS = Path(sys.executable).parent


def requests(cluster: LocalCluster) -> list[dict[str, Any]]:
    return [json.loads(line)["request"] for line in cluster.recorder_lines()]


def config_map(name: str) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}}


CONFIG_MAPS = "/api/v1/namespaces/default/configmaps"


def test_the_client_is_kubernetes_admin_and_may_do_anything(control_plane: LocalCluster) -> None:
    review = {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}
    answer = control_plane.client().request("POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews", body=review)
    who = answer.json()["status"]["userInfo"]
    assert who["username"] == "kubernetes-admin"
    assert who["groups"] == ["kubeadm:cluster-admins", "system:authenticated"]
    secrets = control_plane.client().request("GET", "/api/v1/namespaces/kube-system/secrets")
    assert secrets.status == 200


def test_the_version_is_the_exact_one(control_plane: LocalCluster) -> None:
    said = control_plane.client().request("GET", "/version").json()
    assert said["gitVersion"] == f"v{control_plane.kubernetes_version}" == "v1.37.2"
    assert (said["major"], said["minor"]) == ("1", "37")


def test_a_request_is_in_the_log_when_it_is_answered_as_who_made_it(control_plane: LocalCluster) -> None:
    answer = control_plane.client().request(
        "POST",
        CONFIG_MAPS,
        query={"dryRun": "All"},
        body=config_map("tagged"),
        user="jürgen",
        groups=["system:masters", "two words"],
        extra={"toolkit.dev/step": ["a step: of one", "and more"]},
    )
    assert answer.status == 201
    (request,) = (request for request in requests(control_plane) if request.get("name") == "tagged")
    assert request["dryRun"] is True
    assert request["userInfo"] == {
        "username": "jürgen",
        "groups": ["system:masters", "two words", "system:authenticated"],
        "extra": {"toolkit.dev/step": ["a step: of one", "and more"]},
    }


def test_connects_are_recorded_and_answered_404(control_plane: LocalCluster) -> None:
    path = "/api/v1/namespaces/default/pods/nobody/exec"
    query = [("command", "ls"), ("command", "-l"), ("container", "c")]
    assert control_plane.client().request("POST", path, query=query).status == 404
    connects = (request for request in requests(control_plane) if request["operation"] == "CONNECT")
    (request,) = (request for request in connects if request["name"] == "nobody")
    assert request["object"]["command"] == ["ls", "-l"]


def test_the_counter_and_the_lines_agree_after_a_sentinel(control_plane: LocalCluster) -> None:
    name = send_sentinel(control_plane)
    lines = control_plane.recorder_lines()
    until(lambda: control_plane.recorder_count() == len(control_plane.recorder_lines()))
    assert [line for line in lines if name.encode() in line and is_sentinel(line)]
    assert control_plane.client().request("GET", f"{CONFIG_MAPS}/{name}").status == 404


def test_controllers_work_and_are_recorded(control_plane: LocalCluster) -> None:
    labels = {"app": "made-by-controllers"}
    container = {"name": "c", "image": "busybox", "securityContext": {"privileged": True}}
    deployment = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "made-by-controllers"},
        "spec": {
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}},
        },
    }
    path = "/apis/apps/v1/namespaces/default/deployments"
    assert control_plane.client().request("POST", path, body=deployment).status == 201

    def pods() -> list[dict[str, Any]]:
        made = (
            r for r in requests(control_plane) if r["resource"]["resource"] == "pods" and r["operation"] == "CREATE"
        )
        return [r for r in made if r.get("name", "").startswith("made-by-controllers-")]

    until(pods)
    assert pods()[0]["userInfo"]["username"] == "system:serviceaccount:kube-system:replicaset-controller"
    assert control_plane.client().request("DELETE", f"{path}/made-by-controllers").status == 200


def test_controllers_are_recorded_from_their_start(control_plane: LocalCluster) -> None:
    accounts = [r for r in requests(control_plane) if r["resource"]["resource"] == "serviceaccounts"]
    made = {r["name"] for r in accounts if r["userInfo"]["username"] == "system:kube-controller-manager"}
    assert {"replicaset-controller", "namespace-controller", "generic-garbage-collector"} <= made


def test_kinds_are_found_by_discovery(control_plane: LocalCluster) -> None:
    client = control_plane.client()
    assert client.resource_for("v1", "Pod") == ("pods", True)
    assert client.resource_for("v1", "Namespace") == ("namespaces", False)
    assert client.resource_for("networking.k8s.io/v1", "NetworkPolicy") == ("networkpolicies", True)
    for unknown in (("v1", "Pot"), ("no.such.group/v1", "Pod")):
        with pytest.raises(ToolkitError, match="the API server knows no") as caught:
            client.resource_for(*unknown)
        assert caught.value.exit_code == ExitCode.BAD_INPUT


def test_an_error_status_is_an_answer(control_plane: LocalCluster) -> None:
    answer = control_plane.client().request("PUT", CONFIG_MAPS, body=b"{", content_type="text/plain")
    assert answer.status == 405
    assert answer.json()["kind"] == "Status"


@pytest.mark.cluster("1.34")
def test_two_at_once_do_not_disturb_each_other_and_a_dead_program_is_named(control_plane: LocalCluster) -> None:
    folders: list[Path] = []

    def use_another_until_it_dies() -> None:
        with LocalProvider("1.34").start() as other:
            folders.append(other.folder)
            assert other.kubernetes_version == "1.34.3"
            assert other.client().request("POST", CONFIG_MAPS, body=config_map("only-there")).status == 201
            assert control_plane.client().request("GET", f"{CONFIG_MAPS}/only-there").status == 404
            other.check()
            kill_program("kube-apiserver", other.folder)
            until(lambda: other.client().request("GET", "/version").status == 0)

    with pytest.raises(ToolkitError, match=r"kube-apiserver ended by itself \(status -9\)") as caught:
        use_another_until_it_dies()
    assert caught.value.exit_code == ExitCode.ENVIRONMENT
    assert caught.value.faults[0].snippet
    assert not [request for request in requests(control_plane) if request.get("name") == "only-there"]
    control_plane.check()
    assert not folders[0].exists()
    assert processes_about(folders[0]) == []


def kill_program(name: str, folder: Path) -> None:
    (pid,) = (pid for pid in processes_about(folder) if program_of(pid) == name)
    os.kill(pid, signal.SIGKILL)


def program_of(pid: int) -> str:
    return Path(os.fsdecode(Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[0])).name


def processes_about(folder: Path) -> list[int]:
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            about = os.fsencode(folder) in (process / "cmdline").read_bytes() or folder == (process / "cwd").readlink()
            is_ended = (process / "stat").read_text().rpartition(")")[2].split()[0] == "Z"
        except OSError:
            continue
        if about and not is_ended:
            found.append(int(process.name))
    return found


@pytest.fixture
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a cache folder that holds the built programs and whose clusters are this test's alone."""
    programs = cache_folder() / "control-plane"
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache" / "control-plane").symlink_to(programs)
    (tmp_path / "tmp").mkdir()
    monkeypatch.setenv("TOOLKIT_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    return tmp_path / "cache"


def nothing_is_left(cache: Path) -> bool:
    clusters = cache / "clusters"
    folders = [path for path in clusters.iterdir() if path.is_dir()] if clusters.exists() else []
    left_in_tmp = list((cache.parent / "tmp").iterdir())
    return not folders and not left_in_tmp and processes_under(clusters) == []


def processes_under(clusters: Path) -> list[int]:
    needle = os.fsencode(clusters)
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if needle in (process / "cmdline").read_bytes():
                found.append(int(process.name))
        except OSError:
            continue
    return found


CALLER = """
import time
from toolkit.cluster.local.provider import LocalProvider
with LocalProvider("1.37").start() as cluster:
    print(cluster.folder, flush=True)
    time.sleep(300)
"""


@pytest.mark.parametrize("moment", [random.Random(n).uniform(0.3, 4) for n in range(3)] + [None])
def test_killed_at_any_moment_it_leaves_no_process_port_or_folder(own_cache: Path, moment: float | None) -> None:
    with subprocess.Popen([sys.executable, "-c", CALLER], stdout=subprocess.PIPE) as caller:
        if moment is None:
            assert caller.stdout
            assert caller.stdout.readline()
        else:
            time.sleep(moment)
        caller.kill()
    until(lambda: nothing_is_left(own_cache))


def test_a_kept_cluster_is_found_used_and_ended(own_cache: Path) -> None:
    def toolkit(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([SCRIPTS / "toolkit", "cluster", *arguments], capture_output=True, text=True, check=False)

    up = toolkit("up", "--name", "mine", "-o", "json")
    assert up.returncode == 0, up.stderr
    cluster = json.loads(up.stdout)
    try:
        assert Path(cluster["kubeconfig"]).is_file()
        assert Path(cluster["log"]).is_file()
        assert json.loads(toolkit("status", "-o", "json").stdout) == [cluster]
        again = toolkit("up", "--name", "mine")
        assert (again.returncode, again.stdout) == (4, "")
        assert 'a cluster named "mine" is up already' in again.stderr
    finally:
        down = toolkit("down", "--name", "mine")
    assert down.returncode == 0, down.stderr
    assert nothing_is_left(own_cache)
    assert toolkit("down", "--name", "mine").returncode == 4


def test_a_kept_cluster_that_cannot_start_says_why(own_cache: Path) -> None:
    (own_cache / "control-plane").unlink()
    folder = own_cache / "control-plane" / "1.37.2"
    folder.mkdir(parents=True)
    for name, script in {
        "etcd": "echo 'disk is read-only'; exit 7",
        "kube-apiserver": "echo Kubernetes v1.37.2",
        "kube-controller-manager": "true",
    }.items():
        (folder / name).write_text(f"#!/bin/sh\n{script}\n")
        (folder / name).chmod(0o755)
    run = subprocess.run([SCRIPTS / "toolkit", "cluster", "up"], capture_output=True, text=True, check=False)
    assert run.returncode == 4
    assert "ended by itself" in run.stderr
    assert "Traceback" not in run.stderr
    until(lambda: nothing_is_left(own_cache))
