"""What the survey finds of runs that were killed."""

from __future__ import annotations

from pathlib import Path

import pytest
from stand_ins import NOT_RUNNING, Programs

from toolkit.cluster.engine import find_engine
from toolkit.cluster.survey import leftovers
from toolkit.cluster.survey.finding import State


def test_folders_that_nobody_holds_are_leftovers(machine: Programs, tmp_path: Path) -> None:
    for name in ("gone", "kept"):
        (tmp_path / "cache/clusters" / name).mkdir(parents=True)
        (tmp_path / "cache/clusters" / name / "lock").touch()
    (tmp_path / "cache/clusters/kept/kept").touch()
    finding = leftovers.folders()
    assert (finding.state, finding.remedy) == (State.WARNING, "toolkit cluster clean")
    assert "holds any more: gone (in" in finding.found
    assert (tmp_path / "cache/clusters/gone").is_dir()


def engine_with(*nodes: tuple[str, str, str], networks: tuple[str, ...] = ("bridge", "kind")) -> dict[str, str]:
    """Return what an engine answers that has these nodes: container, cluster, network."""
    return {
        "ps --all": "\n".join(container for container, _, _ in nodes),
        "inspect": "\n".join(f"{cluster} {network} " for _, cluster, network in nodes),
        "network ls": "\n".join(networks),
    }


@pytest.mark.parametrize(
    ("answers", "remedy"),
    [
        (engine_with(), ""),
        (engine_with(("dev-control-plane", "dev", "kind")), ""),
        (engine_with(("held-control-plane", "held", "held")), ""),
        (
            engine_with(("mine-control-plane", "mine", "mine"), ("mine-worker", "mine", "mine")),
            "if nobody uses them: kind delete cluster --name mine && docker network rm mine",
        ),
        (
            engine_with(networks=("bridge", "toolkit-0123abcd", "toolkit-web")),
            "if nobody uses them: docker network rm toolkit-0123abcd",
        ),
    ],
    ids=["nothing", "somebody's", "held", "unclaimed", "network"],
)
def test_containers_that_no_folder_claims(
    machine: Programs, tmp_path: Path, answers: dict[str, str], remedy: str
) -> None:
    (tmp_path / "cache/clusters/held").mkdir(parents=True)
    machine.docker(answers=answers)
    finding = leftovers.containers(find_engine())
    assert finding.remedy == remedy
    assert finding.state is (State.WARNING if remedy else State.GOOD)


def test_an_engine_that_stops_answering_is_no_crash(machine: Programs) -> None:
    machine.docker()
    engine = find_engine()
    machine.put("docker", {}, fails=NOT_RUNNING)
    finding = leftovers.containers(engine)
    assert (finding.state, "was not asked" in finding.found) == (State.WARNING, True)
