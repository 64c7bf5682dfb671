"""A cluster made of a few lines of Python, for tests of what capture makes of a cluster's answers."""

from __future__ import annotations

import itertools
import json
import uuid
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from toolkit.cluster.client import Response

VERBS = {"POST": "CREATE", "PUT": "UPDATE", "PATCH": "UPDATE", "DELETE": "DELETE"}


def review(
    name: str,
    operation: str = "CREATE",
    resource: str = "pods",
    *,
    namespace: str = "s",
    user: str = "kubernetes-admin",
    tag: str | None = None,
    subresource: str = "",
    **metadata: Any,
) -> bytes:
    """Return a line as a recorder writes it."""
    about = {"metadata": {"name": name, "uid": str(uuid.uuid4()), **metadata}}
    request = {
        "uid": str(uuid.uuid4()),
        "resource": {"group": "", "version": "v1", "resource": resource},
        **({"subResource": subresource} if subresource else {}),
        "name": name,
        "namespace": namespace,
        "operation": operation,
        "userInfo": {"username": user, **({"extra": {"toolkit.dev/step": [tag]}} if tag else {})},
        "object": None if operation == "DELETE" else about,
        "oldObject": about if operation == "DELETE" else None,
    }
    line = {"kind": "AdmissionReview", "request": request, "requestReceivedTimestamp": "2026-11-23T05:51:13.5Z"}
    return json.dumps(line, separators=(",", ":")).encode()


class FakeCluster:
    """Answers and records every write; tests replace `answer` and add to `after` what a cluster does besides."""

    provider = "local"
    recorder = "fake 1"
    sentinel_namespace = "default"
    kubernetes_version = "1.37.2"
    kubeconfig = Path("kubeconfig")

    def __init__(self) -> None:
        self.lines: list[bytes] = []
        self.uncounted = 0
        self.requests: list[str] = []
        self.status: dict[str, int] = {}
        self.lost: set[str] = set()
        self.after: dict[str, Callable[[], list[bytes]]] = {}
        self._numbers = itertools.count(1)

    @property
    def log_paths(self) -> list[Path]:
        return []

    def check(self) -> None:
        """Find nothing wrong."""

    def stop_recording(self) -> None:
        self.requests.append("stop recording")

    def client(self) -> Any:
        return self

    def recorder_lines(self) -> list[bytes]:
        return list(self.lines)

    def recorder_count(self) -> int:
        return len(self.lines) + self.uncounted

    def request(
        self,
        method: str,
        path: str,
        *,
        query: Any = None,
        body: Any = None,
        content_type: str | None = None,
        user: str | None = None,
        groups: Sequence[str] = (),
        extra: Mapping[str, Sequence[str]] | None = None,
        timeout: float = 30,
    ) -> Response:
        self.requests.append(f"{method} {path}")
        if method == "GET":
            return self._answer(self.status.get(path, 200), {"metadata": {"resourceVersion": "1"}})
        status = self.status.get(f"{method} {path}", 201)
        if status < 400 and path not in self.lost:
            self._record(method, path, body, user or "kubernetes-admin", extra)
            self.lines += self.after.get(path, list)()
        return self._answer(status, {"message": "said so"})

    def _answer(self, status: int, body: Any) -> Response:
        return Response(status, json.dumps(body).encode())

    def _record(self, method: str, path: str, body: Any, user: str, extra: Mapping[str, Sequence[str]] | None) -> None:
        parts = path.split("/")
        namespace = parts[parts.index("namespaces") + 1] if "namespaces" in parts[:-1] else ""
        manifest = json.loads(body) if isinstance(body, bytes) else body or {}
        name = (manifest.get("metadata") or {}).get("name") or parts[-1]
        resource = parts[-1] if method == "POST" else parts[-2]
        tag = (extra or {}).get("toolkit.dev/step", [None])[0]
        self.lines.append(review(name, VERBS[method], resource, namespace=namespace, user=user, tag=tag))
