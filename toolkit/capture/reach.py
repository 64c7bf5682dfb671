"""How far a scenario reaches: what it asks of a cluster outside of the namespace that is made for it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from toolkit.capture.api_paths import ApiPath, parse_path
from toolkit.capture.plan import PlannedScenario, PlannedStep
from toolkit.capture.requests import Request
from toolkit.scenarios.model import Target

_CHANGES = frozenset({"PUT", "PATCH", "DELETE"})
_APPLY = "application/apply-patch+yaml"


@dataclass(frozen=True, slots=True)
class Reach:
    """What a scenario does outside of its own namespace.

    `outside`: its requests there, in words; `foreign`: those of them that would change what the scenario did not make;
    `must_not_exist`: paths of objects that it makes there, or believes not to be there;
    `made`: the kinds of what it makes there.
    """

    outside: tuple[str, ...]
    foreign: tuple[str, ...]
    must_not_exist: tuple[str, ...]
    made: frozenset[Target]


def reach_of(planned: PlannedScenario) -> Reach:
    """Return how far a scenario reaches; reads reach nowhere."""
    outside, foreign, free = [], [], dict[str, None]()
    made: set[Target] = set()
    for step, request, about in _outside(planned):
        outside.append(_words(step, request))
        if about is None or (_touches(step, request, about) and about.object not in free):
            foreign.append(_words(step, request))
        elif creates := _created(request, step):
            made.add(creates.target)
            if creates.name and request.accepts(201):
                free[creates.object] = None
        elif about.connects:
            free[about.object] = None
    return Reach(tuple(outside), tuple(foreign), tuple(free), frozenset(made))


def _created(request: Request, step: PlannedStep) -> ApiPath | None:
    """Return the object that a request stores anew; its name is "" when the API server makes it."""
    about = parse_path(request.path)
    if step.step.dry_run or about is None or about.subresource:
        return None
    if request.content_type == _APPLY:
        return about
    if request.method != "POST" or about.name:
        return None
    name = str(_metadata(request).get("name") or "")
    return replace(about, name=name, namespace=about.namespace or (name if about.target.plural == "namespaces" else ""))


def with_labels(planned: PlannedScenario, labels: Mapping[str, str]) -> PlannedScenario:
    """Return the scenario with labels on all that it stores: its own namespace, and what it makes outside of that."""
    outside = {request.tag for _, request, _ in _outside(planned)}

    def labelled(step: PlannedStep) -> PlannedStep:
        requests = (_labelled(r, labels) if r.tag in outside and _stores(r, step) else r for r in step.requests)
        return replace(step, requests=tuple(requests))

    return replace(planned, steps=tuple(map(labelled, planned.steps)), namespace_labels=labels)


def left_out(planned: PlannedScenario, reason: str) -> PlannedScenario:
    """Return the scenario with nothing to be played, and why."""
    return replace(planned, steps=(), left_out={step.name: reason for step in planned.scenario.steps})


def _outside(planned: PlannedScenario) -> Iterator[tuple[PlannedStep, Request, ApiPath | None]]:
    own = planned.scenario.namespace if planned.scenario.own_namespace else None
    for step in planned.steps:
        for request in step.requests:
            about = parse_path(request.path)
            is_read = request.method == "GET" and not (about and about.connects)
            if not is_read and (about is None or own is None or about.namespace != own):
                yield step, request, about


def _touches(step: PlannedStep, request: Request, about: ApiPath) -> bool:
    """Say whether it changes an object, or a collection, that is there already."""
    if step.step.dry_run or about.connects or request.content_type == _APPLY:
        return False
    return request.method in _CHANGES or (request.method == "POST" and about.subresource not in {"", "token"})


def _stores(request: Request, step: PlannedStep) -> bool:
    about = parse_path(request.path)
    is_whole = request.method == "PUT" and about is not None and not about.subresource and not step.step.dry_run
    return is_whole or _created(request, step) is not None


def _labelled(request: Request, labels: Mapping[str, str]) -> Request:
    manifest = _manifest(request)
    metadata = {**_metadata(request)}
    metadata["labels"] = {**(metadata.get("labels") or {}), **labels}
    return replace(request, body=json.dumps({**manifest, "metadata": metadata}, ensure_ascii=False).encode())


def _metadata(request: Request) -> dict[str, Any]:
    metadata = _manifest(request).get("metadata")
    return metadata if isinstance(metadata, dict) else {}


def _manifest(request: Request) -> dict[str, Any]:
    try:
        found = json.loads(request.body or b"{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _words(step: PlannedStep, request: Request) -> str:
    return f"{request.method} {request.path}" + (" (dry run)" if step.step.dry_run else "")
