"""What the tests of capture share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from capture_fakes import FakeCluster

from toolkit.scenarios.loader import load_scenarios
from toolkit.scenarios.model import Scenario


@pytest.fixture
def cluster() -> FakeCluster:
    """Return a fresh fake cluster."""
    return FakeCluster()


@pytest.fixture
def scenario(tmp_path: Path) -> Callable[[str], Scenario]:
    """Return a function that reads a scenario named `s` from the text of its `spec`."""

    def read(spec: str) -> Scenario:
        head = "apiVersion: toolkit/v1\nkind: Scenario\nmetadata: {name: s, description: d}\nspec:\n"
        (tmp_path / "s.yaml").write_text(head + spec)
        return load_scenarios(tmp_path)[0]

    return read
