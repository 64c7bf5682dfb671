"""The examples on a real cluster: their scripts put them in, and their rules see what happens."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from kind_machine import RECORDER_IMAGE, ROOT, Kept, docker
from waiting import until

from toolkit.cluster.kind.tool import find_kind

pytestmark = [
    pytest.mark.kind,
    pytest.mark.skipif(shutil.which("kubectl") is None, reason="kubectl is not installed"),
    pytest.mark.skipif(RECORDER_IMAGE is None, reason="TOOLKIT_TEST_RECORDER_IMAGE names no image of the toolkit"),
]
TAGS = ("docker.io/library/k8sadmission-toolkit:0.1.0", "ghcr.io/richardoc/kube-audit-rest:1.0.30-distroless")
Kubectl = Callable[..., str]


@pytest.fixture(scope="module")
def kubectl(kept: Kept) -> Kubectl:
    """Return kubectl for the kept cluster, whose node has the toolkit's image under the names of the examples."""
    assert RECORDER_IMAGE
    subprocess.run([find_kind().kind, "load", "docker-image", RECORDER_IMAGE, "--name", kept.name], check=True)
    node = f"{kept.name}-control-plane"
    for tag in TAGS:
        docker(
            "exec", node, "ctr", "-n", "k8s.io", "images", "tag", "--force", f"docker.io/library/{RECORDER_IMAGE}", tag
        )

    def run(*arguments: str | Path) -> str:
        command = ["kubectl", "--kubeconfig", str(kept.kubeconfig), *map(str, arguments)]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout

    return run


@pytest.mark.parametrize(
    ("example", "name", "container"),
    [("admission-webhook", "k8sadmission", "k8sadmission"), ("kube-audit-rest", "kube-audit-rest", "rules")],
)
def test_rules_see_what_happens_and_the_pod_ends_with_its_report(
    kept: Kept, kubectl: Kubectl, tmp_path: Path, example: str, name: str, container: str
) -> None:
    script = ROOT / "examples" / example / "run.sh"
    environment = {**os.environ, "KUBECTL": f"kubectl --kubeconfig {kept.kubeconfig}"}
    subprocess.run([str(script)], env=environment, check=True, capture_output=True)
    try:
        log = tmp_path / "log"
        with log.open("w") as file:
            following = ["kubectl", "--kubeconfig", str(kept.kubeconfig), "-n", name, "logs", "-f"]
            follow = subprocess.Popen([*following, f"deployment/{name}", "-c", container], stdout=file)

        def is_seen() -> bool:
            kubectl("run", "seen", "--image=busybox", "--dry-run=server")
            return "pod=seen" in log.read_text()

        until(is_seen)
        kubectl("-n", name, "delete", "pod", "--all")
        follow.wait(60)
        assert "Triggered rules by rule name:\n" in log.read_text()
        assert "   Create Disallowed Pod: " in log.read_text()
    finally:
        kubectl("delete", "validatingwebhookconfiguration", name)
        kubectl("delete", "namespace", name)
