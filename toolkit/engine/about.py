"""Who made a request, and what it is about, as backtests count them."""

from __future__ import annotations

from typing import NamedTuple

from toolkit.events.review import Review


class About(NamedTuple):
    """The user, the namespace and the object of a request; what it does not name is None.

    The object is known by group, resource, namespace and name, with NUL between them.
    """

    user: str | None
    namespace: str | None
    thing: str | None


def about(review: Review) -> About:
    """Return what a review says of its request; an object without a name in the request has the one of its metadata."""
    user, namespace = _word(review, "userInfo", "username"), _word(review, "namespace")
    resource, name = _word(review, "resource", "resource"), _word(review, "name") or _own_name(review)
    return About(user, namespace, thing(_word(review, "resource", "group"), resource, namespace, name))


def thing(group: str | None, resource: str | None, namespace: str | None, name: str | None) -> str | None:
    """Return what an object is known by; None where nothing names it."""
    return "\0".join((group or "", resource, namespace or "", name)) if resource and name else None


def _own_name(review: Review) -> str | None:
    return _word(review, "object", "metadata", "name") or _word(review, "object", "metadata", "generateName")


def _word(review: Review, *path: str) -> str | None:
    found = review.source.last("request", *path)
    return (found.scalar() if found else None) or None
