"""One kind cluster for all tests that need one: made by the first full capture, and kept."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from kind_machine import MINE, ROOT, Kept, Machine, made_with, recorded_by

from toolkit.cluster.kind.tool import find_kind
from toolkit.errors import ToolkitError


@pytest.fixture(scope="session", autouse=True)
def _needs_kind() -> None:
    """Leave all out where there is no kind, unless it must be there."""
    try:
        find_kind()
    except ToolkitError as error:
        if os.environ.get("TOOLKIT_REQUIRE_KIND") == "1":
            pytest.exit(f"no kind cluster can be made here: {error}", returncode=4)
        pytest.skip(f"no kind cluster can be made here: {error.faults[0].message}")


@pytest.fixture(scope="session")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Machine:
    """Return the machine on which the kept cluster is."""
    return Machine(tmp_path_factory.mktemp("machine"))


@pytest.fixture
def other(tmp_path: Path) -> Iterator[Machine]:
    """Return a machine that knows nothing of the kept cluster; what a test left there is removed after it."""
    machine = Machine(tmp_path)
    yield machine
    machine.run("cluster", "clean")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder as a reader has it."""
    for name in ("rules", "testing", "test_files", "scripts"):
        shutil.copytree(ROOT / name, tmp_path / "checkout" / name)
    return tmp_path / "checkout"


@pytest.fixture(scope="session")
def kept(machine: Machine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kept]:
    """Play every scenario on a new cluster with the recorder in it, and keep the cluster."""
    out = tmp_path_factory.mktemp("out")
    name = f"{MINE}kept"
    made = machine.run("generate", "--keep", "--name", name, *made_with(), *recorded_by(), "--out", out)
    yield Kept(name, made, next(out.iterdir(), out), machine)
    machine.run("cluster", "down", "--name", name)
    shutil.rmtree(out, ignore_errors=True)
