"""How a file behind a URL begins, at the cost of one small request."""

from __future__ import annotations

from http import HTTPStatus

from toolkit.storage.failures import reaching
from toolkit.storage.systems import open_system
from toolkit.storage.urls import is_http


def beginning_of(url: str, size: int) -> tuple[bytes, bool]:
    """Return the first bytes of a file, and whether any part of it can be had without all that stands before.

    Raises StorageError; ToolkitError as `open_system` does.
    """
    system, path = open_system(url)
    with reaching(url):
        if not is_http(url):
            return bytes(system.cat_file(path, start=0, end=size)), True
        headers = {"Range": f"bytes=0-{size - 1}"}
        with system.open(path, block_size=0, size=1, headers=headers) as stream:
            return bytes(stream.read(size)), stream.r.status == HTTPStatus.PARTIAL_CONTENT
