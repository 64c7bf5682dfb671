"""The examples: an API server takes their manifests, and what their containers run does what it should."""

from __future__ import annotations

import base64
import os
import shutil
import signal
import socket
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from posting import HOST, Caller, request, review
from running import SCRIPTS
from waiting import until

if TYPE_CHECKING:
    from toolkit.cluster.local.provider import LocalCluster

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
NAMES = {"admission-webhook": "k8sadmission", "kube-audit-rest": "kube-audit-rest"}
POD = review("any").replace(b'"username": "me"', b'"username": "admin"')


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tls")
    command = [str(EXAMPLES / "certificate.sh"), "k8sadmission", "k8sadmission", str(folder)]
    subprocess.run(command, check=True, capture_output=True)
    return folder


def manifests(example: str, certificates: Path) -> Iterator[dict[str, Any]]:
    bundle = base64.b64encode((certificates / "ca.crt").read_bytes()).decode()
    for file in sorted((EXAMPLES / example / "k8s").glob("*.yaml")):
        yield from yaml.safe_load_all(file.read_text("utf-8").replace("CA_BUNDLE", bundle))


def one(example: str, kind: str, certificates: Path) -> dict[str, Any]:
    return next(each for each in manifests(example, certificates) if each["kind"] == kind)


@pytest.mark.cluster
@pytest.mark.parametrize("example", NAMES)
def test_an_api_server_takes_every_manifest(control_plane: LocalCluster, certificates: Path, example: str) -> None:
    client, name = control_plane.client(), NAMES[example]
    made = client.request("POST", "/api/v1/namespaces", body=one(example, "Namespace", certificates))
    assert made.status == 201, made.message
    found = list(manifests(example, certificates))
    assert {each["kind"] for each in found} == {
        "Namespace", "ConfigMap", "Deployment", "Service", "ValidatingWebhookConfiguration"
    }  # fmt: skip
    for manifest in found:
        if manifest["kind"] != "Namespace":
            resource, is_namespaced = client.resource_for(manifest["apiVersion"], manifest["kind"])
            version = manifest["apiVersion"]
            root = f"/apis/{version}" if "/" in version else f"/api/{version}"
            place = f"{root}/namespaces/{name}/{resource}" if is_namespaced else f"{root}/{resource}"
            answer = client.request("POST", place, query={"dryRun": "All", "fieldValidation": "Strict"}, body=manifest)
            assert answer.status == 201, (manifest["kind"], answer.message)


@pytest.mark.cluster
@pytest.mark.parametrize("example", NAMES)
def test_a_pod_of_the_deployment_is_allowed_in_its_namespace(
    control_plane: LocalCluster, certificates: Path, example: str
) -> None:
    """The namespace enforces the restricted pod security standard."""
    client = control_plane.client()
    namespace = one(example, "Namespace", certificates)
    namespace["metadata"]["name"] += "-pods"
    assert client.request("POST", "/api/v1/namespaces", body=namespace).status == 201
    template = one(example, "Deployment", certificates)["spec"]["template"]
    pod = {"apiVersion": "v1", "kind": "Pod", **template}
    pod["metadata"] = {"name": "one", **template["metadata"]}
    place = f"/api/v1/namespaces/{namespace['metadata']['name']}/pods"
    answer = client.request("POST", place, query={"dryRun": "All"}, body=pod)
    assert answer.status == 201, answer.message


@pytest.mark.parametrize("example", NAMES)
def test_names_fit_together(certificates: Path, example: str) -> None:
    name = NAMES[example]
    pod = one(example, "Deployment", certificates)["spec"]["template"]
    service = one(example, "Service", certificates)["spec"]
    assert service["selector"].items() <= pod["metadata"]["labels"].items()
    named = {port["name"] for container in pod["spec"]["containers"] for port in container.get("ports", [])}
    assert {port["targetPort"] for port in service["ports"]} == named
    volumes = {volume["name"] for volume in pod["spec"]["volumes"]}
    mounted = {mount["name"] for container in pod["spec"]["containers"] for mount in container["volumeMounts"]}
    assert volumes == mounted
    (webhook,) = one(example, "ValidatingWebhookConfiguration", certificates)["webhooks"]
    called = webhook["clientConfig"]["service"]
    assert (called["name"], called["namespace"], called["path"]) == (name, name, "/log-request")
    assert 443 in [port["port"] for port in service["ports"]]
    assert name in (EXAMPLES / example / "run.sh").read_text("utf-8")


@contextmanager
def container(command: list[str], folder: Path) -> Iterator[subprocess.Popen[str]]:
    """Run a container's command here, as the first process of its group; its outputs go to files."""
    path = f"{SCRIPTS}{os.pathsep}{os.environ['PATH']}"
    with (folder / "out").open("w") as out, (folder / "err").open("w") as err:
        process = subprocess.Popen(
            command, stdout=out, stderr=err, text=True, env={**os.environ, "PATH": path}, start_new_session=True
        )
        try:
            yield process
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def write_config(example: str, certificates: Path, folder: Path, changes: dict[str, str]) -> None:
    for name, text in one(example, "ConfigMap", certificates)["data"].items():
        for old, new in changes.items():
            assert name != "falco.yaml" or old in text
            text = text.replace(old, new)
        (folder / name).write_text(text)


def free_port() -> int:
    with socket.create_server((HOST, 0)) as taken:
        return int(taken.getsockname()[1])


def test_the_webhooks_container_takes_reviews_by_the_name_of_its_service(certificates: Path, tmp_path: Path) -> None:
    port, pages = free_port(), free_port()
    changes = {":8443/": f":{port}/", "listen_port: 8765": f"listen_port: {pages}", "/etc/tls": str(certificates)}
    write_config("admission-webhook", certificates, tmp_path, changes)
    pod = one("admission-webhook", "Deployment", certificates)["spec"]["template"]["spec"]
    command = [word.replace("/etc/falco", str(tmp_path)) for word in pod["containers"][0]["command"]]
    with container(command, tmp_path) as process:
        until(lambda: "listening on" in (tmp_path / "err").read_text())
        context = ssl.create_default_context(cafile=str(certificates / "ca.crt"))
        with (
            socket.create_connection((HOST, port)) as plain,
            context.wrap_socket(plain, server_hostname="k8sadmission.k8sadmission.svc") as wrapped,
        ):
            wrapped.sendall(request(POD, "/log-request"))
            assert wrapped.recv(1000).startswith(b"HTTP/1.1 200")
        until(lambda: "Create Disallowed Pod" in (tmp_path / "out").read_text())
        caller = Caller(pages, None)
        for page in ("/healthz", "/metrics"):
            assert caller.post(f"GET {page} HTTP/1.1\r\nHost: x\r\n\r\n".encode()).startswith(b"HTTP/1.1 200")
        process.terminate()
        assert process.wait(30) == 0
    err = (tmp_path / "err").read_text()
    assert "warning: " not in err
    assert "Create Disallowed Pod: 1" in (tmp_path / "out").read_text()


def test_the_sidecar_reads_the_recorders_file_over_rotation_and_goes_on_after_a_restart(
    certificates: Path, tmp_path: Path
) -> None:
    write_config("kube-audit-rest", certificates, tmp_path, {})
    pod = one("kube-audit-rest", "Deployment", certificates)["spec"]["template"]["spec"]
    rules = next(each for each in pod["containers"] if each["name"] == "rules")
    log, out = tmp_path / "kube-audit-rest.log", tmp_path / "out"
    command = [
        word.replace("/tmp/", f"{tmp_path}/").replace("/etc/falco", str(tmp_path))
        for word in (*rules["command"], *rules["args"])
    ]
    assert str(log) in command
    stamped = POD[:-1] + b',"requestReceivedTimestamp":"2026-01-02T03:04:05Z"}\n'
    with container(command, tmp_path) as process:
        until(lambda: "following" in (tmp_path / "err").read_text())
        log.write_bytes(stamped)
        until(lambda: out.read_text().count("Create Disallowed Pod") == 1)
        log.rename(tmp_path / "kube-audit-rest-2026-01-02T03-04-05.000.log")
        log.write_bytes(stamped * 2)
        until(lambda: out.read_text().count("Create Disallowed Pod") == 3)
        process.terminate()
        assert process.wait(30) == 0
    assert "Create Disallowed Pod: 3" in out.read_text()
    with log.open("ab") as file:
        file.write(stamped)
    with container(command, tmp_path) as process:
        until(lambda: out.read_text().count("Create Disallowed Pod") == 1)
        process.terminate()
        assert process.wait(30) == 0
    assert "Create Disallowed Pod: 1" in out.read_text()


@pytest.mark.skipif(shutil.which("kubectl") is None, reason="kubectl is not installed")
@pytest.mark.cluster
def test_the_script_applies_all_but_what_waits_for_a_running_pod(control_plane: LocalCluster, tmp_path: Path) -> None:
    """The local control plane runs no container, so a kubectl that does not wait for one stands in."""
    kubectl = tmp_path / "kubectl"
    kubectl.write_text(
        "#!/bin/sh\ncase \"$*\" in *'rollout status'*) exit 0;; esac\n"
        f'exec {shutil.which("kubectl")} --kubeconfig {control_plane.kubeconfig} "$@"\n'
    )
    kubectl.chmod(0o755)
    client = control_plane.client()
    webhooks = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations"
    try:
        done = subprocess.run(
            [EXAMPLES / "admission-webhook/run.sh"],
            env={**os.environ, "KUBECTL": str(kubectl)},
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        (webhook,) = client.request("GET", f"{webhooks}/k8sadmission").json()["webhooks"]
        assert base64.b64decode(webhook["clientConfig"]["caBundle"]).startswith(b"-----BEGIN CERTIFICATE-----")
        for kind, name in (("secrets", "k8sadmission"), ("services", "k8sadmission"), ("configmaps", "k8sadmission")):
            assert client.request("GET", f"/api/v1/namespaces/k8sadmission/{kind}/{name}").status == 200
    finally:
        client.request("DELETE", f"{webhooks}/k8sadmission")
