"""The labels on everything that the toolkit makes in a cluster that is not its own: whose it is, and of which run."""

from __future__ import annotations

from collections.abc import Mapping

MANAGED_BY = "app.kubernetes.io/managed-by"
"""The label that says whose an object is."""
TOOLKIT = "k8sadmission-toolkit"
"""Its value on what the toolkit made."""
RUN = "toolkit.dev/run"
"""The label that names the run that made an object."""


def own_labels(run: str) -> dict[str, str]:
    """Return the labels of what a run makes."""
    return {MANAGED_BY: TOOLKIT, RUN: run}


def selector(run: str | None = None) -> str:
    """Return the label selector of what one run made, or any (None)."""
    labels = own_labels(run) if run else {MANAGED_BY: TOOLKIT}
    return ",".join(f"{key}={value}" for key, value in labels.items())


def run_of(labels: Mapping[str, str] | None) -> str | None:
    """Return the run that made an object with these labels; None when the toolkit did not make it."""
    found = labels or {}
    return found.get(RUN, "") if found.get(MANAGED_BY) == TOOLKIT else None
