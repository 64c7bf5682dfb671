"""The dataset is the same whatever the provider; what a kubelet adds is there on kind alone."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest
from kind_machine import ROOT, Kept, Machine

from toolkit.cluster.choice import Choice, provider_of
from toolkit.dataset.read import Dataset, load_dataset

pytestmark = pytest.mark.kind


@pytest.fixture(scope="module")
def fresh(kept: Kept) -> Dataset:
    """Return the dataset that was captured on kind."""
    assert kept.capture.returncode == 0, kept.capture.stdout + kept.capture.stderr
    (dataset,) = load_dataset(kept.dataset)
    return dataset


@pytest.fixture(scope="module")
def bundled(fresh: Dataset) -> Dataset:
    """Return the dataset of the same Kubernetes version that comes along, captured on a local control plane."""
    (dataset,) = load_dataset(ROOT / "test_files" / fresh.version)
    exact = (dataset.manifest.provenance.kubernetes, fresh.manifest.provenance.kubernetes)
    if exact[0] != exact[1]:
        pytest.skip(f"the dataset that comes along is of Kubernetes {exact[0]}, the node image of {exact[1]}")
    assert dataset.manifest.provenance.provider == "local"
    return dataset


def test_a_capture_on_kind_tells_each_stage_and_its_proof(kept: Kept) -> None:
    assert kept.capture.returncode == 0, kept.capture.stderr
    lines = kept.capture.stderr.splitlines()
    stages = [line.split()[0] for line in lines]
    assert [stage for stage in stages if stage not in {"load", "noise"}] == [
        "create", "deploy", "rest", "cluster", "recorder", "play", "complete", "dataset", "keep",
    ]  # fmt: skip
    proof = next(line for line in lines if line.startswith("complete"))
    counted, _, written = proof.partition("counter ")[2].partition(" = lines ")
    assert counted == written.split()[0]
    assert all(line.endswith(" s") for line in lines if line.split()[0] in {"create", "load", "deploy", "rest", "play"})


def test_every_scenario_is_the_same_to_the_byte_as_on_a_local_control_plane(fresh: Dataset, bundled: Dataset) -> None:
    assert fresh.scenarios.keys() == bundled.scenarios.keys()
    differ = [name for name, each in fresh.scenarios.items() if each.lines != bundled.scenarios[name].lines]
    assert differ == []
    assert len(fresh.scenarios) > 60


def test_the_manifest_says_what_was_real_and_what_made_it(fresh: Dataset) -> None:
    made = fresh.manifest.provenance
    assert made.provider == "kind"
    steps = {name: each.kubelet for name, each in fresh.scenarios["running-pod"].steps.items()}
    assert [name for name, by_kubelet in steps.items() if by_kubelet] == [
        "a command in a pod", "attached to a pod", "a tunnel to a pod", "a debugging container that runs",
    ]  # fmt: skip
    assert sum(by_kubelet is False for by_kubelet in steps.values()) == 3
    others = [
        step.kubelet for name, each in fresh.scenarios.items() if name != "running-pod" for step in each.steps.values()
    ]
    assert True not in others
    assert others.count(False) >= 10


def test_the_rules_are_judged_on_it_and_its_noise_without_a_failure(fresh: Dataset, machine: Machine) -> None:
    judged = machine.run("validate", "--dataset", fresh.folder, "-o", "json")
    report = json.loads(judged.stdout)
    assert judged.returncode == 0, judged.stderr
    (noise,) = report["background"]
    assert noise["dataset"] == f"{fresh.version} (kind)"
    assert noise["shapes"] >= 15
    assert noise["rules"] == [], "on the noise of an idle cluster no rule fires"


def test_no_node_name_or_address_is_left_in_any_line(fresh: Dataset, kept: Kept) -> None:
    lines = [line for each in fresh.scenarios.values() for line in each.lines]
    lines += [line for noise in fresh.background.values() for line in noise.lines]
    assert not [line[:200] for line in lines if kept.name.encode() in line]


def test_the_recorder_on_this_machine_gives_the_same_bytes(kept: Kept, machine: Machine) -> None:
    again = machine.run(*kept.reuse("--recorder", "toolkit", "--check", "--out", kept.dataset.parent))
    assert again.returncode == 0, again.stdout + again.stderr
    assert "scenarios the same to the byte" in again.stderr
    assert "reuse     kind cluster" in again.stderr


def test_the_recorders_log_can_be_streamed_too(kept: Kept, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    played = _played(kept, tmp_path, monkeypatch, to_std_log=True)
    assert played == {name: kept_lines(kept, name) for name in played}


def test_files_that_are_full_and_renamed_in_the_middle_are_all_read(
    kept: Kept, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    renamed: list[str] = []
    played = _played(kept, tmp_path, monkeypatch, max_size=1, renamed=renamed)
    assert played == {name: kept_lines(kept, name) for name in played}
    assert renamed, "no file was full: the test shows nothing"


def kept_lines(kept: Kept, scenario: str) -> tuple[bytes, ...]:
    """Return the lines of a scenario in the first capture."""
    (dataset,) = load_dataset(kept.dataset)
    return dataset.scenarios[scenario].lines


def _played(
    kept: Kept,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    *,
    to_std_log: bool = False,
    max_size: int = 500,
    renamed: list[str] | None = None,
) -> Mapping[str, tuple[bytes, ...]]:
    """Play some scenarios on the kept cluster with a recorder that logs in another way; return their lines."""
    from kind_machine import RECORDER_IMAGE, docker

    from toolkit.capture.plan import features_of, plan
    from toolkit.cluster.kind.provider import KindSettings
    from toolkit.cluster.recorder.deployment import IMAGE, DeploymentSettings
    from toolkit.dataset.generate import Watcher, recorded
    from toolkit.scenarios.loader import load_scenarios

    class Silence(Watcher):
        def step(self, scenario: str, step: str) -> None:
            """Hear nothing."""

        def scenario_done(self) -> None:
            """Hear nothing."""

    monkeypatch.setenv("TOOLKIT_CACHE", str(kept.machine.folder / "cache"))
    chosen = [s for s in load_scenarios(ROOT / "testing" / "k8s") if s.name.startswith(("shape-", "create-", "priv"))]
    deployment = DeploymentSettings(image=RECORDER_IMAGE or IMAGE, to_std_log=to_std_log, max_size=max_size)
    settings = KindSettings(name=kept.name, reuse=True, deployment=deployment)
    provider = provider_of(Choice("kind"), kind=settings)
    with recorded(provider, plan(chosen, features_of("kind")), Silence(), lambda _: None) as recording:
        if renamed is not None:
            pods = "/var/lib/kubelet/pods/*/volumes/kubernetes.io~empty-dir/tmp"
            renamed += docker("exec", f"{kept.name}-control-plane", "sh", "-c", f"ls {pods}/kube-audit-rest-*.log")
        return {each.name: each.lines for each in recording.captured.scenarios}
