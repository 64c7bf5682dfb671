"""A recorder inside a cluster: namespace, certificate, Deployment and Service, put in and taken out."""

from __future__ import annotations

import base64
import re
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml

from toolkit.cluster.certificates import Authority
from toolkit.cluster.client import ApiClient, Response
from toolkit.cluster.recorder.part import RecorderPart
from toolkit.errors import environment
from toolkit.webhook.recorder import PATH

VERSION = "1.0.30"
"""The kube-audit-rest that is deployed where no other image is named."""
IMAGE = f"ghcr.io/richardoc/kube-audit-rest:{VERSION}-distroless"
NAME = "kube-audit-rest"
LOG_FILE = "kube-audit-rest.log"
READY_WITHIN = 180.0
"""Seconds that pulling the image and starting it may take."""
_GONE_WITHIN = 60.0
_COUNTER = re.compile(rb"^kube_audit_rest_valid_requests_processed_total (\S+)$", re.MULTILINE)
_STUCK = {"ErrImagePull", "ImagePullBackOff", "ErrImageNeverPull", "InvalidImageName", "CrashLoopBackOff"}


@dataclass(frozen=True, slots=True)
class DeploymentSettings:
    """How the recorder is deployed.

    `to_std_log`: events go to the container's log instead of a file; `max_size` is the largest file in MiB;
    `labels` are put on all that is made.
    """

    image: str = IMAGE
    namespace: str = NAME
    to_std_log: bool = False
    max_size: int = 500
    labels: Mapping[str, str] = field(default_factory=dict)

    @property
    def arguments(self) -> list[str]:
        """What the recorder is started with; no log file is ever thrown away."""
        log = ["--audit-to-std-log"] if self.to_std_log else [f"--logger-filename=/tmp/{LOG_FILE}"]
        return [*log, f"--logger-max-size={self.max_size}", "--logger-max-backups=0"]


@dataclass(frozen=True, slots=True)
class RecorderPod:
    """The one pod that records, and the id of the container in it that was ready first."""

    name: str
    uid: str
    node: str
    container: str


class RecorderDeployment:
    """Puts a recorder into a cluster and takes it out; `folder` gets the certificates that are made for it."""

    def __init__(self, client: ApiClient, settings: DeploymentSettings, folder: Path) -> None:
        self._client = client
        self._folder = folder
        self.settings = settings
        self._bundle = ""
        self._namespace_path = f"/api/v1/namespaces/{settings.namespace}"

    @property
    def recorder(self) -> str:
        """What records, with its version, as manifests of datasets say it."""
        return f"kube-audit-rest {VERSION}" if self.settings.image == IMAGE else f"image {self.settings.image}"

    def deploy(self) -> RecorderPod:
        """Put the recorder in and return its pod once it is ready; nothing calls it before a webhook names it.

        What an earlier run left of it is removed first. Raises ToolkitError (exit 4) with what holds it up.
        """
        self.remove()
        self._await_gone()
        authority = Authority.create(self._folder, NAME)
        host = f"{NAME}.{self.settings.namespace}.svc"
        pair = authority.server("tls", [host, f"{host}.cluster.local"])
        self._bundle = _base64(authority.pair.certificate)
        for manifest in self._manifests({"tls.crt": _base64(pair.certificate), "tls.key": _base64(pair.key)}):
            self._create(manifest)
        return self._await_ready()

    @property
    def client_config(self) -> dict[str, Any]:
        """How a webhook configuration names the recorder; known once it is deployed."""
        service = {"name": NAME, "namespace": self.settings.namespace, "path": PATH, "port": 443}
        return {"service": service, "caBundle": self._bundle}

    def count(self, pod: RecorderPod) -> int:
        """Return how many valid requests the recorder has counted. Raises ToolkitError (exit 4) when it does not say.

        Asked through the API server's proxy; being about the recorder's own namespace, that leaves no event.
        """
        answer = self._client.request("GET", f"{self._namespace_path}/pods/{pod.name}:55555/proxy/metrics")
        found = _COUNTER.search(answer.body)
        if answer.status != 200 or not found:
            raise environment(f"the recorder's metrics cannot be read: {answer.status} {answer.message}")
        return int(float(found[1]))

    def require_running(self, pod: RecorderPod) -> None:
        """Raise ToolkitError (exit 4) when the API server knows that the pod is leaving or its container has ended.

        It knows late. Seen on kind: a container that was killed goes on as running for a second; then it is
        `terminated` with `restartCount` 0 for half a second, in which the next one serves already. What dies
        unnoticed here has counted less than its log has lines, which captures compare after it.
        """
        answer = self._client.request("GET", f"{self._namespace_path}/pods/{pod.name}")
        if answer.status not in {200, 404}:
            raise environment(f"the recorder's pod cannot be looked at: {answer.status} {answer.message}")
        if answer.status == 404 or not _is_still(pod, answer.json()):
            raise environment("the recorder ended by itself or was started anew: events are lost")

    def part(self, pod: RecorderPod, lines: Callable[[], list[bytes]], log_path: Path) -> RecorderPart:
        """Return a deployed recorder as clusters know it; `lines` reads its log, which is at `log_path`."""
        return RecorderPart(
            name=self.recorder,
            client_config=self.client_config,
            namespace=self.settings.namespace,
            lines=lines,
            count=lambda: self.count(pod),
            check=lambda: self.require_running(pod),
            log_path=log_path,
        )

    def remove(self) -> None:
        """Take the recorder out; its webhooks must be gone before. Raises ToolkitError (exit 4) when it cannot."""
        answer = self._client.request("DELETE", self._namespace_path)
        if answer.status not in {200, 202, 404, 409}:
            raise environment(f"the recorder's namespace could not be removed: {answer.status} {answer.message}")

    def _manifests(self, secret: Mapping[str, str]) -> Iterator[dict[str, Any]]:
        text = (files("toolkit.cluster") / "manifests" / "recorder.yaml").read_text("utf-8")
        for manifest in yaml.safe_load_all(text):
            metadata = manifest["metadata"]
            metadata["labels"] = {"app": NAME, **self.settings.labels}
            if manifest["kind"] == "Namespace":
                metadata["name"] = self.settings.namespace
            else:
                metadata["namespace"] = self.settings.namespace
            if manifest["kind"] == "Secret":
                manifest["data"] = dict(secret)
            if manifest["kind"] == "Deployment":
                template = manifest["spec"]["template"]
                template["metadata"]["labels"] |= self.settings.labels
                container = template["spec"]["containers"][0]
                container["image"], container["args"] = self.settings.image, self.settings.arguments
            yield manifest

    def _create(self, manifest: dict[str, Any]) -> None:
        kind = manifest["kind"]
        path = {
            "Namespace": "/api/v1/namespaces",
            "Secret": f"{self._namespace_path}/secrets",
            "Service": f"{self._namespace_path}/services",
            "Deployment": f"/apis/apps/v1/namespaces/{self.settings.namespace}/deployments",
        }[kind]
        answer = self._client.request("POST", path, body=manifest)
        if answer.status != 201:
            raise environment(f"the recorder's {kind} could not be made: {answer.status} {answer.message}")

    def _await_ready(self) -> RecorderPod:
        deadline = time.monotonic() + READY_WITHIN
        reason = "no pod was made for it"
        while time.monotonic() < deadline:
            for pod in self._pods().json().get("items", []):
                if _is_ready(pod):
                    return _ready(pod)
                reason, is_stuck = _holdup(pod)
                if is_stuck:
                    raise self._not_ready(reason)
            time.sleep(0.2)
        raise self._not_ready(f"{reason} within {READY_WITHIN:.0f} s")

    def _not_ready(self, reason: str) -> Exception:
        return environment(
            f"the recorder (image {self.settings.image}) does not start: {reason}",
            hint="--recorder-image names another image, --load-image loads one that Docker has into a kind cluster, "
            "--recorder toolkit needs none",
        )

    def _pods(self) -> Response:
        return self._client.request("GET", f"{self._namespace_path}/pods", query={"labelSelector": f"app={NAME}"})

    def _await_gone(self) -> None:
        deadline = time.monotonic() + _GONE_WITHIN
        while self._client.request("GET", self._namespace_path).status != 404:
            if time.monotonic() > deadline:
                raise environment(f"the namespace {self.settings.namespace} of an earlier run does not go away")
            time.sleep(0.2)


def _is_ready(pod: Mapping[str, Any]) -> bool:
    conditions = pod["status"].get("conditions", [])
    is_ready = any(each["type"] == "Ready" and each["status"] == "True" for each in conditions)
    return is_ready and "deletionTimestamp" not in pod["metadata"]


def _ready(pod: Mapping[str, Any]) -> RecorderPod:
    metadata = pod["metadata"]
    container = next(each["containerID"] for each in pod["status"]["containerStatuses"] if each["name"] == NAME)
    return RecorderPod(metadata["name"], metadata["uid"], pod["spec"]["nodeName"], container)


def _is_still(known: RecorderPod, pod: Mapping[str, Any]) -> bool:
    """Say whether a pod is the known one, stays, and has the same container running in it."""
    statuses = pod["status"].get("containerStatuses", [])
    runs = any(each.get("containerID") == known.container and "running" in each["state"] for each in statuses)
    return runs and pod["metadata"]["uid"] == known.uid and "deletionTimestamp" not in pod["metadata"]


def _holdup(pod: Mapping[str, Any]) -> tuple[str, bool]:
    """Return why a pod is not ready, and whether waiting is of no use."""
    for status in pod["status"].get("containerStatuses", []):
        waiting = status["state"].get("waiting")
        if waiting:
            words = ": ".join(filter(None, (waiting.get("reason"), waiting.get("message"))))
            return words, waiting.get("reason") in _STUCK
    for condition in pod["status"].get("conditions", []):
        if condition["type"] == "PodScheduled" and condition["status"] == "False":
            return f"it is not scheduled: {condition.get('message')}", False
    return f"its pod is {pod['status'].get('phase')}", False


def _base64(path: Path) -> str:
    return base64.b64encode(path.read_bytes()).decode()
