"""Runs over workers of this machine: what one process prints, whoever is killed or interrupted in the middle."""

from __future__ import annotations

import json
import os
import signal
import time
from pathlib import Path

import pytest
from spread_samples import begun, done, in_one, joined, started, words, workers, write_logs
from waiting import living, until

pytestmark = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks for processes in /proc")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_logs(tmp_path)
    return tmp_path


def left(folder: Path) -> list[str]:
    """Return what a run left that is neither its logs nor its results."""
    found = [path.name for path in (folder / "out").iterdir() if path.name.startswith(".")]
    return found + [path.name for path in folder.iterdir() if path.name.startswith(("toolkit-run-", "dask-"))]


def test_a_worker_that_is_killed_costs_the_part_that_it_had(folder: Path) -> None:
    alerts, said = in_one(folder)
    with started(folder, TROUBLE="slow", SLOW="0.8") as run:
        until(lambda: len(done(folder)) >= 2 and begun(folder) == len(workers(run.pid)))
        time.sleep(0.3)  # a worker tells the scheduler of its part a moment after it has begun
        os.kill(workers(run.pid)[0], signal.SIGKILL)
        out, err = run.communicate()
    assert (run.returncode, out, words(err)) == (0, b"", said)
    assert joined(folder / "out") == alerts
    assert len(alerts) > 10**5
    parts = len(done(folder))
    notes = [line for line in err.decode().splitlines() if line.startswith("note:")]
    assert notes == [f"note: 1 of {parts} parts were begun again, as their worker was lost"]
    until(lambda: not living(run.pid), "the end of all processes", 10)
    assert left(folder) == []
    total = json.loads((folder / "out" / "total.json").read_bytes())
    assert (total["parts"], total["broken_lines"]) == (parts, 16)
    assert sum(total["alerts"].values()) == alerts.count(b"\n")


def test_a_run_that_is_killed_goes_on_where_it_was(folder: Path) -> None:
    alerts, said = in_one(folder)
    with started(folder, TROUBLE="slow", SLOW="0.3") as run:
        until(lambda: len(done(folder)) >= 3)
        run.kill()
        run.communicate()
    until(lambda: not living(run.pid))
    before = done(folder)
    assert all((folder / "out" / name.replace(".json", ".jsonl.zst")).exists() for name in before)
    kept = {name: (folder / "out" / name).stat().st_mtime_ns for name in before}
    assert not (folder / "out" / "total.json").exists()
    with started(folder) as again:
        out, err = again.communicate()
    assert (again.returncode, out, words(err)) == (0, b"", said)
    assert joined(folder / "out") == alerts
    assert {name: (folder / "out" / name).stat().st_mtime_ns for name in before} == kept
    assert f"note: {len(before)} of {len(done(folder))} parts in out were done before" in err.decode()
    assert [name for name in left(folder) if not name.startswith("toolkit-run-")] == []


@pytest.mark.parametrize(
    ("number", "to_all"),
    [(signal.SIGINT, True), pytest.param(signal.SIGTERM, False, marks=pytest.mark.dask)],
    ids=["Ctrl-C", "SIGTERM"],
)
def test_a_run_that_is_ended_leaves_no_process_and_no_half_of_a_part(
    folder: Path, number: signal.Signals, to_all: bool
) -> None:
    with started(folder, TROUBLE="slow", SLOW="0.4") as run:
        until(lambda: len(done(folder)) >= 1)
        (os.killpg if to_all else os.kill)(run.pid, number)
        _, err = run.communicate()
    assert run.returncode == 130
    assert b"Traceback" not in err
    assert err.endswith(b"interrupted\n")
    until(lambda: not living(run.pid), "the end of all processes", 5)
    assert left(folder) == []
    assert {path.name[:11] for path in (folder / "out").glob("*.json")} >= {name[:11] for name in done(folder)}


@pytest.mark.dask
def test_a_summary_has_the_places_of_one_process(folder: Path) -> None:
    printed, said = in_one(folder, "--summary")
    with started(folder, "--summary", "-o", "json") as run:
        out, err = run.communicate()
    assert json.loads(out) == json.loads(printed)
    assert words(err) == said
    assert joined(folder / "out") == b""
    assert json.loads(out)["rules"][0]["examples"][2]["place"].startswith("logs/kube-audit-rest.log:")
