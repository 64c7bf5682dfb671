"""However a run ends, nothing of it is left on the machine but what was to stay."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import time
from pathlib import Path

import pytest
from kind_machine import MINE, Kept, Machine, containers, made_with, networks
from waiting import until

pytestmark = pytest.mark.kind

SEED = int(os.environ.get("TOOLKIT_TEST_SEED", "0")) or random.randrange(10**6)


def moments() -> list[float]:
    """Return seconds after the start, one in each part of a run."""
    chance = random.Random(SEED)
    return [round(chance.uniform(begin, begin + 6), 1) for begin in (0.5, 6, 12, 18, 24)]


def begun(machine: Machine, name: str) -> subprocess.Popen[str]:
    """Begin a capture of every scenario on a new cluster of that name."""
    flags = ["--provider", "kind", "--recorder", "toolkit", "--name", name, *made_with()]
    return machine.begin("generate", *flags, "--out", machine.folder / "out")


@pytest.mark.parametrize("after", moments())
def test_a_run_that_is_killed_leaves_nothing_behind_a_clean(other: Machine, after: float) -> None:
    name = f"{MINE}killed"
    process = begun(other, name)
    time.sleep(after)
    process.send_signal(signal.SIGKILL)
    process.wait()
    cleaned = other.run("cluster", "clean")
    said = f"killed after {after} s (TOOLKIT_TEST_SEED={SEED}): {cleaned.stderr}"
    assert cleaned.returncode == 0, said
    assert [found for found in other.left() if name in found] == [], said
    assert not list(other.folder.glob("out/*/*")), said


def test_ctrl_c_twice_ends_with_130_and_leaves_nothing_behind_a_clean(other: Machine) -> None:
    name = f"{MINE}interrupted"
    process = begun(other, name)
    until(lambda: any(name in found for found in containers()))
    process.send_signal(signal.SIGINT)
    time.sleep(0.3)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=120)
    assert process.returncode == 130, err
    assert "Traceback" not in err
    other.run("cluster", "clean")
    assert [found for found in other.left() if name in found] == []


def test_ctrl_c_once_removes_all_by_itself(other: Machine) -> None:
    name = f"{MINE}stopped"
    process = begun(other, name)
    until(lambda: any(name in found for found in containers()))
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=120)
    assert process.returncode == 130, err
    assert "Traceback" not in err
    assert [found for found in other.left() if name in found] == []


def test_a_kept_cluster_is_listed_and_ends_when_told(kept: Kept, other: Machine) -> None:
    listed = kept.machine.run("cluster", "status")
    assert listed.stdout.startswith(f"{kept.name}\tKubernetes ")
    assert str(kept.kubeconfig) in listed.stdout
    assert kept.kubeconfig.stat().st_mode & 0o077 == 0
    cleaned = kept.machine.run("cluster", "clean")
    assert cleaned.returncode == 0
    assert any(kept.name in found for found in containers()), "clean leaves what is kept"
    name = f"{MINE}down"
    flags = ["--recorder", "toolkit", "--keep", "--name", name, *made_with(), "-k", "shape-connect"]
    assert other.run("generate", "--provider", "kind", *flags, "--out", other.folder / "out").returncode == 0
    assert name in networks()
    ended = other.run("cluster", "down", "--name", name)
    assert ended.returncode == 0, ended.stderr
    assert [found for found in other.left() if name in found] == []


def test_the_users_own_kubeconfig_is_not_touched(kept: Kept, tmp_path: Path) -> None:
    mine = tmp_path / "config"
    mine.write_text("apiVersion: v1\nkind: Config\n")
    flags = kept.reuse("--recorder", "toolkit", "-k", "shape-connect", "--check", "--out", kept.dataset.parent)
    run = kept.machine.run(*flags, KUBECONFIG=str(mine))
    assert run.returncode == 0, run.stderr
    assert mine.read_text() == "apiVersion: v1\nkind: Config\n"
    assert not (kept.machine.folder / "home" / ".kube").exists()
