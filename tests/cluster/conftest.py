"""A machine for the tests of this folder: stand-in programs are its whole PATH."""

from __future__ import annotations

from pathlib import Path

import pytest
from stand_ins import Programs


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Programs:
    """A machine with nothing on it."""
    for name in ("KUBEBUILDER_ASSETS", "KIND_EXPERIMENTAL_PROVIDER", "DOCKER_HOST"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setenv("TOOLKIT_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    return Programs(tmp_path / "bin")
