"""Gates: the test that an event is about a field's object, by what was requested and never by what the object says."""

from __future__ import annotations

from dataclasses import dataclass

from toolkit.fields.event import Subject

RBAC = "rbac.authorization.k8s.io"


@dataclass(frozen=True, slots=True)
class Gate:
    """Admits events by group and kinds, or by group and resources, and by subresource where one is named."""

    kinds: tuple[str, ...] = ()
    resources: tuple[str, ...] = ()
    group: str = ""
    subresource: str | None = None

    def admits(self, subject: Subject) -> bool:
        """Return whether an event about `subject` passes."""
        if self.subresource is not None and subject.subresource != self.subresource:
            return False
        if self.kinds and (subject.kind not in self.kinds or subject.kind_group != self.group):
            return False
        return not self.resources or (subject.resource in self.resources and subject.resource_group == self.group)

    def __str__(self) -> str:
        """Render for people: `kind Pod`, `resource roles or clusterroles of rbac.authorization.k8s.io`."""
        named = [("kind", self.kinds), ("resource", self.resources)]
        parts = [f"{word} {' or '.join(names)}" for word, names in named if names]
        parts += [f"of {self.group}"] * bool(self.group) + [f"subresource {self.subresource}"] * bool(self.subresource)
        return ", ".join(parts).replace(", of", " of")


POD = Gate(kinds=("Pod",))
CONFIGMAP = Gate(resources=("configmaps",))
SERVICE = Gate(resources=("services",))
ROLE = Gate(resources=("roles", "clusterroles"), group=RBAC)
BINDING = Gate(resources=("rolebindings", "clusterrolebindings"), group=RBAC)
EXEC = Gate(resources=("pods",), subresource="exec")
