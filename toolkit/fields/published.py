"""The 44 fields of the published Go plugin, each with the way it is read there; no other `kar.*` field is known."""

from __future__ import annotations

from dataclasses import replace

from toolkit.fields.model import Family, Field, Read
from toolkit.fields.published_reading import (
    effective,
    every,
    host_ports,
    images,
    in_rules,
    repositories,
    volume_types,
    whole,
    whole_list,
)

_CONTAINERS = ("request", "object", "spec", "containers")
_SECURITY = (*_CONTAINERS, "securityContext")
_POD_SECURITY = ("request", "object", "spec", "securityContext")
_VOLUMES = ("request", "object", "spec", "volumes")

_READS: dict[str, Read] = {
    "kar.uid": whole("request", "uid"),
    "kar.timestamp": whole("requestReceivedTimestamp"),
    "kar.user.name": whole("request", "userInfo", "username"),
    "kar.user.groups": whole_list("request", "userInfo", "groups"),
    "kar.verb": whole("request", "operation"),
    "kar.target.name": whole("request", "name"),
    "kar.target.namespace": whole("request", "namespace"),
    "kar.target.resource": whole("request", "resource", "resource"),
    "kar.target.subresource": whole("request", "subResource"),
    "kar.req.binding.subjects": whole_list("request", "object", "subjects"),
    "kar.req.binding.role": whole("request", "object", "roleRef", "name"),
    "kar.req.configmap.name": whole("request", "name"),
    "kar.req.configmap.data": whole("request", "object", "binaryData"),
    "kar.req.configmap.binary_data": whole("request", "object", "data"),
    "kar.req.role.rules": whole_list("request", "object", "rules"),
    "kar.req.role.rules.apiGroups": in_rules("apiGroups"),
    "kar.req.role.rules.nonResourceURLs": in_rules("nonResourceURLs"),
    "kar.req.role.rules.verbs": in_rules("verbs"),
    "kar.req.role.rules.resources": in_rules("resources"),
    "kar.req.service.type": whole("request", "object", "spec", "type"),
    "kar.req.service.ports": every("request", "object", "spec", "ports"),
    "kar.req.exec.command": whole_list("request", "object", "command"),
    "kar.req.pod.host_ipc": whole("request", "object", "spec", "hostIPC"),
    "kar.req.pod.host_network": whole("request", "object", "spec", "hostNetwork"),
    "kar.req.pod.host_pid": whole("request", "object", "spec", "hostPID"),
    "kar.req.pod.run_as_user": whole(*_POD_SECURITY, "runAsUser"),
    "kar.req.pod.run_as_group": whole(*_POD_SECURITY, "runAsGroup"),
    "kar.req.pod.fs_group": whole(*_POD_SECURITY, "fsGroup"),
    "kar.req.pod.supplemental_groups": whole_list(*_POD_SECURITY, "supplementalGroups"),
    "kar.req.pod.volumes.hostpath": every(*_VOLUMES, "hostPath", "path"),
    "kar.req.pod.volumes.flexvolume_driver": every(*_VOLUMES, "flexVolume", "driver"),
    "kar.req.pod.volumes.volume_type": volume_types,
    "kar.req.pod.containers.image": images,
    "kar.req.pod.containers.image.repository": repositories,
    "kar.req.pod.containers.host_port": host_ports,
    "kar.req.pod.containers.privileged": every(*_SECURITY, "privileged"),
    "kar.req.pod.containers.allow_privilege_escalation": every(*_SECURITY, "allowPrivilegeEscalation"),
    "kar.req.pod.containers.read_only_fs": every(*_SECURITY, "readOnlyRootFilesystem"),
    "kar.req.pod.containers.run_as_user": every(*_SECURITY, "runAsUser"),
    "kar.req.pod.containers.eff_run_as_user": effective("runAsUser"),
    "kar.req.pod.containers.run_as_group": every(*_SECURITY, "runAsGroup"),
    "kar.req.pod.containers.eff_run_as_group": effective("runAsGroup"),
    "kar.req.pod.containers.proc_mount": every(*_SECURITY, "procMount"),
    "kar.req.pod.containers.add_capabilities": every(*_SECURITY, "capabilities", "add"),
}


def as_published(field: Field) -> Field | None:
    """Return the field as the published plugin has it, or None where it has no such field."""
    if field.family is not Family.KAR:
        return field
    read = _READS.get(field.name)
    return replace(field, read=read, gate=None, paths=()) if read else None
