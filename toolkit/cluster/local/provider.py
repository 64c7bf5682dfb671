"""The provider `local`: a control plane of three processes and the toolkit's own recorder, all on loopback."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from toolkit import __version__
from toolkit.cluster.client import ApiClient
from toolkit.cluster.folders import clusters_folder
from toolkit.cluster.local.control_plane import ControlPlane, Starter
from toolkit.cluster.local.ports import LOOPBACK
from toolkit.cluster.local.programs import find_programs
from toolkit.cluster.recorder import webhooks
from toolkit.cluster.recorder.sentinel import await_recording
from toolkit.cluster.recorder.tail import LineTail
from toolkit.cluster.supervised import Supervised
from toolkit.errors import ExitCode, ToolkitError
from toolkit.webhook.recorder import PATH, PATIENT, Recorder, RecorderSettings
from toolkit.webhook.server import Certificate

WEBHOOK_TIMEOUT = 30
"""Seconds that the API server waits for the recorder before it refuses the request."""
_NEVER_FULL = 1024 * 1024
_NEWS_WITHIN = 0.5
_WEBHOOK = "toolkit-recorder"


class LocalCluster:
    """A running local control plane with its recorder."""

    provider = "local"
    recorder = f"toolkit {__version__}"
    sentinel_namespace = "default"

    def __init__(self, supervised: Supervised, version: str, plane: ControlPlane, recorder: Recorder) -> None:
        self.folder = supervised.folder
        self.kubernetes_version = version
        self._supervised = supervised
        self.kubeconfig = plane.kubeconfig
        self._client = plane.client
        self._recorder = recorder
        self._tail = LineTail(recorder.file.path)

    @property
    def log_paths(self) -> list[Path]:
        """The recorder's files, oldest first."""
        return self._recorder.file.files()

    def client(self) -> ApiClient:
        """Return the client of kubernetes-admin, the same each time."""
        return self._client

    def recorder_lines(self) -> list[bytes]:
        """Return every line recorded so far, in the order written, without line ends."""
        return self._tail.lines()

    def check(self) -> None:
        """Raise ToolkitError (exit 4), with the end of its output, when a program of the control plane ended."""
        self._supervised.check()

    def recorder_count(self) -> int:
        """Return how many valid requests the recorder has counted since it began."""
        return self._recorder.counts.valid_requests

    def stop_recording(self) -> None:
        """Have the API server call the recorder no more. Raises ToolkitError (exit 4)."""
        webhooks.unregister(self._client, _WEBHOOK)


class LocalProvider:
    """Starts local control planes of one Kubernetes minor version; several may run at once under different names."""

    def __init__(self, kubernetes: str, name: str | None = None) -> None:
        self._minor = kubernetes
        self._name = name

    @contextmanager
    def start(self) -> Iterator[LocalCluster]:
        """Start a control plane and its recorder; both are gone when the context ends, or this process.

        Raises ToolkitError (exit 4) when programs are missing, fail or do not get ready.
        """
        programs = find_programs(self._minor)
        name = self._name or f"run-{secrets.token_hex(6)}"
        with ExitStack() as resources:
            supervised = resources.enter_context(Supervised(clusters_folder(), name))
            starter = Starter(programs, supervised, resources)
            plane = starter.start_api()
            recorder = resources.enter_context(_recorder(supervised.folder, plane))
            # The programs end before the recorder does: nothing waits for a webhook that is gone.
            resources.callback(supervised.close)
            cluster = LocalCluster(supervised, programs.version, plane, recorder)
            _register_webhook(plane, recorder)
            await_recording(cluster)
            # Only now, so that what controllers do when they begin is always recorded, not up to a race.
            starter.start_controllers(plane)
            with _told_by_its_cause(supervised):
                yield cluster


@contextmanager
def _told_by_its_cause(supervised: Supervised) -> Iterator[None]:
    """Turn "did not answer" into what really happened when a program of the control plane has ended."""
    try:
        yield
    except ToolkitError as error:
        if error.exit_code is ExitCode.ENVIRONMENT:
            supervised.check(_NEWS_WITHIN)
        raise


def _recorder(folder: Path, plane: ControlPlane) -> Recorder:
    pair = plane.authority.server("recorder", [LOOPBACK])
    return Recorder(
        RecorderSettings(
            certificate=Certificate(pair.certificate, pair.key),
            log_filename=folder / "recorder" / "kube-audit-rest.log",
            max_size=_NEVER_FULL,
            host=LOOPBACK,
            port=0,
            metrics_port=None,
            timeouts=PATIENT,
        )
    )


def _register_webhook(plane: ControlPlane, recorder: Recorder) -> None:
    webhook: dict[str, Any] = {
        "name": "recorder.toolkit.dev",
        "admissionReviewVersions": ["v1"],
        "sideEffects": "None",
        "failurePolicy": "Fail",
        "timeoutSeconds": WEBHOOK_TIMEOUT,
        "clientConfig": {
            "url": f"https://{LOOPBACK}:{recorder.port}{PATH}",
            "caBundle": base64.b64encode(plane.authority.pair.certificate.read_bytes()).decode(),
        },
        "rules": [{"apiGroups": ["*"], "apiVersions": ["*"], "operations": ["*"], "resources": ["*/*"], "scope": "*"}],
    }
    configuration = {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "ValidatingWebhookConfiguration",
        "metadata": {"name": _WEBHOOK},
        "webhooks": [webhook],
    }
    webhooks.register(plane.client, configuration)
