"""The request of our own whose recorded line proves that everything before it was recorded."""

from __future__ import annotations

import secrets
import time

from toolkit.cluster.provider import Cluster
from toolkit.errors import environment

PREFIX = "toolkit-sentinel-"
"""How the name of a sentinel's ConfigMap begins."""


def is_sentinel(line: bytes) -> bool:
    """Say whether a recorded line is a sentinel's."""
    return f'"name":"{PREFIX}'.encode() in line


def send_sentinel(cluster: Cluster) -> str:
    """Send a sentinel and return its name once its line is there; nothing is stored in the cluster.

    Raises ToolkitError (exit 4) when the request is refused or its line is not recorded when it is answered.
    """
    name = _send(cluster)
    if name is None or not _is_recorded(cluster, name):
        raise environment(
            "the recorder loses lines: a sentinel was answered and is not in the log",
            hint=f"see {', '.join(str(path) for path in cluster.log_paths) or 'the log of the recorder'}",
        )
    return name


def await_recording(cluster: Cluster, within: float = 30) -> None:
    """Send sentinels until one is recorded, at most `within` seconds: a new webhook takes effect after a while.

    Raises ToolkitError (exit 4) when none is.
    """
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        name = _send(cluster)
        if name and _is_recorded(cluster, name):
            return
        time.sleep(0.05)
    raise environment(f"no request was recorded within {within:.0f} s", hint="the recorder cannot be reached")


def _send(cluster: Cluster) -> str | None:
    name = PREFIX + secrets.token_hex(8)
    config_map = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}}
    path = "/api/v1/namespaces/default/configmaps"
    answer = cluster.client().request("POST", path, query={"dryRun": "All"}, body=config_map)
    return name if answer.status == 201 else None


def _is_recorded(cluster: Cluster, name: str) -> bool:
    wanted = f'"name":"{name}"'.encode()
    return any(wanted in line for line in reversed(cluster.recorder_lines()))
