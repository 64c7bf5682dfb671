"""What the toolkit made in a cluster of others: found by its labels, and removed."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from toolkit.cluster.client import ApiClient
from toolkit.cluster.existing.ownership import run_of, selector
from toolkit.errors import Fault
from toolkit.scenarios.model import Target

WEBHOOKS = Target("admissionregistration.k8s.io", "v1", "validatingwebhookconfigurations", namespaced=False)
NAMESPACES = Target("", "v1", "namespaces", namespaced=False)
BINDINGS = Target("rbac.authorization.k8s.io", "v1", "clusterrolebindings", namespaced=False)
MADE_BY_RUNS = (WEBHOOKS, BINDINGS, NAMESPACES)
"""The kinds that a run makes for itself."""

_GONE_WITHIN = 120.0
_LOOK_EVERY = 0.1
_IS_GONE = {404, 409}


@dataclass(frozen=True, slots=True)
class Leftover:
    """One object with the toolkit's labels; `run` is "" when it names none."""

    target: Target
    namespace: str
    name: str
    run: str

    @property
    def path(self) -> str:
        """The object's path."""
        inside = f"/namespaces/{self.namespace}" if self.target.namespaced else ""
        return f"{self.target.root}{inside}/{self.target.plural}/{self.name}"

    def __str__(self) -> str:
        """Render for people, as `configmaps/NAME in NAMESPACE`."""
        return f"{self.target.plural}/{self.name}" + (f" in {self.namespace}" if self.target.namespaced else "")


@dataclass(frozen=True, slots=True)
class Findings:
    """What was found, in the order in which it is to be removed, and the kinds that could not be looked at."""

    leftovers: tuple[Leftover, ...]
    unseen: tuple[str, ...]


def find_leftovers(client: ApiClient, targets: Iterable[Target], run: str | None = None) -> Findings:
    """Look for what one run made, or any. Raises ToolkitError (exit 4) when the API server does not answer."""
    found: list[Leftover] = []
    unseen: list[str] = []
    for target in dict.fromkeys(targets):
        path = f"{target.root}/{target.plural}"
        answer = client.request("GET", path, query={"labelSelector": selector(run)})
        if answer.status == 200:
            found += _read(target, answer.json())
        elif answer.status not in {404, 405}:
            unseen.append(".".join(filter(None, (target.plural, target.group))))
    gone = {each.name for each in found if each.target == NAMESPACES}
    return Findings(tuple(sorted((each for each in found if each.namespace not in gone), key=_order)), tuple(unseen))


def removable_kinds(client: ApiClient) -> Iterator[Target]:
    """Yield every kind that the API server lets be listed and deleted. Raises ToolkitError (exit 4)."""
    groups = client.request("GET", "/apis").json()["groups"]
    versions = [("", "v1"), *((group["name"], group["preferredVersion"]["version"]) for group in groups)]
    for group, version in versions:
        answer = client.request("GET", f"/apis/{group}/{version}" if group else f"/api/{version}")
        for resource in answer.json()["resources"] if answer.status == 200 else ():
            if {"list", "delete"} <= set(resource.get("verbs") or ()) and "/" not in resource["name"]:
                yield Target(group, version, resource["name"], resource["namespaced"])


def remove(client: ApiClient, leftovers: Iterable[Leftover], within: float = _GONE_WITHIN) -> list[Fault]:
    """Delete objects in order and wait until all are gone, at most `within` seconds; return what is still there.

    Raises ToolkitError (exit 4) when the API server does not answer.
    """
    waiting: list[Leftover] = []
    faults: list[Fault] = []
    for each in leftovers:
        body = {"apiVersion": "v1", "kind": "DeleteOptions", "propagationPolicy": "Background"}
        answer = client.request("DELETE", each.path, body=body)
        if answer.status < 300 or answer.status in _IS_GONE:
            waiting.append(each)
        else:
            faults.append(Fault(f"{each} cannot be removed: {answer.status} {answer.message}"))
    deadline = time.monotonic() + within
    while waiting := [each for each in waiting if client.request("GET", each.path).status != 404]:
        if time.monotonic() > deadline:
            return faults + [_stuck(each, within) for each in waiting]
        time.sleep(_LOOK_EVERY)
    return faults


def _stuck(leftover: Leftover, within: float) -> Fault:
    hint = "something holds it by a finalizer; `kubectl get -o yaml` shows which"
    return Fault(f"{leftover} is being removed and still there after {within:.0f} s", hint=hint)


def _read(target: Target, found: dict[str, Any]) -> Iterator[Leftover]:
    for item in found.get("items") or []:
        metadata = item["metadata"]
        run = run_of(metadata.get("labels"))
        if run is not None:
            yield Leftover(target, metadata.get("namespace", ""), metadata["name"], run)


def _order(leftover: Leftover) -> tuple[int, str]:
    """Webhooks first, so that nothing waits for a recorder that is gone; namespaces last."""
    rank = {WEBHOOKS: 0, NAMESPACES: 2}.get(leftover.target, 1)
    return rank, leftover.path
