"""The wheel carries rules, scenarios and datasets, so that `pip install` and `toolkit validate` work anywhere."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel built from this checkout."""
    out = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(out), str(ROOT)]
    subprocess.run(command, check=True, capture_output=True, text=True)
    return next(out.glob("*.whl"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that holds the wheel's content, as an installation would."""
    folder = tmp_path_factory.mktemp("installed")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder


@pytest.mark.parametrize("folder", ["rules", "testing/k8s", "test_files", "scripts/control-plane"])
def test_every_data_file_travels(installed: Path, folder: str) -> None:
    def files(root: Path) -> set[str]:
        return {str(path.relative_to(root)) for path in (root / folder).rglob("*") if path.is_file()}

    expected = files(ROOT)
    assert expected, f"nothing under {folder}"
    assert expected <= files(installed / "toolkit" / "bundled")


def test_no_test_travels(installed: Path) -> None:
    assert not (installed / "tests").exists()


def test_validate_works_outside_a_checkout(installed: Path, tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(installed), "NO_COLOR": "1"}
    command = [sys.executable, "-m", "toolkit", "validate"]
    run = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert run.returncode == 0, run.stdout + run.stderr
    assert str(ROOT) not in run.stdout
    assert "proven" in run.stdout
