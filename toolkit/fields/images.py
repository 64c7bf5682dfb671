"""Container images."""

from __future__ import annotations

from toolkit.events.source import Source


def repository(image: str) -> str:
    """Return the image without tag and digest: of `localhost:5000/app:1.2@sha256:…` it is `localhost:5000/app`."""
    registry, slash, last = image.partition("@")[0].rpartition("/")
    return registry + slash + last.partition(":")[0]


def repository_words(source: Source) -> str | None:
    """Return the repository of the image that stands there, None where no text does."""
    image = source.scalar()
    return None if image is None else repository(image)
