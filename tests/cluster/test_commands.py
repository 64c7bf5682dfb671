"""`toolkit cluster` and `toolkit doctor` on a machine where nothing is built."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

TOOLKIT = Path(sys.executable).parent / "toolkit"


def toolkit(cache: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "TOOLKIT_CACHE": str(cache), "XDG_DATA_HOME": str(cache)}
    environment.pop("KUBEBUILDER_ASSETS", None)
    return subprocess.run([TOOLKIT, *arguments], env=environment, capture_output=True, text=True, check=False)


def test_doctor_looks_over_the_machine_it_runs_on(tmp_path: Path) -> None:
    run = toolkit(tmp_path, "doctor")
    assert run.returncode in {0, 4}
    assert run.stderr == ""
    assert "lacking  kubernetes 1.37" in run.stdout
    assert "build.sh 1.37" in run.stdout
    assert ("missing  " in run.stdout) is (run.returncode == 4)


def test_no_cluster_is_no_error(tmp_path: Path) -> None:
    run = toolkit(tmp_path, "cluster", "status")
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "no cluster is up\n")
    assert toolkit(tmp_path, "cluster", "status", "-o", "json").stdout == "[]\n"


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (["up"], 4, "cannot be started here: etcd, kube-apiserver, kube-controller-manager not found"),
        (["up", "--kubernetes", "1.12"], 2, "Kubernetes 1.12 is not known"),
        (["up", "--name", "../elsewhere"], 2, "is no name for a cluster"),
        (["down"], 4, 'no cluster named "toolkit" is up'),
    ],
)
def test_errors(tmp_path: Path, arguments: list[str], status: int, words: str) -> None:
    run = toolkit(tmp_path, "cluster", *arguments)
    assert (run.returncode, run.stdout) == (status, "")
    assert words in run.stderr
    assert "hint: " in run.stderr
    assert "Traceback" not in run.stderr
