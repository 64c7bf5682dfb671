"""The rights that a run uses, asked for before anything is changed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from toolkit.cluster.client import ApiClient
from toolkit.errors import environment
from toolkit.scenarios.model import Identity

_REVIEWS = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
_SERVICE_ACCOUNT = "system:serviceaccount:"


@dataclass(frozen=True, slots=True, order=True)
class Right:
    """One verb on one kind of resource; `namespace` and `name` "" mean all of them."""

    verb: str
    resource: str
    group: str = ""
    subresource: str = ""
    namespace: str = ""
    name: str = ""

    def __str__(self) -> str:
        """Render for people, as `create validatingwebhookconfigurations.admissionregistration.k8s.io`."""
        what = ".".join(filter(None, (self.resource, self.group)))
        named = "/".join(filter(None, (what, self.subresource)))
        inside = f" in {self.namespace}" if self.namespace else ""
        return f"{self.verb} {named}" + (f' "{self.name}"' if self.name else "") + inside


def impersonation(identity: Identity, extra: str) -> list[Right]:
    """Return what acting as an identity takes, with one `extra` by which it is marked."""
    return [
        _as_user(identity.user),
        *(Right("impersonate", "groups", name=group) for group in identity.groups),
        Right("impersonate", "userextras", "authentication.k8s.io", extra),
    ]


def missing_rights(client: ApiClient, rights: Iterable[Right]) -> list[Right]:
    """Return those of the rights that the client's user does not have. Raises ToolkitError (exit 4)."""
    return [right for right in sorted(set(rights)) if not is_allowed(client, right)]


def is_allowed(client: ApiClient, right: Right, identity: Identity | None = None) -> bool:
    """Say whether the client's user, or the identity that it acts as, has a right; False when it may not act as that.

    Raises ToolkitError (exit 4) when the API server does not tell.
    """
    attributes = {
        "verb": right.verb,
        "group": right.group,
        "resource": right.resource,
        "subresource": right.subresource,
        "namespace": right.namespace,
        "name": right.name,
    }
    review = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectAccessReview",
        "spec": {"resourceAttributes": {key: value for key, value in attributes.items() if value}},
    }
    user, groups = (identity.user, identity.groups) if identity else (None, ())
    answer = client.request("POST", _REVIEWS, body=review, user=user, groups=groups)
    if answer.status == 403 and identity:
        return False
    if answer.status != 201:
        raise environment(f"the API server does not say which rights there are: {answer.status} {answer.message}")
    return bool(answer.json()["status"]["allowed"])


def _as_user(user: str) -> Right:
    namespace, _, name = user.removeprefix(_SERVICE_ACCOUNT).partition(":")
    if user.startswith(_SERVICE_ACCOUNT) and name:
        return Right("impersonate", "serviceaccounts", namespace=namespace, name=name)
    return Right("impersonate", "users", name=user)
