"""What an API server says of itself and of who asks."""

from __future__ import annotations

from dataclasses import dataclass

from toolkit.cluster.client import ApiClient
from toolkit.errors import environment

_WHO = "/apis/authentication.k8s.io/v1/selfsubjectreviews"


@dataclass(frozen=True, slots=True)
class Greeting:
    """Where a server is, its exact version (without the `v`), and as whom it knows the client."""

    server: str
    version: str
    user: str

    @property
    def minor(self) -> str:
        """The Kubernetes minor version, such as `1.37`."""
        return ".".join(self.version.split(".")[:2])

    def __str__(self) -> str:
        """Render for people."""
        return f"{self.server}, Kubernetes {self.version}, as {self.user}"


def greet(client: ApiClient, known_as: str) -> Greeting:
    """Ask the server; `known_as` is the user's name where the server is too old to tell.

    Raises ToolkitError (exit 4) when it does not answer, or is no Kubernetes API server.
    """
    answer = client.request("GET", "/version")
    try:
        version = str(answer.json()["gitVersion"]).removeprefix("v")
    except (ValueError, KeyError, TypeError) as error:
        said = f"{answer.status} {answer.message}"
        raise environment(f"{client.server} does not tell its Kubernetes version: {said}") from error
    review = {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}
    who = client.request("POST", _WHO, body=review)
    if who.status == 401:
        raise environment(f"{client.server} does not know who asks: {who.message}", hint="log in anew")
    user = who.json()["status"]["userInfo"]["username"] if who.status == 201 else known_as
    return Greeting(client.server, version, user)
