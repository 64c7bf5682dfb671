"""What tests of outputs share: words that are said, and pauses that do not hold up the tests."""

from __future__ import annotations

import pytest

from toolkit.outputs import queued


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queued, "FIRST_PAUSE", 0.01)
    monkeypatch.setattr(queued, "LONGEST_PAUSE", 0.05)
    monkeypatch.setattr(queued, "SHORT", 0.0)


@pytest.fixture
def said() -> list[str]:
    return []
