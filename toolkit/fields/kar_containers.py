"""The fields of a pod's containers, and the same fields of its init and ephemeral containers."""

from __future__ import annotations

from collections.abc import Iterator

from toolkit.events.source import Source
from toolkit.fields.entries import UNKNOWN, indexed_texts
from toolkit.fields.event import Event
from toolkit.fields.gates import POD
from toolkit.fields.images import repository
from toolkit.fields.model import Field, Read, Value
from toolkit.fields.paths import find_all, parse_path

_SPEC = ("request", "object", "spec")
_UNGATED = "reads it of any object"
_ONE_BAD = "has no value at all where one container lacks an image; " + _UNGATED


def _repository(source: Source) -> str | None:
    image = source.scalar()
    return None if image is None else repository(image)


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

    def field(name: str, description: str, path: str, published: str = _UNGATED) -> Field:
        return indexed_texts(
            f"kar.req.pod.{containers}.{name}",
            f"{description} of {whose}.",
            f"request.object.spec.{containers}[].{path}",
            *([f"request.object.spec.{path}"] if name.startswith("eff_") else []),
            gate=POD,
            words=_repository if name == "image.repository" else Source.scalar,
            read=_effective(containers, path.split(".")) if name.startswith("eff_") else None,
            published=published if is_published else UNKNOWN,
        )

    wrong_id = "is 0 for every container, and has no value with an index"
    port = "gives the container port where there is no host port, of any object"
    yield field("image", "Images, as written,", "image", _ONE_BAD)
    yield field(
        "image.repository",
        "Images without tag and digest",
        "image",
        "ends the repository at the first colon; " + _ONE_BAD,
    )
    yield field("host_port", "Host ports", "ports[].hostPort", port)
    yield field("privileged", "The flag privileged, where it is set,", "securityContext.privileged")
    yield field(
        "allow_privilege_escalation",
        "The flag allowPrivilegeEscalation, where it is set,",
        "securityContext.allowPrivilegeEscalation",
    )
    yield field(
        "read_only_fs",
        "The flag readOnlyRootFilesystem, where it is set (who lacks it is skipped),",
        "securityContext.readOnlyRootFilesystem",
    )
    yield field("run_as_user", "User ids, where they are set,", "securityContext.runAsUser")
    yield field("eff_run_as_user", "User ids (else the pod's, else 0)", "securityContext.runAsUser", wrong_id)
    yield field("run_as_group", "Group ids, where they are set,", "securityContext.runAsGroup")
    yield field("eff_run_as_group", "Group ids (else the pod's, else 0)", "securityContext.runAsGroup", wrong_id)
    yield field("proc_mount", "Kinds of /proc mount, where they are set,", "securityContext.procMount")
    yield field(
        "add_capabilities",
        "Added capabilities",
        "securityContext.capabilities.add[]",
        "gives one JSON array per container, so that no single capability can be compared, of any object",
    )


FIELDS = (
    *_family("containers", "containers", is_published=True),
    *_family("initContainers", "init containers", is_published=False),
    *_family("ephemeralContainers", "ephemeral containers (kubectl debug)", is_published=False),
)
