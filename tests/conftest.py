"""What tests of several rooms share: a control plane, which processes they run in, what is said at the end."""

from __future__ import annotations

import os
import signal
import sys
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from toolkit.cluster.local.provider import LocalCluster

REQUIRED = os.environ.get("TOOLKIT_REQUIRE_CLUSTER") == "1"
"""Where a control plane must be there, its absence is a failure."""
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # tests start hundreds of processes: none is to compile all anew
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell in the background has all it starts ignore Ctrl-C
ROOT = Path(__file__).resolve().parent.parent
COMPARED = "compared "


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave out tests marked `cluster` (or `cluster("1.34")`) when the programs of that version are not there.

    Those that are not left out begin first: they take longest, and mostly wait.
    """
    items.sort(key=lambda item: item.get_closest_marker("cluster") is None)
    reasons: dict[str, str | None] = {}
    for item in items:
        marker = item.get_closest_marker("cluster")
        if marker is None or REQUIRED:
            continue
        minor = marker.args[0] if marker.args else "1.37"
        if minor not in reasons:
            reasons[minor] = _missing(minor)
        if reasons[minor]:
            item.add_marker(pytest.mark.skip(reason=f"no control plane: {reasons[minor]}"))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> object:
    """Where processes are several, have one run all tests of a file, and one all files that use the control plane."""
    from xdist.scheduler import LoadScopeScheduling

    class ByFile(LoadScopeScheduling):  # type: ignore[misc]  # xdist has no types
        def _split_scope(self, nodeid: str) -> str:
            return _together(nodeid.partition("::")[0])

    return ByFile(config, log)


@cache
def _together(file: str) -> str:
    return "control plane" if "control_plane:" in (ROOT / file).read_text("utf-8") else file


def _missing(minor: str) -> str | None:
    from toolkit.cluster.local.programs import build_command, search

    missing = [name for name, path in search(minor).items() if path is None]
    return (
        f"{', '.join(missing)} of Kubernetes {minor} not found; build with {build_command(minor)}" if missing else None
    )


@pytest.fixture(scope="session")
def control_plane() -> Iterator[LocalCluster]:
    """Return one running local cluster (Kubernetes 1.37) for the whole session; tests use namespaces of their own."""
    from toolkit.cluster.local.provider import LocalProvider

    with LocalProvider("1.37").start() as cluster:
        yield cluster


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Sum what tests have recorded with `record_property("compared …", count)`, in whatever process they ran."""
    counts: Counter[str] = Counter()
    for report in terminalreporter.getreports("passed"):
        for name, count in report.user_properties:
            if name.startswith(COMPARED) and isinstance(count, int):
                counts[name.removeprefix(COMPARED)] += count
    if counts:
        words = ", ".join(f"{count} {what}" for what, count in sorted(counts.items()))
        terminalreporter.write_line(f"compared with Falco 0.44.1: {words}")
