"""`toolkit generate` and `toolkit data verify`, as typed."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from toolkit.dataset.generate import raw_writer
from toolkit.dataset.read import load_dataset
from toolkit.errors import ExitCode, ToolkitError

SCENARIO = """
apiVersion: toolkit/v1
kind: Scenario
metadata: {name: NAME, description: d}
spec:
  steps:
    - name: a deployment whose pods controllers make
      create:
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: web}
        spec:
          replicas: 2
          selector: {matchLabels: {app: web}}
          template: {metadata: {labels: {app: web}}, spec: {containers: [{name: c, image: busybox}]}}
      consequences:
        - {user: "system:serviceaccount:kube-system:replicaset-controller", resource: pods, verb: CREATE, fires: []}
    - name: scaled
      scale: {resource: deployments, name: web, replicas: 3}
    - name: gone, and its pods with it
      delete: {resource: deployments, name: web, propagationPolicy: Background}
      consequences:
        - {user: "system:serviceaccount:kube-system:generic-garbage-collector", resource: pods, verb: DELETE, fires: []}
    - name: two pods of generated names
      create:
        - &pod {apiVersion: v1, kind: Pod, metadata: {generateName: gen-}, spec: {schedulerName: none, containers: [{name: c, image: i}]}}
        - *pod
    - name: both gone at once
      deleteCollection: {resource: pods, fieldSelector: spec.schedulerName=none}
    - name: a command in a pod that does not exist
      exec: {name: nope, command: [id]}
    - name: a secret
      create: {apiVersion: v1, kind: Secret, metadata: {name: mine}, stringData: {word: of-my-own}}
    - name: a read
      get: {resource: secrets}
"""  # noqa: E501


def toolkit(*arguments: str | Path, folder: Path | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "toolkit", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder)


@pytest.fixture
def scenarios(tmp_path: Path) -> Path:
    """Return a folder with one scenario."""
    folder = tmp_path / "scenarios"
    folder.mkdir()
    (folder / "mine.yaml").write_text(SCENARIO.replace("NAME", "mine"))
    return folder


def test_a_dry_run_prints_the_plan_and_needs_no_cluster(scenarios: Path) -> None:
    run = toolkit("generate", "--dry-run", "--scenarios", scenarios, "-k", "mine")
    assert (run.returncode, run.stderr) == (0, "")
    assert run.stdout.startswith("mine (its own namespace)\n  a deployment whose pods controllers make\n")
    assert "    GET /api/v1/namespaces/mine/secrets as kubernetes-admin, expects 2xx" in run.stdout


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["-k", "nothing like it"], 5, "selects none of 1 scenarios"),
        (["-k", "(("], 2, "-k '(('"),
        (["--provider", "lokal"], 2, 'did you mean "local"?'),
        (["--kubernetes", "1.2"], 2, "1.2"),
    ],
)
def test_wrong_flags_say_so(scenarios: Path, arguments: list[str], code: int, message: str) -> None:
    run = toolkit("generate", "--scenarios", scenarios, *arguments)
    assert run.returncode == code, run.stderr
    assert message in run.stderr
    assert "Traceback" not in run.stderr


def test_an_empty_folder_of_scenarios_is_nothing_selected(tmp_path: Path) -> None:
    run = toolkit("generate", "--scenarios", tmp_path)
    assert (run.returncode, "there are no scenarios" in run.stderr) == (5, True)


def test_a_missing_folder_of_scenarios_is_bad_input(tmp_path: Path) -> None:
    run = toolkit("generate", "--scenarios", tmp_path / "gone")
    assert run.returncode == 3
    assert "is not a folder" in run.stderr


def test_raw_lines_go_to_a_file_whole_or_to_a_device_as_it_is(tmp_path: Path) -> None:
    raw_writer(None)([b"a"])
    raw_writer(tmp_path / "raw")([b"a", b"b"])
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("raw", b"a\nb\n")]
    for full in (Path("/dev/full"), tmp_path / "no" / "folder"):
        with pytest.raises(ToolkitError, match="cannot be written") as caught:
            raw_writer(full)([b"a"])
        assert caught.value.exit_code == ExitCode.ENVIRONMENT
    assert Path("/dev/full").is_char_device()


def test_an_installed_package_is_not_written_into(tmp_path: Path, scenarios: Path) -> None:
    run = toolkit("generate", "--scenarios", scenarios, folder=tmp_path)
    assert run.returncode == 2
    assert "--out" in run.stderr


@pytest.mark.cluster
def test_generating_again_gives_the_same_bytes_but_for_what_changed(scenarios: Path, tmp_path: Path) -> None:
    out, raw = tmp_path / "out", tmp_path / "raw.jsonl"
    first = toolkit("generate", "--scenarios", scenarios, "--out", out, "--raw", raw)
    assert first.returncode == 0, first.stderr
    assert "complete  9 requests, " in first.stderr
    assert raw.read_text().count("toolkit-sentinel-") >= 1
    verify = toolkit("data", "verify", "--scenarios", scenarios, "--dataset", out, "-o", "json")
    assert verify.returncode == 0, verify.stderr
    (fact,) = json.loads(verify.stdout)
    assert (fact["scenarios"], fact["kubernetes"][:5]) == (1, "1.37.")
    _look_at(out)
    _change(scenarios, out)


def _look_at(out: Path) -> None:
    """The dataset holds what the steps did, and nothing of this run."""
    (dataset,) = load_dataset(out)
    events = dataset.scenarios["mine"]
    shape = [(step.name, len(step.lines), len(step.consequences)) for step in events.steps.values()]
    assert [(lines, consequences) for _, lines, consequences in shape] == [
        (1, 1), (1, 0), (1, 1), (2, 0), (2, 0), (1, 0), (1, 0), (0, 0),
    ]  # fmt: skip
    text = b"\n".join(events.lines)
    assert b"toolkit.dev/step" not in text
    assert b'"word":"b2YtbXktb3du"' in text, "the author's own secret stays"
    created, deleted = ([json.loads(events.lines[n - 1]) for n in events.steps[name].lines] for name in (
        "two pods of generated names", "both gone at once"
    ))  # fmt: skip
    names = [line["request"]["object"]["metadata"]["name"] for line in created]
    assert sorted(names) == sorted(line["request"]["oldObject"]["metadata"]["name"] for line in deleted)
    assert len(set(names)) == 2


def _change(scenarios: Path, out: Path) -> None:
    """A dataset and a scenario that drifted apart are an error, and a check finds that one difference and no other."""
    path = scenarios / "mine.yaml"
    path.write_text(path.read_text().replace("of-my-own", "of-another"))
    verify = toolkit("data", "verify", "--scenarios", scenarios, "--dataset", out)
    assert verify.returncode == 3
    assert "the scenario changed since" in verify.stderr
    check = toolkit("generate", "--scenarios", scenarios, "--out", out, "--check")
    assert check.returncode == 1
    scenario, step, member = check.stdout.splitlines()
    assert "the scenario changed since" in scenario
    assert step.endswith("· a secret")
    assert "/request/object/data/word: " in member


@pytest.mark.cluster
def test_an_interrupt_or_a_kill_leaves_the_old_dataset(scenarios: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    for number, name in enumerate((signal.SIGINT, signal.SIGKILL)):
        flags = ["--provider", "local", "--scenarios", str(scenarios), "--out", str(out)]
        command = [sys.executable, "-m", "toolkit", "generate", *flags]
        process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        assert process.stderr is not None
        assert process.stderr.readline().startswith("cluster")
        time.sleep(0.1 * number)
        process.send_signal(name)
        _, words = process.communicate(timeout=30)
        assert process.returncode == (130 if name == signal.SIGINT else -signal.SIGKILL), words
        assert "Traceback" not in words
        assert list(out.iterdir()) == []
