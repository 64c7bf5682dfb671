"""The `kar.req.pod.*` fields about the pod as a whole, and the deprecated ones about its first container."""

from __future__ import annotations

from toolkit.fields.entries import UNGATED, UNKNOWN, indexed_texts, text, texts
from toolkit.fields.event import Event
from toolkit.fields.gates import POD
from toolkit.fields.images import repository_words
from toolkit.fields.model import Argument, Field, Value
from toolkit.fields.paths import find_all, parse_path

_SPEC = "request.object.spec"
_SECURITY = f"{_SPEC}.securityContext"
_VOLUMES = (parse_path(f"{_SPEC}.volumes[]"),)
_HOST_PATHS = (parse_path(f"{_SPEC}.volumes[].hostPath.path"),)
_CONTAINERS = (parse_path(f"{_SPEC}.containers[]"),)
_PRIVILEGED = (parse_path(f"{_SPEC}.containers[].securityContext.privileged"),)


def _volume_types(event: Event, index: str | None) -> Value:
    volumes = find_all(_VOLUMES, event.source, index=None if index is None else int(index))
    return [name for volume in volumes for name in volume.names if name != "name"]


def _mounts_host_path(event: Event, key: str | None) -> Value:
    if not any(volume.is_object for volume in find_all(_VOLUMES, event.source)):
        return None
    wanted = key or ""
    paths = [path for source in find_all(_HOST_PATHS, event.source) if (path := source.scalar()) is not None]
    if wanted.endswith("*"):
        return str(any(path.startswith(wanted[:-1]) for path in paths)).lower()
    return str(wanted in paths).lower()


def _is_any_privileged(event: Event, _argument: str | None) -> Value:
    if not any(container.is_object for container in find_all(_CONTAINERS, event.source)):
        return None
    return str(any(source.text == b"true" for source in find_all(_PRIVILEGED, event.source))).lower()


def _flag(name: str, member: str, description: str) -> Field:
    return text(name, description, f"{_SPEC}.{member}", gate=POD, published=UNGATED)


FIELDS = (
    _flag(
        "kar.req.pod.host_ipc", "hostIPC", "true where a pod shares the host's IPC; the API server leaves false out."
    ),
    _flag(
        "kar.req.pod.host_network",
        "hostNetwork",
        "true where a pod uses the host's network; the API server leaves false out.",
    ),
    text(
        "kar.req.container.host_network",
        "Deprecated: the same as kar.req.pod.host_network.",
        f"{_SPEC}.hostNetwork",
        gate=POD,
        published=UNKNOWN,
    ),
    _flag("kar.req.pod.host_pid", "hostPID", "true where a pod sees the host's processes; false is left out."),
    _flag("kar.req.pod.run_as_user", "securityContext.runAsUser", "User id of a pod's security context."),
    _flag("kar.req.pod.run_as_group", "securityContext.runAsGroup", "Group id of a pod's security context."),
    _flag("kar.req.pod.fs_group", "securityContext.fsGroup", "Group id that owns a pod's volumes."),
    texts(
        "kar.req.pod.supplemental_groups",
        "Further group ids of a pod's security context.",
        f"{_SECURITY}.supplementalGroups[]",
        gate=POD,
        published=UNGATED,
    ),
    indexed_texts(
        "kar.req.pod.volumes.hostpath",
        "Paths of the host that volumes mount, as written: /etc/ is not /etc.",
        f"{_SPEC}.volumes[].hostPath.path",
        gate=POD,
        published=UNGATED,
    ),
    Field(
        "kar.req.volume.hostpath",
        "Deprecated: true where a volume mounts this path of the host (a key ending in * is a prefix), else false.",
        _mounts_host_path,
        argument=Argument.KEY,
        argument_required=True,
        refuses_empty_key=True,
        gate=POD,
        paths=(f"{_SPEC}.volumes[].hostPath.path",),
        published=UNKNOWN,
    ),
    indexed_texts(
        "kar.req.pod.volumes.flexvolume_driver",
        "Drivers of flex volumes.",
        f"{_SPEC}.volumes[].flexVolume.driver",
        gate=POD,
        published=UNGATED,
    ),
    indexed_texts(
        "kar.req.pod.volumes.volume_type",
        "Types of volumes: hostPath, configMap, projected (nearly every pod has a projected one).",
        f"{_SPEC}.volumes[]",
        gate=POD,
        read=_volume_types,
        published=f"{UNGATED}, and ends Falco where object or spec is an array with an element without volumes",
    ),
    text(
        "kar.req.container.image",
        "Deprecated: image of the first container.",
        f"{_SPEC}.containers[0].image",
        gate=POD,
        published=UNKNOWN,
    ),
    text(
        "kar.req.container.image.repository",
        "Deprecated: repository of the first container's image.",
        f"{_SPEC}.containers[0].image",
        gate=POD,
        words=repository_words,
        published=UNKNOWN,
    ),
    Field(
        "kar.req.container.privileged",
        "Deprecated: true where a container is privileged, else false.",
        _is_any_privileged,
        gate=POD,
        paths=(f"{_SPEC}.containers[].securityContext.privileged",),
        published=UNKNOWN,
    ),
)
