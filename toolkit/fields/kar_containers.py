"""The fields of a pod's containers, and the same fields of its init and ephemeral containers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from toolkit.events.source import Source
from toolkit.fields.entries import UNGATED, UNKNOWN, indexed_texts
from toolkit.fields.event import Event
from toolkit.fields.gates import POD
from toolkit.fields.images import repository_words
from toolkit.fields.model import Field, Read, Value
from toolkit.fields.paths import find_all, parse_path
from toolkit.fields.readers import scalar

_SPEC = ("request", "object", "spec")
_SECURITY = "securityContext"
_ONE_BAD = f"has no value at all where one container lacks an image; {UNGATED}"
_WRONG_ID = "is 0 for every container, and has no value with an index"


class Leaf(NamedTuple):
    """A field of containers: its name and path below the list, its meaning, how the published plugin differs."""

    name: str
    path: str
    description: str
    published: str = UNGATED


_LEAVES = (
    Leaf("image", "image", "Images, as written,", _ONE_BAD),
    Leaf(
        "image.repository",
        "image",
        "Images without tag and digest",
        f"ends the repository at the first colon; {_ONE_BAD}",
    ),
    Leaf(
        "host_port",
        "ports[].hostPort",
        "Host ports",
        "gives the container port where there is no host port, of any object",
    ),
    Leaf("privileged", f"{_SECURITY}.privileged", "The flag privileged, where it is set,"),
    Leaf(
        "allow_privilege_escalation",
        f"{_SECURITY}.allowPrivilegeEscalation",
        "The flag allowPrivilegeEscalation, where it is set,",
    ),
    Leaf(
        "read_only_fs",
        f"{_SECURITY}.readOnlyRootFilesystem",
        "The flag readOnlyRootFilesystem, where it is set (who lacks it is skipped),",
    ),
    Leaf("run_as_user", f"{_SECURITY}.runAsUser", "User ids, where they are set,"),
    Leaf("eff_run_as_user", f"{_SECURITY}.runAsUser", "User ids (else the pod's, else 0)", _WRONG_ID),
    Leaf("run_as_group", f"{_SECURITY}.runAsGroup", "Group ids, where they are set,"),
    Leaf("eff_run_as_group", f"{_SECURITY}.runAsGroup", "Group ids (else the pod's, else 0)", _WRONG_ID),
    Leaf("proc_mount", f"{_SECURITY}.procMount", "Kinds of /proc mount, where they are set,"),
    Leaf(
        "add_capabilities",
        f"{_SECURITY}.capabilities.add[]",
        "Added capabilities",
        "gives one JSON array per container, so that no single capability can be compared, of any object",
    ),
)


def _effective(containers: str, member: list[str]) -> Read:
    """Return what reads one id per container: its own, else the pod's, else 0."""
    paths = (parse_path(f"request.object.spec.{containers}[]"),)

    def read(event: Event, index: str | None) -> Value:
        of_pod = _id(event.source.last(*_SPEC), member) or "0"
        found = find_all(paths, event.source, index=None if index is None else int(index))
        return [_id(container, member) or of_pod for container in found if container.is_object]

    return read


def _id(source: Source | None, member: list[str]) -> str | None:
    found = source.last(*member) if source else None
    return found.scalar() if found else None


def _family(containers: str, whose: str, *, is_published: bool) -> Iterator[Field]:
    """Yield the fields of one list of containers; only the first list's are known to the published plugin."""
    for leaf in _LEAVES:
        is_effective = leaf.name.startswith("eff_")
        yield indexed_texts(
            f"kar.req.pod.{containers}.{leaf.name}",
            f"{leaf.description} of {whose}.",
            f"request.object.spec.{containers}[].{leaf.path}",
            *([f"request.object.spec.{leaf.path}"] if is_effective else []),
            gate=POD,
            words=repository_words if leaf.name == "image.repository" else scalar,
            read=_effective(containers, leaf.path.split(".")) if is_effective else None,
            published=leaf.published if is_published else UNKNOWN,
        )


FIELDS = (
    *_family("containers", "containers", is_published=True),
    *_family("initContainers", "init containers", is_published=False),
    *_family("ephemeralContainers", "ephemeral containers (kubectl debug)", is_published=False),
)
