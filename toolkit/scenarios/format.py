"""The format of our own YAML files, declared once: the loader checks with it and the JSON Schemas are made from it."""

from __future__ import annotations

import re
from collections.abc import Mapping

from toolkit.scenarios.shapes import Choice, EitherOf, Key, ListOf, MapOf, Record, Scalar, Schema, Shape

_Keys = Mapping[str, tuple[Shape, str]]
API_VERSION = "toolkit/v1"
FEATURES = ("controllers", "kubelet", "scheduler")
_LABEL = r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?"

TEXT = Scalar(str, "a text that is not empty", bool, {"minLength": 1})
NAME = Scalar(str, "a name: a-z, 0-9 and -, at most 63", re.compile(_LABEL).fullmatch, {"pattern": f"^{_LABEL}$"})  # type: ignore[arg-type]
FLAG = Scalar(bool, "true or false")
COUNT = Scalar(int, "a whole number from 0", lambda n: n >= 0, {"minimum": 0})
TIMES = Scalar(int, "a whole number from 1", lambda n: n >= 1, {"minimum": 1})
STATUS = Scalar(int, "an HTTP status (200 to 599)", lambda n: 200 <= n <= 599, {"minimum": 200, "maximum": 599})
PORT = Scalar(int, "a port (1 to 65535)", lambda n: 1 <= n <= 65535, {"minimum": 1, "maximum": 65535})
TEXTS = ListOf(TEXT)
REASONS = MapOf(TEXT)
RULES = EitherOf(TEXTS, MapOf(TIMES))
METHOD = Choice(("GET", "POST", "PUT", "PATCH", "DELETE"))
CONNECT_METHOD = Choice(("POST", "GET"))


class _Anything:
    """A value that only the API server judges."""

    def check(self, found: object, faults: object) -> None:
        """Accept it."""

    def schema(self) -> Schema:
        """Return the schema that accepts all."""
        return {}


ANYTHING: Shape = _Anything()


def _record(required: _Keys, optional: _Keys) -> Record:
    keys = {name: Key(shape, means, required=True) for name, (shape, means) in required.items()}
    return Record(keys | {name: Key(shape, means) for name, (shape, means) in optional.items()})


_POD: _Keys = {"name": (TEXT, "the pod's name; it need not exist")}
_OBJECT: _Keys = {"resource": (TEXT, "plural name, as in `pods`"), "name": (TEXT, "the object's name")}
_NAMESPACE: _Keys = {"namespace": (TEXT, "default: the scenario's own")}
_SUBRESOURCE: _Keys = {"subresource": (TEXT, "as in `status`")}
_STREAMS: _Keys = {
    "container": (TEXT, "the container's name"),
    "stdin": (FLAG, "default: false"),
    "stdout": (FLAG, "default: true"),
    "stderr": (FLAG, "default: true"),
    "tty": (FLAG, "default: false"),
    "method": (CONNECT_METHOD, "POST as SPDY clients (the default), GET as WebSocket clients"),
}
_DELETION: _Keys = {
    "gracePeriodSeconds": (COUNT, "seconds"),
    "propagationPolicy": (Choice(("Background", "Foreground", "Orphan")), "what becomes of dependents"),
}
_QUERY: _Keys = {"query": (MapOf(ANYTHING), "query parameters; a list repeats one")}

MANIFEST_VERBS = ("create", "apply", "replace")
CONNECT_VERBS = ("exec", "attach", "portForward", "proxy")
VERBS: Mapping[str, Record] = {
    "patch": _record(
        {**_OBJECT, "patch": (ANYTHING, "the patch itself")},
        {
            "type": (
                Choice(("merge", "json", "strategic", "apply")),
                "default: merge, or json where the patch is a list",
            ),
            **_NAMESPACE,
            **_SUBRESOURCE,
        },
    ),
    "delete": _record(_OBJECT, {**_NAMESPACE, **_DELETION}),
    "deleteCollection": _record(
        {"resource": _OBJECT["resource"]},
        {**_NAMESPACE, **_DELETION, "labelSelector": (TEXT, "as in `app=web`"), "fieldSelector": (TEXT, "")},
    ),
    "scale": _record({**_OBJECT, "replicas": (COUNT, "how many")}, _NAMESPACE),
    "evict": _record(_POD, {**_NAMESPACE, "gracePeriodSeconds": (COUNT, "seconds")}),
    "bind": _record({**_POD, "node": (TEXT, "the node's name; it need not exist")}, _NAMESPACE),
    "ephemeralContainer": _record(
        {"name": (TEXT, "the pod's name"), "container": (MapOf(ANYTHING), "the ephemeral container")}, _NAMESPACE
    ),
    "exec": _record({**_POD, "command": (ListOf(TEXT, 1), "the words of the command")}, {**_NAMESPACE, **_STREAMS}),
    "attach": _record(_POD, {**_NAMESPACE, **_STREAMS}),
    "portForward": _record(
        _POD,
        {**_NAMESPACE, "ports": (ListOf(PORT), "ports, as WebSocket clients send them"), "method": _STREAMS["method"]},
    ),
    "proxy": _record(
        {"resource": (Choice(("pods", "services", "nodes")), "what is behind the proxy"), "name": _OBJECT["name"]},
        {**_NAMESPACE, **_QUERY, "path": (TEXT, "as in `/metrics`"), "method": (METHOD, "default: GET")},
    ),
    "token": _record(
        {"name": (TEXT, "the service account's name")},
        {**_NAMESPACE, "audiences": (TEXTS, "default: the API server's"), "expirationSeconds": (COUNT, "seconds")},
    ),
    "get": _record(
        {"resource": _OBJECT["resource"]}, {"name": _OBJECT["name"], **_NAMESPACE, **_SUBRESOURCE, **_QUERY}
    ),
    "raw": _record(
        {"method": (METHOD, "the HTTP method"), "path": (TEXT, "the path, as in `/api/v1/namespaces`")},
        {
            **_QUERY,
            "body": (ANYTHING, "sent as JSON, a text as it is"),
            "contentType": (TEXT, "default: application/json"),
        },
    ),
}
"""The verbs whose value is a record of their own; those of MANIFEST_VERBS take manifests."""

REPEATED = _record({"text": (TEXT, "what is repeated"), "times": (COUNT, "how often")}, {})
"""What stands under `$repeat` in a manifest."""
NODE_IMAGE_NAME = Scalar(str, "the last part of a repository's name, as in `etcd`", re.compile(r"[\w.-]+").fullmatch)  # type: ignore[arg-type]
"""What stands under `$nodeImage` in a manifest."""
_MANIFEST = MapOf(ANYTHING)
_MANIFESTS = EitherOf(ListOf(_MANIFEST, 1), _MANIFEST)
_IDENTITY = _record({"user": (TEXT, "the user's name")}, {"groups": (TEXTS, "the user's groups")})
_WAIT = _record(
    {**_OBJECT, "condition": (TEXT, "exists, deleted, settled, or a condition type such as Established")}, _NAMESPACE
)
_CONSEQUENCE = _record(
    {
        "user": (TEXT, "who did it, as in system:serviceaccount:kube-system:replicaset-controller; * and ? match"),
        "verb": (Choice(("CREATE", "UPDATE", "DELETE", "CONNECT")), "the operation"),
        "resource": (TEXT, "plural name"),
        "fires": (RULES, "the rules that fire on each such event"),
    },
    {**_SUBRESOURCE, **_NAMESPACE, "name": (TEXT, "the object's name; * and ? match")},
)
_ACTIONS: dict[str, Key] = {
    **{verb: Key(_MANIFESTS, f"{verb}: a manifest, a list of them, or {{file: …}}") for verb in MANIFEST_VERBS},
    **{verb: Key(shape, f"the verb {verb}") for verb, shape in VERBS.items()},
}
COMMON: dict[str, Key] = {
    "as": Key(_IDENTITY, "who acts; default: kubernetes-admin in kubeadm:cluster-admins"),
    "dryRun": Key(FLAG, "ask the API server to store nothing"),
    "status": Key(
        STATUS, "the HTTP status expected; default any 2xx; for what connects to a pod 404, or 101 with a kubelet"
    ),
    "waitFor": Key(_WAIT, "what to wait for after the step"),
    "needs": Key(ListOf(Choice(FEATURES)), "features of the provider without which the step is left out"),
    "records": Key(Choice(("nothing",)), "the step must leave no event"),
}
"""What every step may say besides its verb."""
PREPARATION = Record({"name": Key(TEXT, "a sentence"), **_ACTIONS, **COMMON}, tuple(_ACTIONS), "verb")
STEP = Record(
    {
        "name": Key(TEXT, "a sentence, unique in the scenario", required=True),
        **_ACTIONS,
        **COMMON,
        "fires": Key(RULES, "exactly the rules that fire; a map gives counts; left out: none"),
        "nearMiss": Key(REASONS, "rules that must stay silent, and why"),
        "consequences": Key(ListOf(_CONSEQUENCE), "events that others make because of the step"),
    },
    tuple(_ACTIONS),
    "verb",
)
_SCENARIO_SPEC = Record(
    {
        "steps": Key(ListOf(STEP, 1), "what is played and judged, in order", required=True),
        "setup": Key(ListOf(PREPARATION), "played before; not judged"),
        "teardown": Key(ListOf(PREPARATION), "played after, also after a failure; not judged"),
        "namespace": Key(NAME, "a namespace that exists; default: one of the scenario's own, named like it"),
        "needs": Key(ListOf(Choice(FEATURES)), "features of the provider without which the scenario is left out"),
        "rules": Key(TEXT, "rule text loaded after the rules, for judging this scenario"),
    }
)
_SCENARIO_METADATA = Record(
    {
        "name": Key(NAME, "the name of the file without .yaml", required=True),
        "description": Key(TEXT, "what it shows, in a sentence", required=True),
    }
)


def _document(kind: str, keys: Mapping[str, Key]) -> Record:
    head = {
        "apiVersion": Key(Choice((API_VERSION,)), "the format's version", required=True),
        "kind": Key(Choice((kind,)), "what the file is", required=True),
    }
    return Record({**head, **keys})


DOCUMENTS: Mapping[str, Record] = {
    "Scenario": _document(
        "Scenario",
        {
            "metadata": Key(_SCENARIO_METADATA, "name and description", required=True),
            "spec": Key(_SCENARIO_SPEC, "what is played", required=True),
        },
    ),
    "Impossible": _document(
        "Impossible", {"rules": Key(REASONS, "rules that no admission event can fire, and why", required=True)}
    ),
    "Background": _document(
        "Background", {"fires": Key(REASONS, "rules that fire on the cluster's own noise, and why", required=True)}
    ),
}
"""The kinds of file under the scenarios' folder."""


def json_schema(kind: str) -> Schema:
    """Return the JSON Schema of one kind of file."""
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": kind}
    return {**head, **DOCUMENTS[kind].schema()}
