"""The request of our own whose recorded line proves that everything before it was recorded."""

from __future__ import annotations

import secrets
import time

from toolkit.cluster.client import Response
from toolkit.cluster.provider import Cluster
from toolkit.errors import environment

PREFIX = "toolkit-sentinel-"
"""How the name of a sentinel's ConfigMap begins."""
_LATE = 5.0
"""Seconds by which a log that is streamed may be behind."""


def is_sentinel(line: bytes) -> bool:
    """Say whether a recorded line is a sentinel's."""
    return f'"name":"{PREFIX}'.encode() in line


def send_sentinel(cluster: Cluster) -> str:
    """Send a sentinel and return its name once its line is there; nothing is stored in the cluster.

    Raises ToolkitError (exit 4) when the request is refused or its line does not come.
    """
    name, answer = _ask(cluster)
    if answer.status != 201 or not _comes(cluster, name):
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
    while True:
        name, answer = _ask(cluster)
        if answer.status == 201 and _comes(cluster, name, within=0.2):
            return
        if time.monotonic() > deadline:
            break
        time.sleep(0.05)
    refused = "" if answer.status == 201 else f"; the API server said: {answer.status} {answer.message}"
    raise environment(f"no request was recorded within {within:.0f} s{refused}", hint="the recorder cannot be reached")


def _ask(cluster: Cluster) -> tuple[str, Response]:
    name = PREFIX + secrets.token_hex(8)
    config_map = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}}
    path = f"/api/v1/namespaces/{cluster.sentinel_namespace}/configmaps"
    return name, cluster.client().request("POST", path, query={"dryRun": "All"}, body=config_map)


def _comes(cluster: Cluster, name: str, within: float = _LATE) -> bool:
    deadline = time.monotonic() + within
    while not _is_recorded(cluster, name):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def _is_recorded(cluster: Cluster, name: str) -> bool:
    wanted = f'"name":"{name}"'.encode()
    return any(wanted in line for line in reversed(cluster.recorder_lines()))
