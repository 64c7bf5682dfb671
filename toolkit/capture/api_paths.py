"""Paths of the Kubernetes API taken apart: which kind of object, where, and which one."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import unquote

from toolkit.scenarios.model import Target

CONNECTS = frozenset({"exec", "attach", "portforward", "proxy"})
"""The subresources that reach into what runs behind an object."""


@dataclass(frozen=True, slots=True)
class ApiPath:
    """What a path is about; "" where it names none. For a Namespace itself, `namespace` is its own name."""

    target: Target
    namespace: str
    name: str
    subresource: str

    @property
    def object(self) -> str:
        """The path of the object itself, or of the collection where none is named."""
        inside = f"/namespaces/{self.namespace}" if self.target.namespaced else ""
        return f"{self.target.root}{inside}/{self.target.plural}" + (f"/{self.name}" if self.name else "")

    @property
    def connects(self) -> bool:
        """Whether it reaches into what runs behind the object."""
        return self.subresource in CONNECTS


def parse_path(path: str) -> ApiPath | None:
    """Return what a path is about, None when it is none of an object or collection."""
    parts = [unquote(part) for part in path.strip("/").split("/")]
    if parts[0] == "api" and len(parts) > 2:
        return _parse("", parts[1], parts[2:])
    if parts[0] == "apis" and len(parts) > 3:
        return _parse(parts[1], parts[2], parts[3:])
    return None


def _parse(group: str, version: str, rest: list[str]) -> ApiPath:
    if rest[0] == "namespaces" and len(rest) > 2 and rest[2] not in {"finalize", "status"}:
        return _named(Target(group, version, rest[2], namespaced=True), rest[1], rest[3:])
    namespace = rest[1] if rest[0] == "namespaces" and len(rest) > 1 else ""
    return _named(Target(group, version, rest[0], namespaced=False), namespace, rest[1:])


def _named(target: Target, namespace: str, rest: list[str]) -> ApiPath:
    name, subresource = (*rest[:2], "", "")[:2]
    return ApiPath(target, namespace, name, subresource)
