"""A connection to a cluster of others; what it keeps on this machine is gone with it, also after `kill -9`."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from toolkit.cluster.client import ApiClient
from toolkit.cluster.existing.contexts import Context
from toolkit.cluster.existing.greeting import Greeting, greet
from toolkit.cluster.folders import clusters_folder
from toolkit.cluster.supervised import Supervised


@dataclass(frozen=True, slots=True)
class Connection:
    """A client of a context's server, what that said of itself, and a private folder that lasts as long."""

    context: Context
    client: ApiClient
    greeting: Greeting
    supervised: Supervised

    @property
    def folder(self) -> Path:
        """The private folder."""
        return self.supervised.folder

    def features(self) -> frozenset[str]:
        """Return what the cluster offers besides an API server: without a node that is ready, no pod ever runs."""
        answer = self.client.request("GET", "/api/v1/nodes")
        everything = frozenset({"controllers", "kubelet", "scheduler"})
        if answer.status != 200:
            return everything
        conditions = [c for node in answer.json()["items"] for c in node.get("status", {}).get("conditions") or ()]
        is_ready = any(c["type"] == "Ready" and c["status"] == "True" for c in conditions)
        return everything if is_ready else frozenset({"controllers"})


@contextmanager
def connected(context: Context) -> Iterator[Connection]:
    """Connect and ask the server who it is; nothing is changed.

    Raises ToolkitError (exit 4) when it does not answer. Keys that the kubeconfig holds are copied into the private
    folder only.
    """
    with Supervised(clusters_folder(), f"existing-{secrets.token_hex(6)}") as supervised:
        client = ApiClient(context.kubeconfig, context.name, supervised.folder / "credentials")
        with closing(client):
            yield Connection(context, client, greet(client, context.user), supervised)
