"""The verbs of scenarios as HTTP requests: one function a verb, nothing asked of a cluster."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from toolkit.scenarios.format import CONNECT_VERBS, MANIFEST_VERBS
from toolkit.scenarios.kinds import kind_key
from toolkit.scenarios.model import Identity, Scenario, Step, Target, plain_manifest

Query = tuple[tuple[str, str], ...]
FIELD_MANAGER = "k8sadmission-toolkit"
PATCH_TYPES = {
    "merge": "application/merge-patch+json",
    "json": "application/json-patch+json",
    "strategic": "application/strategic-merge-patch+json",
    "apply": "application/apply-patch+yaml",
}
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
    `settles` is the path of an object that controllers write too and that the request is about.
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

    def accepts(self, status: int) -> bool:
        """Say whether this HTTP status is the expected one."""
        usual = 200 <= status < 300 or (status == 404 and not self.reviewed)
        return usual if self.status is None else status == self.status

    @property
    def expected(self) -> str:
        """The expected HTTP status in words."""
        return "2xx" if self.status is None else str(self.status)

    def __str__(self) -> str:
        """Render for people, as `POST /api/v1/… as NAME, expects 2xx`."""
        query = "&".join(f"{key}={value}" for key, value in self.query)
        target = f"{self.path}?{query}" if query else self.path
        return f"{self.method} {target} as {self.identity.user}, expects {self.expected}"


@dataclass(frozen=True, slots=True)
class _Draft:
    """What a verb decides of a request; the rest is the same for all."""

    method: str
    path: str
    query: Query = ()
    body: Any = None
    content_type: str | None = None
    changes: Target | None = None


def requests_of(scenario: Scenario, step: Step, tag: str) -> Iterator[Request]:
    """Yield the requests of a step in order; `tag` names the step, each request appends its number."""
    for number, draft in enumerate(_drafts(scenario, step)):
        content_type = draft.content_type or (None if draft.body is None else "application/json")
        yield Request(
            tag=f"{tag}/{number}",
            method=draft.method,
            path=draft.path,
            identity=step.identity,
            query=draft.query + ((("dryRun", "All"),) if step.dry_run else ()),
            body=_bytes(draft.body),
            content_type=content_type,
            status=404 if step.status is None and step.verb in CONNECT_VERBS else step.status,
            reviewed=not step.records_nothing,
            settles=draft.path.removesuffix("/scale") if _is_written_by_others(draft.changes) else None,
        )


def _drafts(scenario: Scenario, step: Step) -> Iterator[_Draft]:
    if step.verb in MANIFEST_VERBS:
        for manifest in step.manifests:
            yield _manifest(scenario, step.verb, plain_manifest(manifest))
    else:
        body = step.body.plain()
        yield _DRAFT[step.verb](scenario, body, body.get("namespace") or scenario.namespace)


def _is_written_by_others(target: Target | None) -> bool:
    return target is not None and target.plural in WRITTEN_BY_CONTROLLERS


def _bytes(body: Any) -> bytes | None:
    if body is None or isinstance(body, str):
        return body if body is None else body.encode()
    return json.dumps(body, ensure_ascii=False).encode()


def _path(target: Target, namespace: str, name: str | None = None, subresource: str | None = None) -> str:
    inside = f"/namespaces/{quote(namespace, safe='')}" if target.namespaced else ""
    named = "".join(f"/{quote(part, safe=':')}" for part in (name, subresource) if part)
    return f"{target.root}{inside}/{target.plural}{named}"


def _manifest(scenario: Scenario, verb: str, manifest: dict[str, Any]) -> _Draft:
    target = scenario.resources[kind_key(manifest["apiVersion"], manifest["kind"])]
    metadata = manifest.get("metadata") or {}
    namespace, name = metadata.get("namespace") or scenario.namespace, metadata.get("name")
    if verb == "create":
        return _Draft("POST", _path(target, namespace), body=manifest)
    path = _path(target, namespace, name)
    if verb == "replace":
        return _Draft("PUT", path, body=manifest, changes=target)
    return _Draft("PATCH", path, _APPLY, manifest, PATCH_TYPES["apply"], changes=target)


_APPLY: Query = (("fieldManager", FIELD_MANAGER), ("force", "true"))
_POD = Target("", "v1", "pods", namespaced=True)
_SERVICE_ACCOUNT = Target("", "v1", "serviceaccounts", namespaced=True)
_Body = Mapping[str, Any]


def _patch(scenario: Scenario, body: _Body, namespace: str) -> _Draft:
    target = scenario.resources[body["resource"]]
    kind = body.get("type") or ("json" if isinstance(body["patch"], list) else "merge")
    path = _path(target, namespace, body["name"], body.get("subresource"))
    query = _APPLY if kind == "apply" else ()
    return _Draft("PATCH", path, query, body["patch"], PATCH_TYPES[kind], None if "subresource" in body else target)


def _delete(scenario: Scenario, body: _Body, namespace: str) -> _Draft:
    target = scenario.resources[body["resource"]]
    query = _query(body, "gracePeriodSeconds", "propagationPolicy")
    return _Draft("DELETE", _path(target, namespace, body["name"]), query, changes=target)


def _delete_collection(scenario: Scenario, body: _Body, namespace: str) -> _Draft:
    query = _query(body, "gracePeriodSeconds", "propagationPolicy", "labelSelector", "fieldSelector")
    return _Draft("DELETE", _path(scenario.resources[body["resource"]], namespace), query)


def _scale(scenario: Scenario, body: _Body, namespace: str) -> _Draft:
    target = scenario.resources[body["resource"]]
    path = _path(target, namespace, body["name"], "scale")
    patch = {"spec": {"replicas": body["replicas"]}}
    return _Draft("PATCH", path, body=patch, content_type=PATCH_TYPES["merge"], changes=target)


def _evict(_: Scenario, body: _Body, namespace: str) -> _Draft:
    eviction: dict[str, Any] = {
        "apiVersion": "policy/v1",
        "kind": "Eviction",
        "metadata": {"name": body["name"], "namespace": namespace},
    }
    if "gracePeriodSeconds" in body:
        eviction["deleteOptions"] = {"gracePeriodSeconds": body["gracePeriodSeconds"]}
    return _Draft("POST", _path(_POD, namespace, body["name"], "eviction"), body=eviction)


def _bind(_: Scenario, body: _Body, namespace: str) -> _Draft:
    binding = {
        "apiVersion": "v1",
        "kind": "Binding",
        "metadata": {"name": body["name"], "namespace": namespace},
        "target": {"apiVersion": "v1", "kind": "Node", "name": body["node"]},
    }
    return _Draft("POST", _path(_POD, namespace, body["name"], "binding"), body=binding)


def _ephemeral_container(_: Scenario, body: _Body, namespace: str) -> _Draft:
    path = _path(_POD, namespace, body["name"], "ephemeralcontainers")
    patch = {"spec": {"ephemeralContainers": [body["container"]]}}
    return _Draft("PATCH", path, body=patch, content_type=PATCH_TYPES["strategic"])


def _connect(subresource: str) -> Callable[[Scenario, _Body, str], _Draft]:
    def draft(_: Scenario, body: _Body, namespace: str) -> _Draft:
        streams = {"stdout": True, "stderr": True, **body} if subresource != "portforward" else body
        query = _query(streams, "command", "container", "ports", "stdin", "stdout", "stderr", "tty")
        return _Draft(body.get("method", "POST"), _path(_POD, namespace, body["name"], subresource), query)

    return draft


def _proxy(scenario: Scenario, body: _Body, namespace: str) -> _Draft:
    target = scenario.resources[body["resource"]]
    path = _path(target, namespace, body["name"], "proxy") + quote(body.get("path", ""))
    return _Draft(body.get("method", "GET"), path, _free_query(body))


def _token(_: Scenario, body: _Body, namespace: str) -> _Draft:
    spec = {key: body[key] for key in ("audiences", "expirationSeconds") if key in body}
    request = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": spec}
    return _Draft("POST", _path(_SERVICE_ACCOUNT, namespace, body["name"], "token"), body=request)


def _get(scenario: Scenario, body: _Body, namespace: str) -> _Draft:
    target = scenario.resources[body["resource"]]
    return _Draft("GET", _path(target, namespace, body.get("name"), body.get("subresource")), _free_query(body))


def _raw(_: Scenario, body: _Body, __: str) -> _Draft:
    return _Draft(body["method"], body["path"], _free_query(body), body.get("body"), body.get("contentType"))


def _query(body: _Body, *names: str) -> Query:
    return tuple(pair for name in names if name in body for pair in _pairs(name, body[name]))


def _free_query(body: _Body) -> Query:
    return tuple(pair for name, value in body.get("query", {}).items() for pair in _pairs(name, value))


def _pairs(name: str, value: Any) -> Iterator[tuple[str, str]]:
    for each in value if isinstance(value, list) else [value]:
        yield name, str(each).lower() if isinstance(each, bool) else str(each)


_DRAFT: Mapping[str, Callable[[Scenario, _Body, str], _Draft]] = {
    "patch": _patch,
    "delete": _delete,
    "deleteCollection": _delete_collection,
    "scale": _scale,
    "evict": _evict,
    "bind": _bind,
    "ephemeralContainer": _ephemeral_container,
    "exec": _connect("exec"),
    "attach": _connect("attach"),
    "portForward": _connect("portforward"),
    "proxy": _proxy,
    "token": _token,
    "get": _get,
    "raw": _raw,
}
