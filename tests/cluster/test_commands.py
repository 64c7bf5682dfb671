"""`toolkit cluster` and `toolkit doctor` on a machine where nothing is built."""

from __future__ import annotations

import json
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


def test_doctor_names_what_is_missing_and_what_gets_it(tmp_path: Path) -> None:
    run = toolkit(tmp_path, "doctor")
    assert run.returncode == 4
    assert run.stderr == ""
    assert "missing  kubernetes 1.37" in run.stdout
    assert "build.sh 1.37" in run.stdout


def test_doctor_as_json_is_json_and_nothing_else(tmp_path: Path) -> None:
    run = toolkit(tmp_path, "doctor", "-o", "json")
    facts = json.loads(run.stdout)
    assert (run.returncode, facts["ok"]) == (4, False)
    names = [finding["name"] for finding in facts["findings"]]
    assert names == ["python", "packages", "kubernetes 1.37", "kubernetes 1.34", "go", "docker", "kind"]


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
