"""Scenarios as values: what is played, and what is expected of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from toolkit.located import Located
from toolkit.places import Place


@dataclass(frozen=True, slots=True)
class Identity:
    """Whom a request acts as: a user name and groups (the API server adds `system:authenticated` by itself)."""

    user: str
    groups: tuple[str, ...] = ()


ADMIN = Identity("kubernetes-admin", ("kubeadm:cluster-admins",))
"""Who acts where a scenario says nothing: the administrator that kubeadm and kind make."""


@dataclass(frozen=True, slots=True)
class Target:
    """One kind of object as the API names it; `group` is "" for the core group."""

    group: str
    version: str
    plural: str
    namespaced: bool

    @property
    def root(self) -> str:
        """The path that all of the kind's paths begin with."""
        return f"/apis/{self.group}/{self.version}" if self.group else f"/api/{self.version}"


@dataclass(frozen=True, slots=True)
class Wait:
    """A condition awaited after a step: `exists`, `deleted`, `settled`, or a condition type of the object's status."""

    resource: str
    name: str
    condition: str
    namespace: str | None
    place: Place


@dataclass(frozen=True, slots=True)
class Consequence:
    """Events that others make because of a step: who, what, and which rules fire on each of them.

    `namespace` None means the scenario's own for namespaced resources; `user` and `name` are globs, None means any.
    """

    user: str
    verb: str
    resource: str
    subresource: str | None
    namespace: str | None
    name: str | None
    fires: Mapping[str, int]
    place: Place


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that a client does: the verb and its body, as whom, and what must come of it.

    `status` is the HTTP status expected (None: the verb's usual one). `fires` counts per rule over the
    step's own lines; `near_miss` gives per rule the reason why it must stay silent. `body` keeps its places,
    `manifests` are its objects (read from files where it names some).
    """

    name: str
    verb: str
    body: Located
    manifests: tuple[Located, ...]
    identity: Identity
    dry_run: bool
    status: int | None
    fires: Mapping[str, int]
    near_miss: Mapping[str, str]
    consequences: tuple[Consequence, ...]
    records_nothing: bool
    wait_for: Wait | None
    needs: frozenset[str]
    place: Place
    rule_places: Mapping[str, Place]

    @property
    def by_kubelet(self) -> bool | None:
        """Whether a kubelet carries it out (it `needs` one), or the API server is asked and no pod answers.

        None for verbs that reach into no pod.
        """
        return "kubelet" in self.needs if self.verb in INTO_PODS else None


INTO_PODS = ("exec", "attach", "portForward", "ephemeralContainer")
"""The verbs that a kubelet carries out, where there is one and the pod runs."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """One scenario file. `digest` covers what is played, not the expectations; `own_namespace`: made for it alone.

    `rules_overlay` is rule text loaded after the rules (None: no overlay), `overlay_place` where it stands;
    `resources` knows every kind of object that the scenario may name; `given` is all text that its author wrote.
    """

    name: str
    description: str
    path: Path
    digest: str
    namespace: str
    own_namespace: bool
    needs: frozenset[str]
    rules_overlay: str | None
    overlay_place: Place | None
    setup: tuple[Step, ...]
    steps: tuple[Step, ...]
    teardown: tuple[Step, ...]
    resources: Mapping[str, Target] = field(repr=False)
    given: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Claim:
    """A rule and the reason given for it, in `impossible.yaml` or `background.yaml`."""

    rule: str
    reason: str
    place: Place
