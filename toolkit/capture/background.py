"""The cluster's own noise: of each distinct shape one line, in a form that tells nothing of the machine."""

from __future__ import annotations

import re
from collections.abc import Iterable

from toolkit.capture import madeup
from toolkit.capture.canonical import Canonical
from toolkit.capture.rawjson import RawJson, at, dump, objects, parse, quoted, text_of
from toolkit.capture.recorded import Recorded, read_recorded
from toolkit.capture.standins import Numbering

NAME = "background"
Shape = tuple[str, ...]
"""(user, operation, group, resource, subresource, class of namespace)."""

_NAMED_NAMESPACES = {"", "default", "kube-system", "kube-public", "kube-node-lease"}
_HOST = "host"
"""What stands for the name of a node."""
_MACHINE = re.compile(
    rb"(?P<server>\bapiserver-[a-z0-9]{26}(?![a-z0-9]))|(?P<port>\"port\":(?:3[2-9]|[456]\d)\d{3}\b)"
    rb"|(?P<address>(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?::\d{2,5})?(?![\d.]))"
    rb"|(?P<node>(?<=\"providerID\":\")[^\"]+)|(?P<container>(?<=containerd://)[0-9a-f]{64})"
    rb"|(?P<digest>(?<=sha256:)[0-9a-f]{64})"
)
_MACHINE_STAND_INS = {
    "server": b"apiserver-canonicalcanonicalcanonica",
    "port": b'"port":6443',
    "address": b"192.0.2.1",
    "node": b"kind://engine/cluster/" + _HOST.encode(),
    "container": b"0" * 64,
    "digest": b"0" * 64,
}
_NODE_MEMBERS: dict[str, RawJson] = {
    "capacity": {'"cpu"': '"1"'},
    "allocatable": {'"cpu"': '"1"'},
    "images": [],
    "nodeInfo": {'"architecture"': '"canonical"'},
}
"""What a node says of its machine, and what stands there instead."""


def shape_of(line: Recorded, own_namespaces: frozenset[str] = frozenset()) -> Shape:
    """Return a line's shape; the namespaces of scenarios are one class, others made by steps another."""
    if line.namespace in _NAMED_NAMESPACES:
        namespace = line.namespace
    else:
        namespace = "a scenario's" if line.namespace in own_namespaces or line.namespace == "scenario" else "other"
    user = re.sub(madeup.UUID, "UUID", line.user)
    return (user, line.operation, line.group, line.resource, line.subresource, namespace)


def background_lines(lines: Iterable[Recorded], own_namespaces: frozenset[str]) -> list[bytes]:
    """Return one canonical line a shape, in the order of the shapes; of several the first in canonical order.

    What a namespace of a scenario is called does not matter: all become `scenario`, others `other`.
    """
    shapes: dict[Shape, list[Recorded]] = {}
    for line in lines:
        shapes.setdefault(shape_of(line, own_namespaces), []).append(line)
    hosts = _host_names(line for found in shapes.values() for line in found)
    return [min(_canonical(line, shape, hosts) for line in shapes[shape]) for shape in sorted(shapes)]


def by_shape(lines: Iterable[bytes]) -> dict[Shape, bytes]:
    """Return a background file's lines by their shapes."""
    return {shape_of(read_recorded(number, raw)): raw for number, raw in enumerate(lines)}


def describe(shape: Shape) -> str:
    """Return a shape in words."""
    user, operation, group, resource, subresource, namespace = shape
    what = "/".join(filter(None, (resource, subresource))) + (f" ({group})" if group else "")
    return f"{operation} {what} by {user}" + (f" in {namespace} namespace" if namespace else "")


def _canonical(line: Recorded, shape: Shape, hosts: frozenset[str]) -> bytes:
    raw = line.raw
    namespace = shape[-1]
    if namespace in {"a scenario's", "other"}:
        stand_in = b"scenario" if namespace == "a scenario's" else b"other"
        raw = re.sub(rb"(?<![\w-])" + re.escape(line.namespace.encode()) + rb"(?![\w-])", stand_in, raw)
    for host in hosts:
        raw = re.sub(rb"(?<![A-Za-z0-9.])" + re.escape(host.encode()) + rb"(?![A-Za-z0-9-])", _HOST.encode(), raw)
    raw = _MACHINE.sub(lambda match: _MACHINE_STAND_INS[match.lastgroup or ""], _without_node_facts(raw))
    canonical = Canonical(Numbering(NAME), given=_HOST)
    canonical.enter(" ".join(shape), 0)
    return canonical.line(raw)


def _without_node_facts(raw: bytes) -> bytes:
    if b'"nodeInfo"' not in raw:
        return raw
    document = parse(raw.decode("utf-8", "surrogateescape"))
    for found in objects(document):
        if '"nodeInfo"' in found:
            found |= {quoted(name): value for name, value in _NODE_MEMBERS.items() if quoted(name) in found}
    return dump(document).encode("utf-8", "surrogateescape")


def _host_names(lines: Iterable[Recorded]) -> frozenset[str]:
    names: set[str] = set()
    for line in lines:
        if b"kubernetes.io/hostname" in line.raw:
            for found in objects(parse(line.raw.decode("utf-8", "surrogateescape"))):
                names.add(text_of(at(found, "kubernetes.io/hostname")) or "")
    return frozenset(names - {"", _HOST})
