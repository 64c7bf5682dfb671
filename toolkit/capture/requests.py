"""The steps of scenarios as HTTP requests, with what must come of each; nothing is asked of a cluster."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from toolkit.capture.verbs import Query, drafts_of
from toolkit.cluster.streams import SWITCHED
from toolkit.scenarios.format import CONNECT_VERBS
from toolkit.scenarios.model import Identity, Scenario, Step, Target

WRITTEN_BY_CONTROLLERS = frozenset(
    (
        *("deployments", "replicasets", "statefulsets", "daemonsets", "jobs", "cronjobs", "nodes", "clusterroles"),
        *("customresourcedefinitions", "horizontalpodautoscalers", "poddisruptionbudgets"),
        *("persistentvolumeclaims", "persistentvolumes"),
    )
)
"""Resources whose objects others write too: before a step on one of them, it must have come to rest."""


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request of a step, and what must come of it.

    `status` None means the usual answer: any 2xx, and 404 besides for reads. `reviewed`: it must leave an event.
    `settles` is the path of an object that controllers write too and that the request is about. `opens`: it opens a
    WebSocket into a running pod, whose kubelet takes part, and waits for the end of a command.
    """

    tag: str
    method: str
    path: str
    identity: Identity
    query: Query = ()
    body: bytes | None = None
    content_type: str | None = None
    status: int | None = None
    reviewed: bool = True
    settles: str | None = None
    opens: bool = False

    def accepts(self, status: int) -> bool:
        """Say whether this HTTP status is the expected one."""
        usual = 200 <= status < 300 or (status == 404 and not self.reviewed)
        return usual if self.status is None else status == self.status

    @property
    def changes_stored(self) -> bool:
        """Whether it changes or deletes what is stored; what a proxy hands on does not, whatever its method."""
        return self.method in {"PUT", "PATCH", "DELETE"} and "proxy" not in self.path.split("/")

    @property
    def expected(self) -> str:
        """The expected HTTP status in words."""
        return "2xx" if self.status is None else str(self.status)

    def __str__(self) -> str:
        """Render for people, as `POST /api/v1/… as NAME, expects 2xx`."""
        query = "&".join(f"{key}={value}" for key, value in self.query)
        target = f"{self.path}?{query}" if query else self.path
        method = "WebSocket" if self.opens else self.method
        return f"{method} {target} as {self.identity.user}, expects {self.expected}"


def requests_of(scenario: Scenario, step: Step, tag: str) -> Iterator[Request]:
    """Yield the requests of a step in order; `tag` names the step, each request appends its number."""
    for number, draft in enumerate(drafts_of(scenario, step)):
        content_type = draft.content_type or (None if draft.body is None else "application/json")
        yield Request(
            tag=f"{tag}/{number}",
            method=draft.method,
            path=draft.path,
            identity=step.identity,
            query=draft.query + ((("dryRun", "All"),) if step.dry_run else ()),
            body=_bytes(draft.body),
            content_type=content_type,
            status=_usual_status(step) if step.status is None else step.status,
            reviewed=not step.records_nothing,
            settles=draft.path.removesuffix("/scale") if _is_written_by_others(draft.changes) else None,
            opens=_opens(step),
        )


def _opens(step: Step) -> bool:
    return bool(step.by_kubelet) and step.verb in CONNECT_VERBS


def _usual_status(step: Step) -> int | None:
    if _opens(step):
        return SWITCHED
    return 404 if step.verb in CONNECT_VERBS and "kubelet" not in step.needs else None


def _is_written_by_others(target: Target | None) -> bool:
    return target is not None and target.plural in WRITTEN_BY_CONTROLLERS


def _bytes(body: Any) -> bytes | None:
    if body is None or isinstance(body, str):
        return body if body is None else body.encode()
    return json.dumps(body, ensure_ascii=False).encode()
