"""Says at the end of a run how much was compared with recordings."""

from __future__ import annotations

from collections import Counter

import pytest

COMPARED = "compared "


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Sum what tests have recorded with `record_property("compared …", count)`."""
    counts: Counter[str] = Counter()
    for report in terminalreporter.getreports("passed"):
        for name, count in report.user_properties:
            if name.startswith(COMPARED) and isinstance(count, int):
                counts[name.removeprefix(COMPARED)] += count
    if counts:
        words = ", ".join(f"{count} {what}" for what, count in counts.items())
        terminalreporter.write_line(f"compared with Falco 0.44.1: {words}")
