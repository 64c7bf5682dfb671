"""A kind cluster that records: what captures ask of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from toolkit.cluster.client import ApiClient
from toolkit.cluster.recorder import webhooks
from toolkit.cluster.recorder.part import RecordedCluster, RecorderPart
from toolkit.cluster.recorder.sentinel import await_recording
from toolkit.cluster.supervised import Supervised
from toolkit.errors import ToolkitError

WEBHOOK = "toolkit-recorder"
"""The name of the webhook configuration in clusters of the toolkit's own."""


class KindCluster(RecordedCluster):
    """A running kind cluster with its recorder."""

    provider = "kind"
    sentinel_namespace = "default"

    def __init__(self, client: ApiClient, kubeconfig: Path, supervised: Supervised, recorder: RecorderPart) -> None:
        super().__init__(client, recorder)
        self.kubeconfig = kubeconfig
        self.folder = supervised.folder
        self.kubernetes_version: str = client.request("GET", "/version").json()["gitVersion"].removeprefix("v")
        self._supervised = supervised

    def check(self) -> None:
        """Raise ToolkitError (exit 4) when the recorder ended by itself or was started anew."""
        self._supervised.check()
        self._recorder.check()

    def stop_recording(self) -> None:
        """Have the API server call the recorder no more. Raises ToolkitError (exit 4)."""
        webhooks.unregister(self._client, WEBHOOK)

    @contextmanager
    def recording(self) -> Iterator[None]:
        """Record while the context lasts; requests fail without the recorder only while it is known to record.

        Raises ToolkitError (exit 4) when no request is recorded in time.
        """
        webhooks.unregister(self._client, WEBHOOK)
        wanted = webhooks.configuration(
            WEBHOOK,
            self._recorder.client_config,
            own_namespace=self._recorder.namespace,
            failure_policy="Ignore",
            labels={},
        )
        webhooks.register(self._client, wanted)
        try:
            await_recording(self)
            webhooks.set_failure_policy(self._client, WEBHOOK, "Fail")
            await_recording(self)
            yield
        finally:
            with suppress(ToolkitError):  # what failed before is what is to be told
                self.stop_recording()
