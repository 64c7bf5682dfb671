"""What stands in a scenario for something else: a long text, or an image that a node has."""

from __future__ import annotations

from typing import Any

from toolkit.errors import Faults
from toolkit.located import Located
from toolkit.scenarios.format import NODE_IMAGE_NAME, REPEATED

REPEAT = "$repeat"
"""The key of a map `{$repeat: {text: …, times: …}}` that stands for a long text."""
NODE_IMAGE = "$nodeImage"
"""The key of a map `{$nodeImage: NAME}` that stands for the image of that name which the cluster's nodes have."""
MAX_REPEATED = 3 * 1024 * 1024
"""Bytes of the largest request that an API server takes."""


def node_image(name: str) -> str:
    """Return the reference that stands for a node's image: until it is asked for, and in datasets."""
    return f"node.image/{name}"


def plain_manifest(manifest: Located) -> dict[str, Any]:
    """Return a manifest as the API takes it, but for images of nodes, which only a cluster knows."""
    written = written_out(manifest.plain())
    assert isinstance(written, dict)
    return written


def written_out(value: Any) -> Any:
    """Return a value with texts in place of what stands for them."""
    if isinstance(value, list):
        return [written_out(element) for element in value]
    if not isinstance(value, dict):
        return value
    if set(value) == {REPEAT}:
        return value[REPEAT]["text"] * value[REPEAT]["times"]
    if set(value) == {NODE_IMAGE}:
        return node_image(value[NODE_IMAGE])
    return {name: written_out(member) for name, member in value.items()}


def node_images(value: Any) -> frozenset[str]:
    """Return the names of the nodes' images that stand in a value."""
    if isinstance(value, list):
        return frozenset[str]().union(*map(node_images, value))
    if not isinstance(value, dict):
        return frozenset()
    if set(value) == {NODE_IMAGE}:
        return frozenset({str(value[NODE_IMAGE])})
    return frozenset[str]().union(*map(node_images, value.values()))


def check_placeholders(value: Located, faults: Faults, *, has_nodes: bool) -> None:
    """Add a fault for each that is not of its form, or cannot be filled in; `has_nodes`: the step needs a kubelet."""
    for member in value.members():
        keys = set(member.value) if isinstance(member.value, dict) else set()
        if keys == {REPEAT}:
            _check_repeat(member, faults)
        elif keys == {NODE_IMAGE}:
            NODE_IMAGE_NAME.check(member.value[NODE_IMAGE], faults)
            if not has_nodes:
                hint = "say `needs: [kubelet]` in the scenario's spec"
                faults.add("only a cluster with nodes has images of nodes", member.place, hint=hint)
        else:
            check_placeholders(member, faults, has_nodes=has_nodes)


def _check_repeat(member: Located, faults: Faults) -> None:
    before = len(faults)
    REPEATED.check(member.value[REPEAT], faults)
    if len(faults) == before:
        text, times = (member.value[REPEAT].value[key].value for key in ("text", "times"))
        if len(text) * times > MAX_REPEATED:
            hint = f"the API server takes objects of at most {MAX_REPEATED} bytes"
            faults.add(f"a text of {len(text) * times} characters", member.place, hint=hint)
