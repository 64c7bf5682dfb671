"""What goes wrong with a kind cluster or its recorder is said, with exit 4, and leaves nothing."""

from __future__ import annotations

import re
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from kind_machine import MINE, Kept, Machine, containers, docker, made_with, recorded_by
from waiting import until

pytestmark = pytest.mark.kind

SMALL = ("-k", "shape-connect")
SLOW = """
apiVersion: toolkit/v1
kind: Scenario
metadata: {name: slow, description: d}
spec:
  steps:
    - name: a pod
      create:
        {apiVersion: v1, kind: Pod, metadata: {name: p}, spec: {schedulerName: none, containers: [{name: c, image: i}]}}
      waitFor: {resource: configmaps, name: go-on, condition: exists}
    - name: a second pod
      create:
        {apiVersion: v1, kind: Pod, metadata: {name: q}, spec: {schedulerName: none, containers: [{name: c, image: i}]}}
"""


def test_a_name_that_is_taken_is_refused_at_once(kept: Kept, other: Machine) -> None:
    run = other.run("generate", "--provider", "kind", "--name", kept.name, *made_with(), *SMALL, "--check")
    assert run.returncode == 4
    assert f'a kind cluster named "{kept.name}" is up already' in run.stderr
    assert "--reuse" in run.stderr
    assert any(kept.name in name for name in containers()), "the one that is up stays"


def test_two_clusters_at_once_do_not_know_of_each_other(kept: Kept, other: Machine) -> None:
    name = f"{MINE}second"
    flags = [
        "--recorder",
        "toolkit",
        "--name",
        name,
        *made_with(),
        *SMALL,
        "--out",
        str(kept.dataset.parent),
        "--check",
    ]
    run = other.run("generate", "--provider", "kind", *flags)
    assert run.returncode == 0, run.stdout + run.stderr
    assert not [found for found in other.left() if name in found]
    assert any(kept.name in found for found in containers())


def test_an_image_that_is_unknown_says_what_kind_said_and_leaves_nothing(other: Machine) -> None:
    name = f"{MINE}unknown"
    run = other.run("generate", "--name", name, "--image", "toolkit.invalid/no-such-node:v0", *SMALL, "--check")
    assert run.returncode == 4
    assert "error: kind failed at create" in run.stderr
    assert "toolkit.invalid/no-such-node:v0" in run.stderr
    assert not [found for found in other.left() if name in found]


def test_a_recorder_image_that_cannot_be_pulled_says_so_and_what_else_can_be_done(kept: Kept) -> None:
    run = kept.machine.run(*kept.reuse("--recorder-image", "toolkit.invalid/recorder:v0", *SMALL, "--check"))
    assert run.returncode == 4
    assert "the recorder (image toolkit.invalid/recorder:v0) does not start: " in run.stderr
    assert "ErrImagePull" in run.stderr or "ImagePullBackOff" in run.stderr
    assert "--recorder toolkit" in run.stderr


def test_docker_that_does_not_answer_is_said(other: Machine) -> None:
    gone = {"DOCKER_HOST": "unix:///nowhere/docker.sock"}
    run = other.run("generate", "--provider", "kind", *SMALL, "--check", **gone)
    assert run.returncode == 4
    assert "error: docker does not answer" in run.stderr
    assert "--provider local" in run.stderr


LOSE_A_LINE = """
for log in /var/lib/kubelet/pods/*/volumes/kubernetes.io~empty-dir/tmp/kube-audit-rest.log; do
  start=$(grep --text --byte-offset slow/steps/0/ "$log" | head -n 1 | cut -d : -f 1)
  [ -z "$start" ] || { truncate --size "$start" "$log"; found=yes; }
done
[ -n "$found" ]
"""


def on_node(kept: Kept, script: str) -> None:
    """Run a script on the kept cluster's node."""
    docker("exec", f"{kept.name}-control-plane", "bash", "-euc", script)


@contextmanager
def playing(kept: Kept, folder: Path) -> Iterator[subprocess.Popen[str]]:
    """Begin a capture that waits in its first step until the ConfigMap `go-on` is there."""
    (folder / "slow.yaml").write_text(SLOW)
    until(lambda: _kubectl(kept, "get", "namespace", "slow").returncode != 0)
    process = kept.machine.begin(*kept.reuse(*recorded_by(load=False), "--scenarios", folder, "--out", folder / "out"))
    try:
        until(lambda: _kubectl(kept, "get", "pods/p").returncode == 0)
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
        process.communicate(timeout=120)


def _kubectl(kept: Kept, *words: str) -> subprocess.CompletedProcess[str]:
    node = ["docker", "exec", f"{kept.name}-control-plane", "kubectl", "--kubeconfig=/etc/kubernetes/admin.conf"]
    return subprocess.run([*node, "--namespace", "slow", *words], capture_output=True, text=True, check=False)


def go_on(kept: Kept, process: subprocess.Popen[str]) -> str:
    """Let the slow scenario go on as soon as the API server takes a request again; return what is said in the end."""
    until(lambda: _kubectl(kept, "create", "configmap", "go-on").returncode == 0 or process.poll() is not None)
    return process.communicate(timeout=120)[1]


def test_a_recorder_that_dies_in_the_middle_fails_the_capture_and_names_the_steps(kept: Kept, tmp_path: Path) -> None:
    with playing(kept, tmp_path) as process:
        on_node(kept, "pkill -9 -f 'kube-audit-rest.log --logger-max-size'")
        said = go_on(kept, process)
    assert process.returncode == 4, said
    assert "ended by itself or was started anew" in said, "whoever notices first, the API server or the counter"
    assert not (tmp_path / "out").exists(), "nothing is written"


def test_a_recorder_that_is_gone_for_good_fails_the_capture_and_names_the_steps(kept: Kept, tmp_path: Path) -> None:
    with playing(kept, tmp_path) as process:
        _kubectl(kept, "delete", "deployment", "kube-audit-rest", "--namespace=kube-audit-rest", "--wait=false")
        until(lambda: not _kubectl(kept, "get", "pods", "--namespace=kube-audit-rest", "--output=name").stdout)
        said = process.communicate(timeout=120)[1]
    assert process.returncode == 4, said
    assert "the recorder" in said
    assert not (tmp_path / "out").exists(), "nothing is written"


def test_a_recorder_that_loses_a_line_is_caught_by_its_counter(kept: Kept, tmp_path: Path) -> None:
    with playing(kept, tmp_path) as process:
        on_node(kept, LOSE_A_LINE)
        said = go_on(kept, process)
    assert process.returncode == 4, said
    assert re.search(r"the recorder counted \d+ requests and its log has \d+ lines", said), said
    assert "no event was recorded of 1 step that was begun:\n  slow :: a pod\n" in said
    assert not (tmp_path / "out").exists(), "nothing is written"


def test_a_capture_that_ends_well_after_others_failed(kept: Kept) -> None:
    run = kept.machine.run(*kept.reuse(*recorded_by(load=False), *SMALL, "--check", "--out", kept.dataset.parent))
    assert run.returncode == 0, run.stdout + run.stderr


@pytest.mark.parametrize("flag", ["--keep", "--reuse"])
def test_a_cluster_that_stays_has_no_recorder_and_no_webhook_left(kept: Kept, flag: str) -> None:
    until(lambda: not _kubectl(kept, "get", "namespace", "kube-audit-rest", "--ignore-not-found").stdout)
    assert _kubectl(kept, "get", "validatingwebhookconfigurations", "--output", "name").stdout == ""
