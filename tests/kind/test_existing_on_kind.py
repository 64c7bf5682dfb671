"""The provider `existing`, on a cluster with nodes: kube-audit-rest in it, its log streamed."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import time

import pytest
from kind_machine import Kept, recorded_by

pytestmark = pytest.mark.kind

YES = "--yes-this-is-a-test-cluster"
SOME = "create-privileged-pod or privileged-deployment or shape-connect or shape-large or running-pod"


def labelled(kept: Kept) -> list[str]:
    """Return what in the cluster has the toolkit's label."""
    label = "app.kubernetes.io/managed-by=k8sadmission-toolkit"
    kinds = "namespaces,pods,validatingwebhookconfigurations,clusterrolebindings"
    command = ["kubectl", "--kubeconfig=/etc/kubernetes/admin.conf", "get", kinds, "-A", "-l", label, "-o", "json"]
    found = subprocess.run(["docker", "exec", f"{kept.name}-control-plane", *command], capture_output=True, check=True)
    return [item["metadata"]["name"] for item in json.loads(found.stdout)["items"]]


def test_the_dataset_is_the_same_and_nothing_is_left(kept: Kept) -> None:
    flags = ["--kubeconfig", str(kept.kubeconfig), YES, "--cluster-wide", *recorded_by(load=False), "--check"]
    run = kept.machine.run("generate", *flags, "-k", SOME, "--out", kept.dataset.parent)
    assert run.returncode == 0, run.stdout + run.stderr
    assert "5 scenarios the same to the byte" in run.stderr
    assert labelled(kept) == []


@pytest.mark.parametrize("after", [round(random.uniform(1, 12), 1) for _ in range(2)])
def test_a_run_that_is_killed_is_cleaned_away_by_its_labels(kept: Kept, after: float) -> None:
    context = f"kind-{kept.name}"
    there = ["--kubeconfig", str(kept.kubeconfig), "--context", context, YES]
    process = kept.machine.begin("generate", *there, *recorded_by(load=False), "-k", SOME, "--check")
    time.sleep(after)
    process.send_signal(signal.SIGKILL)
    process.wait()
    cleaned = kept.machine.run("cluster", "clean", *there)
    assert cleaned.returncode == 0, f"killed after {after} s: {cleaned.stderr}"
    assert labelled(kept) == []
