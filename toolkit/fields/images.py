"""Container images."""

from __future__ import annotations


def repository(image: str) -> str:
    """Return the image without tag and digest: of `localhost:5000/app:1.2@sha256:…` it is `localhost:5000/app`."""
    registry, slash, last = image.partition("@")[0].rpartition("/")
    return registry + slash + last.partition(":")[0]
