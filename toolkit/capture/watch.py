"""Waiting for what a cluster does by itself: lines to be recorded, objects to come to rest; never just sleeping."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from toolkit.capture.recorded import Recorded, read_all
from toolkit.cluster.provider import Cluster

POLL = 0.02
"""Seconds between two looks."""
QUIET = 0.4
"""Seconds without a change after which an object has come to rest."""


class Watch:
    """Looks at one cluster; every wait has a deadline in seconds and says whether what was awaited came."""

    def __init__(self, cluster: Cluster, deadline: float = 30) -> None:
        self._cluster = cluster
        self._deadline = deadline
        self._lines: list[Recorded] = []

    def lines(self) -> list[Recorded]:
        """Return all lines recorded so far; only new ones are parsed."""
        raw = self._cluster.recorder_lines()
        self._lines += read_all(raw[len(self._lines) :], len(self._lines))
        return self._lines

    def until(self, is_so: Callable[[], bool], within: float | None = None) -> bool:
        """Look until something is so, at most `within` seconds (default: the deadline)."""
        end = time.monotonic() + (self._deadline if within is None else within)
        while not is_so():
            if time.monotonic() > end:
                return False
            time.sleep(POLL)
        return True

    def exists(self, path: str) -> bool:
        """Wait until an object is there."""
        return self.until(lambda: self._get(path) is not None)

    def deleted(self, path: str, within: float | None = None) -> bool:
        """Wait until an object is gone, at most `within` seconds (default: the deadline)."""
        return self.until(lambda: self._get(path) is None, within)

    def condition(self, path: str, kind: str) -> bool:
        """Wait until the object's status has a true condition of this kind."""
        return self.until(lambda: _has_condition(self._get(path), kind))

    def container_ran(self, pod: str, name: str) -> bool:
        """Wait until an ephemeral container of the pod at this path runs, or has run."""

        def is_started() -> bool:
            statuses = ((self._get(pod) or {}).get("status") or {}).get("ephemeralContainerStatuses") or []
            return any(each["name"] == name and "waiting" not in each["state"] for each in statuses)

        return self.until(is_started)

    def settled(self, path: str) -> bool:
        """Wait until an object that controllers write too has come to rest; one that is not there is at rest."""
        version, since = None, time.monotonic()

        def is_settled() -> bool:
            nonlocal version, since
            found = self._get(path)
            if found is None or not _has_writers(found):
                return True
            if found["metadata"]["resourceVersion"] != version or not _is_observed(found):
                version, since = found["metadata"]["resourceVersion"], time.monotonic()
            return time.monotonic() - since >= QUIET

        return self.until(is_settled)

    def caught_up(self, path: str) -> None:
        """Wait until the API server's cache holds what is stored: with an older copy it reviews a request twice."""
        version = ((self._get(path) or {}).get("metadata") or {}).get("resourceVersion")
        if version:
            self._cluster.client().request("GET", path, query={"resourceVersion": version})

    def _get(self, path: str) -> dict[str, Any] | None:
        response = self._cluster.client().request("GET", path)
        found: dict[str, Any] | None = response.json() if response.status == 200 else None
        return found


def _has_condition(found: dict[str, Any] | None, kind: str) -> bool:
    conditions = ((found or {}).get("status") or {}).get("conditions") or []
    return any(each.get("type") == kind and each.get("status") == "True" for each in conditions)


def _has_writers(found: dict[str, Any]) -> bool:
    """Say whether controllers write this object: cluster roles only where they are aggregated."""
    return found.get("kind") != "ClusterRole" or "aggregationRule" in found


def _is_observed(found: dict[str, Any]) -> bool:
    """Say whether the object's controller has seen and done what the object asks for."""
    spec, status = found.get("spec") or {}, found.get("status") or {}
    generation = found["metadata"].get("generation")
    if "observedGeneration" in status and status["observedGeneration"] != generation:
        return False
    if found.get("kind") in {"Deployment", "ReplicaSet", "StatefulSet"}:
        return "observedGeneration" in status and (status.get("replicas") or 0) == spec.get("replicas")
    return True
