"""The datasets that come along are of the scenarios that come along, and tell nothing of the machine or the moment."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from toolkit.dataset.read import Dataset, drift, load_dataset
from toolkit.scenarios.loader import load_scenarios

ROOT = Path(__file__).parent.parent.parent
DATASETS = load_dataset(ROOT / "test_files")
SCENARIOS = {scenario.name: scenario for scenario in load_scenarios(ROOT / "testing" / "k8s")}
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-([0-9a-f])[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}")
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[.\d]*Z")


@pytest.fixture(params=DATASETS, ids=lambda dataset: dataset.version)
def dataset(request: pytest.FixtureRequest) -> Dataset:
    """Return each version's dataset."""
    assert isinstance(request.param, Dataset)
    return request.param


def texts(dataset: Dataset) -> list[tuple[str, str]]:
    """Return every line with what its scenario's author wrote."""
    steps = [(line, SCENARIOS[name].given) for name, each in dataset.scenarios.items() for line in each.lines]
    noise = [(line, "") for background in dataset.background.values() for line in background.lines]
    return [(line.decode(), given) for line, given in [*steps, *noise]]


def test_both_versions_are_there() -> None:
    assert [dataset.version for dataset in DATASETS] == ["1.37", "1.34"]


def test_the_scenarios_are_those_that_were_recorded(dataset: Dataset) -> None:
    assert not list(drift(dataset, SCENARIOS.values()))


def test_every_step_that_must_leave_events_has_lines(dataset: Dataset) -> None:
    for name, scenario in SCENARIOS.items():
        recorded = dataset.scenarios[name].steps
        assert list(recorded) == [step.name for step in scenario.steps]
        for step in scenario.steps:
            lines = recorded[step.name]
            if lines.left_out:
                assert lines.left_out == "needs kubelet, scheduler"
                assert not lines.lines
                continue
            assert bool(lines.lines) is not step.records_nothing, f"{name}: {step.name}"
            assert len(lines.consequences) == len(step.consequences)


def test_a_kubelet_adds_nothing_to_the_event_of_a_connection() -> None:
    (dataset,) = (each for each in DATASETS if "kind" in each.background)
    recorded = dataset.scenarios["running-pod"]
    made = dataset.manifest.scenarios["running-pod"].provenance
    assert made is not None
    assert made.provider == "kind"
    pairs = {
        "a command in a pod": "a command that no pod answers",
        "attached to a pod": "attached to nobody",
        "a tunnel to a pod": "a tunnel to nobody",
    }
    for real, raw in pairs.items():
        steps = [recorded.steps[name] for name in (real, raw)]
        assert [step.kubelet for step in steps] == [True, False]
        one, other = (json.loads(recorded.lines[step.lines[0] - 1]) for step in steps)
        assert (one["request"].pop("name"), other["request"].pop("name")) == ("running", "nobody")
        assert all(line["request"].pop("uid") and line.pop("requestReceivedTimestamp") for line in (one, other))
        assert one == other


def test_ids_and_times_are_stand_ins(dataset: Dataset) -> None:
    found = 0
    for line, given in texts(dataset):
        found += 1
        assert all(match[1] == "5" or match[0] in given for match in UUID.finditer(line)), line[:300]
        assert all(time.startswith("2025-01-01T") or time in given for time in TIME.findall(line)), line[:300]
        assert "toolkit.dev/step" not in line
    assert found > 300


def test_lines_have_the_members_of_a_recorder_in_its_order(dataset: Dataset) -> None:
    for line, _ in texts(dataset):
        assert list(json.loads(line)) == ["kind", "apiVersion", "request", "requestReceivedTimestamp"]
        assert line == line.strip()
        assert not re.search(r'"(?:kind|request)": ', line[:60]), "compact"
