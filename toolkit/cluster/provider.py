"""What every way of getting a cluster offers."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

from toolkit.cluster.client import ApiClient


class Cluster(Protocol):
    """A running cluster whose admission requests are recorded."""

    @property
    def provider(self) -> str:
        """The provider's name, such as `local`."""

    @property
    def kubernetes_version(self) -> str:
        """The API server's exact version, such as `1.37.2`."""

    @property
    def recorder(self) -> str:
        """What records and its version, such as `toolkit 0.1.0`."""

    @property
    def kubeconfig(self) -> Path:
        """A kubeconfig file of its own, by which kubernetes-admin reaches the cluster."""

    @property
    def log_paths(self) -> list[Path]:
        """The recorder's files, oldest first."""

    @property
    def sentinel_namespace(self) -> str:
        """The namespace in which sentinels are asked for; nothing is stored in it."""

    def client(self) -> ApiClient:
        """Return the client of kubernetes-admin, the same each time."""

    def recorder_lines(self) -> list[bytes]:
        """Return every line recorded so far, in the order written, without line ends."""

    def check(self) -> None:
        """Raise ToolkitError (exit 4) when a part of the cluster is known to have ended by itself."""

    def recorder_count(self) -> int:
        """Return how many valid requests the recorder has counted since it began."""

    def stop_recording(self) -> None:
        """Have the API server call the recorder no more, so that a dead one stands in nobody's way.

        Raises ToolkitError (exit 4) when the API server does not do it.
        """


class Provider(Protocol):
    """A way of getting a cluster."""

    def start(self) -> AbstractContextManager[Cluster]:
        """Start a cluster that is gone when the context ends. Raises ToolkitError (exit 4) when it cannot."""
