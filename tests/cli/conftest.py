"""What tests of commands share."""

from __future__ import annotations

import pytest
from command_line import Toolkit, runner


@pytest.fixture
def toolkit(monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]) -> Toolkit:
    """Return a function that runs `toolkit` in this process."""
    return runner(monkeypatch, capfdbinary)
