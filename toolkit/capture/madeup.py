"""Recognises in a recorded line what the cluster made up: what differs from one capture to the next."""

from __future__ import annotations

import re
from collections.abc import Iterator

from toolkit.capture.rawjson import RawJson, at, text_of
from toolkit.capture.recorded import TAG
from toolkit.capture.standins import SUFFIX
from toolkit.cluster.existing.ownership import MANAGED_BY, RUN

UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)"
_PEM = r"(?:-----BEGIN CERTIFICATE-----(?:\\n|[A-Za-z0-9+/=])+-----END CERTIFICATE-----(?:\\n)?)+"
_PEM_BASE64 = r"LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0t[A-Za-z0-9+/]+={0,2}"

ANYWHERE = re.compile(
    rf"(?P<uid>{UUID})|(?P<time>{_TIME})|(?P<pem>{_PEM})|(?P<pem64>{_PEM_BASE64})"
    rf"|(?P<volume>\bkube-api-access-{SUFFIX}\b)|(?<=X509SHA256=)(?P<certificate>[0-9a-f]{{64}})"
    r"|(?<=\.)(?P<event>[0-9a-f]{16})\b"
)
"""What shows by its own look, wherever it stands in the source of a key or text; the group's name is its kind."""


def generated_name(found: dict[str, RawJson]) -> tuple[str, str] | None:
    """Return (prefix, name) of an object's metadata when the API server made the name of a prefix."""
    prefix, name = text_of(found.get('"generateName"')), text_of(found.get('"name"'))
    if prefix and name and re.fullmatch(re.escape(prefix) + SUFFIX, name):
        return prefix, name
    return None


def resource_version(found: dict[str, RawJson]) -> str | None:
    """Return an object's `resourceVersion`, unless there is none or it is `0`."""
    version = text_of(found.get('"resourceVersion"'))
    return version if version and version.isdigit() and version != "0" else None


def cluster_ips(found: dict[str, RawJson]) -> Iterator[str]:
    """Yield the addresses of a service's spec or of an IPAddress, repeated as they are."""
    single, several = found.get('"clusterIP"'), found.get('"clusterIPs"')
    named = at(found, "metadata", "name") if text_of(found.get('"kind"')) == "IPAddress" else None
    for value in [single, named, *(several if isinstance(several, list) else [])]:
        address = text_of(value)
        if address and address != "None":
            yield address


def pod_ips(found: dict[str, RawJson]) -> Iterator[str]:
    """Yield the addresses in a pod's status: its own, then its node's."""
    for single, several in (('"podIP"', '"podIPs"'), ('"hostIP"', '"hostIPs"')):
        others = found.get(several)
        for value in [found.get(single), *(at(each, "ip") for each in (others if isinstance(others, list) else []))]:
            if address := text_of(value):
                yield address


def container_digests(found: dict[str, RawJson]) -> Iterator[str]:
    """Yield the hexadecimal numbers by which a container's status names the container and its image."""
    for key in ('"containerID"', '"imageID"'):
        if digest := re.search(r"[0-9a-f]{64}$", text_of(found.get(key)) or ""):
            yield digest[0]


def node_name(found: dict[str, RawJson]) -> str | None:
    """Return the node that a pod was put on, in its spec or by a binding."""
    target = found.get('"target"')
    is_node = text_of(at(target, "kind")) == "Node"
    return text_of(at(target, "name")) if is_node else text_of(found.get('"nodeName"'))


def node_ports(found: dict[str, RawJson]) -> Iterator[tuple[str, str]]:
    """Yield (member's source, port) of the node ports of a service or of one of its ports."""
    for key in ('"nodePort"', '"healthCheckNodePort"'):
        port = found.get(key)
        if isinstance(port, str) and port.isdigit() and port != "0":
            yield key, port


def secret_data(document: RawJson) -> Iterator[dict[str, RawJson]]:
    """Yield the `data` of the secrets that a review is about."""
    for key in ("object", "oldObject"):
        secret = at(document, "request", key)
        if text_of(at(secret, "kind")) == "Secret" and isinstance(data := at(secret, "data"), dict):
            yield data


def remove_tag(document: RawJson) -> None:
    """Take out the extra by which a request named its step, and `extra` when nothing else is in it."""
    user = at(document, "request", "userInfo")
    extra = at(user, "extra")
    if isinstance(extra, dict) and isinstance(user, dict) and f'"{TAG}"' in extra:
        del extra[f'"{TAG}"']
        if not extra:
            del user['"extra"']


def remove_own_labels(document: RawJson) -> None:
    """Take out the labels by which the toolkit knows what it made in a cluster of others, and who is said to own them.

    What held nothing else goes too: without them it would not have been there.
    """
    for key in ("object", "oldObject"):
        metadata = at(document, "request", key, "metadata")
        labels = at(metadata, "labels")
        if isinstance(metadata, dict) and isinstance(labels, dict) and f'"{RUN}"' in labels:
            _drop(labels, f'"{MANAGED_BY}"', f'"{RUN}"')
            _drop_empty(metadata, '"labels"')
            managers = _elements(at(metadata, "managedFields"))
            for entry in managers:
                _disown(at(entry, "fieldsV1"))
            managers[:] = [entry for entry in managers if at(entry, "fieldsV1") != {}]


def _disown(fields: RawJson | None) -> None:
    metadata = at(fields, "f:metadata")
    labels = at(metadata, "f:labels")
    if isinstance(fields, dict) and isinstance(metadata, dict) and isinstance(labels, dict):
        _drop(labels, f'"f:{MANAGED_BY}"', f'"f:{RUN}"')
        if set(labels) == {'"."'}:
            labels.clear()
        _drop_empty(metadata, '"f:labels"')
        _drop_empty(fields, '"f:metadata"')


def _drop(found: dict[str, RawJson], *keys: str) -> None:
    for key in keys:
        found.pop(key, None)


def _drop_empty(found: dict[str, RawJson], key: str) -> None:
    if found.get(key) == {}:
        del found[key]


def _elements(found: RawJson | None) -> list[RawJson]:
    return found if isinstance(found, list) else []


def sort_managed_fields(found: dict[str, RawJson]) -> None:
    """Order the entries of `managedFields` as the API server does when their times are equal."""
    entries = found.get('"managedFields"')
    if isinstance(entries, list):
        keys = ("operation", "manager", "apiVersion", "subresource")
        entries.sort(key=lambda entry: [text_of(at(entry, key)) or "" for key in keys])
