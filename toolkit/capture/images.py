"""The images that a cluster's nodes have already: what scenarios run where nothing is to be pulled."""

from __future__ import annotations

import re
from collections.abc import Iterable

from toolkit.cluster.client import ApiClient
from toolkit.errors import environment
from toolkit.scenarios.placeholders import node_image

_STAND_IN = re.compile(re.escape(node_image("").encode()) + rb"([\w.-]+)")


class NodeImages:
    """Fills in the references of nodes' images; `used` holds what stands for each that was filled in."""

    def __init__(self, client: ApiClient) -> None:
        self._client = client
        self._found: dict[str, str] | None = None
        self.used: dict[str, str] = {}

    def filled_in(self, body: bytes | None) -> bytes | None:
        """Return a request's body with real references. Raises ToolkitError (exit 4) when no node has such an image."""
        if body is None or not _STAND_IN.search(body):
            return body
        return _STAND_IN.sub(lambda match: self._reference(match[1].decode()).encode(), body)

    def _reference(self, name: str) -> str:
        if self._found is None:
            nodes = self._client.request("GET", "/api/v1/nodes").json()["items"]
            self._found = by_name(ref for node in nodes for image in node["status"]["images"] for ref in image["names"])
        if name not in self._found:
            there = ", ".join(sorted(self._found)) or "none at all"
            raise environment(f'no node has an image named "{name}"', hint=f"there are: {there}")
        reference = self._found[name]
        self.used[reference] = node_image(name)
        return reference


def by_name(references: Iterable[str]) -> dict[str, str]:
    """Return a reference by the last part of its repository's name: one with a tag, the first by its text."""
    found: dict[str, str] = {}
    for reference in sorted(references, key=lambda ref: ("@" in ref, ref)):
        name = re.split(r"[:@]", reference.rpartition("/")[2])[0]
        found.setdefault(name, reference)
    return found
