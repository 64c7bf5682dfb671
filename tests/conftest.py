"""What tests of several rooms share: a control plane, and leaving out what needs one where none is built."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from toolkit.cluster.local.provider import LocalCluster

REQUIRED = os.environ.get("TOOLKIT_REQUIRE_CLUSTER") == "1"
"""Where a control plane must be there, its absence is a failure."""
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell in the background has all it starts ignore Ctrl-C


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave out tests marked `cluster` (or `cluster("1.34")`) when the programs of that version are not there."""
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
