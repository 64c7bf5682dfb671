"""The verbs of scenarios: what each asks of the API server, one function a verb."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from toolkit.scenarios.format import MANIFEST_VERBS
from toolkit.scenarios.kinds import kind_key
from toolkit.scenarios.model import Scenario, Step, Target
from toolkit.scenarios.placeholders import plain_manifest, written_out

Query = tuple[tuple[str, str], ...]
FIELD_MANAGER = "k8sadmission-toolkit"
PATCH_TYPES = {
    "merge": "application/merge-patch+json",
    "json": "application/json-patch+json",
    "strategic": "application/strategic-merge-patch+json",
    "apply": "application/apply-patch+yaml",
}


@dataclass(frozen=True, slots=True)
class Draft:
    """What a verb decides of a request; `changes` is the kind of object that it needs to have come to rest."""

    method: str
    path: str
    query: Query = ()
    body: Any = None
    content_type: str | None = None
    changes: Target | None = None


def drafts_of(scenario: Scenario, step: Step) -> Iterator[Draft]:
    """Yield what a step asks, request by request."""
    if step.verb in MANIFEST_VERBS:
        for manifest in step.manifests:
            yield _manifest(scenario, step.verb, plain_manifest(manifest))
    else:
        body = written_out(step.body.plain())
        yield _DRAFT[step.verb](scenario, body, body.get("namespace") or scenario.namespace)


def _path(target: Target, namespace: str, name: str | None = None, subresource: str | None = None) -> str:
    inside = f"/namespaces/{quote(namespace, safe='')}" if target.namespaced else ""
    named = "".join(f"/{quote(part, safe=':')}" for part in (name, subresource) if part)
    return f"{target.root}{inside}/{target.plural}{named}"


def _manifest(scenario: Scenario, verb: str, manifest: dict[str, Any]) -> Draft:
    target = scenario.resources[kind_key(manifest["apiVersion"], manifest["kind"])]
    metadata = manifest.get("metadata") or {}
    namespace, name = metadata.get("namespace") or scenario.namespace, metadata.get("name")
    if verb == "create":
        return Draft("POST", _path(target, namespace), body=manifest)
    path = _path(target, namespace, name)
    if verb == "replace":
        return Draft("PUT", path, body=manifest, changes=target)
    return Draft("PATCH", path, _APPLY, manifest, PATCH_TYPES["apply"], changes=target)


_APPLY: Query = (("fieldManager", FIELD_MANAGER), ("force", "true"))
_POD = Target("", "v1", "pods", namespaced=True)
_SERVICE_ACCOUNT = Target("", "v1", "serviceaccounts", namespaced=True)
_Body = Mapping[str, Any]


def _patch(scenario: Scenario, body: _Body, namespace: str) -> Draft:
    target = scenario.resources[body["resource"]]
    kind = body.get("type") or ("json" if isinstance(body["patch"], list) else "merge")
    path = _path(target, namespace, body["name"], body.get("subresource"))
    query = _APPLY if kind == "apply" else ()
    return Draft("PATCH", path, query, body["patch"], PATCH_TYPES[kind], None if "subresource" in body else target)


def _delete(scenario: Scenario, body: _Body, namespace: str) -> Draft:
    target = scenario.resources[body["resource"]]
    query = _query(body, "gracePeriodSeconds", "propagationPolicy")
    return Draft("DELETE", _path(target, namespace, body["name"]), query, changes=target)


def _delete_collection(scenario: Scenario, body: _Body, namespace: str) -> Draft:
    query = _query(body, "gracePeriodSeconds", "propagationPolicy", "labelSelector", "fieldSelector")
    return Draft("DELETE", _path(scenario.resources[body["resource"]], namespace), query)


def _scale(scenario: Scenario, body: _Body, namespace: str) -> Draft:
    target = scenario.resources[body["resource"]]
    path = _path(target, namespace, body["name"], "scale")
    patch = {"spec": {"replicas": body["replicas"]}}
    return Draft("PATCH", path, body=patch, content_type=PATCH_TYPES["merge"], changes=target)


def _evict(_: Scenario, body: _Body, namespace: str) -> Draft:
    eviction: dict[str, Any] = {
        "apiVersion": "policy/v1",
        "kind": "Eviction",
        "metadata": {"name": body["name"], "namespace": namespace},
    }
    if "gracePeriodSeconds" in body:
        eviction["deleteOptions"] = {"gracePeriodSeconds": body["gracePeriodSeconds"]}
    return Draft("POST", _path(_POD, namespace, body["name"], "eviction"), body=eviction)


def _bind(_: Scenario, body: _Body, namespace: str) -> Draft:
    binding = {
        "apiVersion": "v1",
        "kind": "Binding",
        "metadata": {"name": body["name"], "namespace": namespace},
        "target": {"apiVersion": "v1", "kind": "Node", "name": body["node"]},
    }
    return Draft("POST", _path(_POD, namespace, body["name"], "binding"), body=binding)


def _ephemeral_container(_: Scenario, body: _Body, namespace: str) -> Draft:
    path = _path(_POD, namespace, body["name"], "ephemeralcontainers")
    patch = {"spec": {"ephemeralContainers": [body["container"]]}}
    return Draft("PATCH", path, body=patch, content_type=PATCH_TYPES["strategic"])


def _connect(subresource: str) -> Callable[[Scenario, _Body, str], Draft]:
    def draft(_: Scenario, body: _Body, namespace: str) -> Draft:
        streams = {"stdout": True, "stderr": True, **body} if subresource != "portforward" else body
        query = _query(streams, "command", "container", "ports", "stdin", "stdout", "stderr", "tty")
        return Draft(body.get("method", "POST"), _path(_POD, namespace, body["name"], subresource), query)

    return draft


def _proxy(scenario: Scenario, body: _Body, namespace: str) -> Draft:
    target = scenario.resources[body["resource"]]
    path = _path(target, namespace, body["name"], "proxy") + quote(body.get("path", ""))
    return Draft(body.get("method", "GET"), path, _free_query(body))


def _token(_: Scenario, body: _Body, namespace: str) -> Draft:
    spec = {key: body[key] for key in ("audiences", "expirationSeconds") if key in body}
    request = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": spec}
    return Draft("POST", _path(_SERVICE_ACCOUNT, namespace, body["name"], "token"), body=request)


def _get(scenario: Scenario, body: _Body, namespace: str) -> Draft:
    target = scenario.resources[body["resource"]]
    return Draft("GET", _path(target, namespace, body.get("name"), body.get("subresource")), _free_query(body))


def _raw(_: Scenario, body: _Body, __: str) -> Draft:
    return Draft(body["method"], body["path"], _free_query(body), body.get("body"), body.get("contentType"))


def _query(body: _Body, *names: str) -> Query:
    return tuple(pair for name in names if name in body for pair in _pairs(name, body[name]))


def _free_query(body: _Body) -> Query:
    return tuple(pair for name, value in body.get("query", {}).items() for pair in _pairs(name, value))


def _pairs(name: str, value: Any) -> Iterator[tuple[str, str]]:
    for each in value if isinstance(value, list) else [value]:
        yield name, str(each).lower() if isinstance(each, bool) else str(each)


_DRAFT: Mapping[str, Callable[[Scenario, _Body, str], Draft]] = {
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
