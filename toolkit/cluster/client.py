"""Raw requests to an API server, as whoever a step says; the only door to the `kubernetes` library."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import urllib3
from kubernetes.client import ApiClient as LibraryClient
from kubernetes.client import Configuration
from kubernetes.config import ConfigException, load_kube_config

from toolkit.cluster import streams
from toolkit.errors import bad_input, environment

Query = Mapping[str, str] | Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Response:
    """An API server's answer; a status of 4xx or 5xx is an answer like any other."""

    status: int
    body: bytes

    def json(self) -> Any:
        """Return the parsed body. Raises ValueError when it is not JSON."""
        return json.loads(self.body)

    @property
    def message(self) -> str:
        """What the API server says went wrong; the beginning of the body where it is no such answer."""
        try:
            return str(self.json().get("message", ""))
        except (ValueError, AttributeError):
            return self.body[:200].decode(errors="replace")


class ApiClient:
    """A client for the server and identity of a kubeconfig. Connections are kept; safe to use from several threads.

    `kubeconfig` is a file, or several joined as in `KUBECONFIG`; it is only read. Keys that stand in it are copied
    into files under `private` (default: the system's temporary folder), because the TLS library reads files.
    """

    def __init__(self, kubeconfig: Path | str, context: str | None = None, private: Path | None = None) -> None:
        self._library = LibraryClient(_configuration(kubeconfig, context, private))
        self.server: str = self._library.configuration.host.rstrip("/")
        self._resources: dict[tuple[str, str], tuple[str, bool]] = {}

    def request(
        self,
        method: str,
        path: str,
        *,
        query: Query | None = None,
        body: bytes | Mapping[str, Any] | None = None,
        content_type: str | None = None,
        user: str | None = None,
        groups: Sequence[str] = (),
        extra: Mapping[str, Sequence[str]] | None = None,
        timeout: float = 30,
    ) -> Response:
        """Send one request and return the answer, whatever its status; nothing is retried or followed.

        `path` begins with `/`; a mapping as `body` is sent as JSON; `user`, `groups` and `extra` impersonate;
        `timeout` is in seconds. Raises ToolkitError (exit 4) when no answer comes.
        """
        payload = json.dumps(body).encode() if isinstance(body, Mapping) else body
        headers = self._headers(user, groups, extra)
        if payload is not None:
            headers.add("Content-Type", content_type or "application/json")
        url = self.server + path + (f"?{urlencode(query)}" if query else "")
        try:
            answer = self._library.rest_client.pool_manager.request(
                method, url, body=payload, headers=headers, timeout=timeout, retries=False, redirect=False
            )
        except urllib3.exceptions.HTTPError as error:
            raise environment(f"{method} {path}: the API server at {self.server} did not answer: {error}") from error
        return Response(answer.status, answer.data)

    def connect(
        self,
        path: str,
        *,
        query: Query | None = None,
        user: str | None = None,
        groups: Sequence[str] = (),
        extra: Mapping[str, Sequence[str]] | None = None,
        to_its_end: bool = False,
        timeout: float = 30,
    ) -> Response:
        """Open a WebSocket, as clients of `exec`, `attach` and `portforward` do, and close it again.

        The status is 101 when it was opened; with `to_its_end` the body is then the `Status` that tells how the
        command ended. Raises ToolkitError (exit 4) when no answer comes.
        """
        headers = self._headers(user, groups, extra)
        headers.discard("Accept")  # a kubelet has nothing in JSON to offer for a port
        url = self.server + path + (f"?{urlencode(query)}" if query else "")
        try:
            status, body = streams.connect(
                self._library.configuration, url, headers.items(), to_its_end=to_its_end, timeout=timeout
            )
        except streams.NoAnswerError as error:
            raise environment(f"{path}: the API server at {self.server} did not answer: {error}") from error
        return Response(status, body)

    @contextmanager
    def stream(self, path: str, *, query: Query | None = None) -> Iterator[Iterator[bytes]]:
        """Read an answer that has no end, chunk by chunk as it comes, until the context ends.

        Raises ToolkitError (exit 4) when no answer comes, or one that refuses; the chunks do when it breaks off.
        """
        url = self.server + path + (f"?{urlencode(query)}" if query else "")
        timeout = urllib3.Timeout(connect=30, read=None)
        try:
            answer = self._library.rest_client.pool_manager.request(
                "GET", url, headers=self._headers(None, (), None), timeout=timeout, retries=False, preload_content=False
            )
        except urllib3.exceptions.HTTPError as error:
            raise environment(f"GET {path}: the API server at {self.server} did not answer: {error}") from error
        if answer.status != 200:
            refusal = Response(answer.status, answer.data)
            raise environment(f"GET {path}: {refusal.status} {refusal.message}")
        try:
            yield _chunks(answer, path)
        finally:
            answer.shutdown()

    def resource_for(self, api_version: str, kind: str) -> tuple[str, bool]:
        """Return a kind's path segment (such as `deployments`) and whether it lives in namespaces.

        Found by discovery and kept. Raises ToolkitError (exit 3) when the server does not know the kind.
        """
        found = self._resources.get((api_version, kind))
        if found is None:
            self._discover(api_version)
            found = self._resources.get((api_version, kind))
        if found is None:
            raise bad_input(f"the API server knows no {kind} in {api_version}")
        return found

    def close(self) -> None:
        """Close the connections."""
        self._library.close()  # type: ignore[no-untyped-call]
        self._library.rest_client.pool_manager.clear()

    def _discover(self, api_version: str) -> None:
        answer = self.request("GET", f"/apis/{api_version}" if "/" in api_version else f"/api/{api_version}")
        if answer.status != 200:
            return
        for resource in answer.json()["resources"]:
            if "/" not in resource["name"]:
                self._resources[api_version, resource["kind"]] = (resource["name"], resource["namespaced"])

    def _headers(
        self, user: str | None, groups: Sequence[str], extra: Mapping[str, Sequence[str]] | None
    ) -> urllib3.HTTPHeaderDict:
        headers = urllib3.HTTPHeaderDict({"Accept": "application/json", "User-Agent": "k8sadmission-toolkit"})
        for setting in self._library.configuration.auth_settings().values():
            headers[setting["key"]] = setting["value"]
        if user is not None:
            headers.add("Impersonate-User", _header_value(user))
        for group in groups:
            headers.add("Impersonate-Group", _header_value(group))
        for key, values in (extra or {}).items():
            for value in values:
                headers.add(f"Impersonate-Extra-{quote(key, safe='')}", _header_value(value))
        return headers


def _chunks(answer: urllib3.BaseHTTPResponse, path: str) -> Iterator[bytes]:
    try:
        yield from answer.stream()
    except (urllib3.exceptions.HTTPError, OSError, ValueError) as error:
        raise environment(f"GET {path}: the answer broke off: {error}") from error
    finally:
        answer.release_conn()


def _configuration(kubeconfig: Path | str, context: str | None, private: Path | None) -> Configuration:
    configuration = Configuration()
    copies = str(private) if private else None
    try:
        load_kube_config(str(kubeconfig), context, configuration, persist_config=False, temp_file_path=copies)  # type: ignore[no-untyped-call]
    except (ConfigException, OSError, ValueError) as error:
        raise environment(f"{kubeconfig}: no cluster to talk to: {error}") from error
    return configuration


def _header_value(text: str) -> str:
    """Return text whose Latin-1 bytes are the text's UTF-8 bytes: header values go out as Latin-1."""
    return text.encode().decode("latin-1")
