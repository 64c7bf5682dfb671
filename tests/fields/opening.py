"""Reviews made by hand, opened as events."""

from __future__ import annotations

import json
from typing import Any

from toolkit.events.parsing import parse_line
from toolkit.events.review import Review
from toolkit.fields.catalog import load_catalog
from toolkit.fields.event import Machine
from toolkit.fields.extractor import EventFields, Extractor

RBAC = "rbac.authorization.k8s.io"
POD = {"kind": {"group": "", "kind": "Pod"}, "resource": {"group": "", "resource": "pods"}}
CONFIGMAP = {"kind": {"group": "", "kind": "ConfigMap"}, "resource": {"group": "", "resource": "configmaps"}}
SERVICE = {"kind": {"group": "", "kind": "Service"}, "resource": {"group": "", "resource": "services"}}
ROLE = {"kind": {"group": RBAC, "kind": "ClusterRole"}, "resource": {"group": RBAC, "resource": "clusterroles"}}
BINDING = {"kind": {"group": RBAC, "kind": "RoleBinding"}, "resource": {"group": RBAC, "resource": "rolebindings"}}
EXEC = {
    "kind": {"group": "", "kind": "PodExecOptions"},
    "resource": {"group": "", "resource": "pods"},
    "subResource": "exec",
}


def review(request: dict[str, Any] | bytes, time: str = "1970-01-01T00:00:01.000000002Z") -> Review:
    """Return a review of this request; given as bytes it stands in the line as it is."""
    whole = b'{"uid":"u","operation":"CREATE",' + request[1:] if isinstance(request, bytes) else None
    text = whole or json.dumps({"uid": "u", "operation": "CREATE", **request}, separators=(",", ":")).encode()  # type: ignore[dict-item]
    line = b'{"request":%s,"requestReceivedTimestamp":"%s"}' % (text, time.encode())
    parsed = parse_line(line, "f", 1)
    assert isinstance(parsed, Review), parsed
    return parsed


def opened(
    request: dict[str, Any] | bytes,
    *,
    plugin: str = "corrected",
    machine: Machine | None = None,
    **members: Any,
) -> EventFields:
    """Return the fields of a request, with more members of it given by name."""
    full = request if isinstance(request, bytes) else {**request, **members}
    return Extractor(load_catalog(plugin), machine).open(review(full), 1, 10**9)


def pod(**spec: Any) -> EventFields:
    """Return the fields of a pod's creation."""
    return opened(POD, object={"spec": spec})
