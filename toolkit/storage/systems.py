"""The store that a URL is in, by fsspec: with time-outs, and silent."""

from __future__ import annotations

import logging
import os
from typing import TYPE_CHECKING, Any

from toolkit.errors import ToolkitError, closest, environment, usage
from toolkit.storage.failures import StorageError, reaching
from toolkit.storage.urls import is_chain, scheme_of

if TYPE_CHECKING:
    from fsspec import AbstractFileSystem

EXTRAS = {"s3": "s3", "s3a": "s3", "gs": "gcs", "gcs": "gcs"}
"""What to install the toolkit with for a scheme; `remote` for all others."""
CONNECT = 10
"""Seconds that a server has to take a connection."""
ANSWER = 60
"""Seconds that it has to send the next bytes."""
_FIRST = 20
"""Seconds that it has to say what a URL is."""
_NOISY = ("asyncio", "fsspec", "s3fs", "gcsfs", "aiohttp", "aiobotocore", "botocore", "google", "urllib3")


def filesystem(url: str) -> tuple[AbstractFileSystem, str]:
    """Return the store of a URL, and what the URL is called in it; options of stores come from fsspec's configuration.

    Raises ToolkitError: exit 2 for a scheme that nobody knows, exit 4 where a package is missing or the store cannot be
    talked to.
    """
    try:
        return open_system(url)
    except StorageError as error:
        raise ToolkitError(error.fault(url), error.exit_code) from error


def open_system(url: str) -> tuple[AbstractFileSystem, str]:
    """Return the same. Raises ToolkitError for a scheme and for packages; StorageError where the store fails."""
    if is_chain(url):
        raise usage(f"{url}: several stores in one URL", hint="copy the file out of its archive first")
    _hush()
    kind = _class_of(url)
    with reaching(url):
        scheme = scheme_of(url)
        return kind(**_options(kind, url)), kind._strip_protocol(f"{scheme}{url[len(scheme) :]}")


Facts = dict[str, Any]
"""What fsspec knows of a file or folder: `name`, `type`, `size`."""


def facts(system: AbstractFileSystem, path: str) -> Facts:
    """Return what is to be known of a path in a store, asked anew. Raises what the store's libraries raise."""
    if not system.async_impl:
        return dict(system.info(path))
    from fsspec.asyn import sync

    return dict(sync(system.loop, system._info, path, timeout=_FIRST))


def _class_of(url: str) -> Any:
    scheme = scheme_of(url)
    extra = EXTRAS.get(scheme, "remote")
    hint = f"pip install 'k8sadmission-toolkit[{extra}]'"
    try:
        from fsspec import available_protocols, get_filesystem_class
    except ImportError as error:
        raise environment(f"{scheme}:// needs the package fsspec, which is not installed", hint=hint) from error
    try:
        return get_filesystem_class(scheme)
    except ImportError as error:
        found = str(error.__cause__ or error)
        if extra == "remote" and scheme not in ("http", "https"):
            hint = str(error)
        raise environment(f"{scheme}:// needs a package that is not installed: {found}", hint=hint) from error
    except ValueError as error:
        known = closest(scheme, available_protocols()) or "s3://, gs://, https:// and what else fsspec knows"
        raise usage(f"{url}: unknown kind of URL {scheme}://", hint=f"{known}; a path begins with ./") from error


def _options(kind: Any, url: str) -> dict[str, Any]:
    """Return the options of a store: bounded waiting, nothing remembered; fsspec's own configuration counts more."""
    from fsspec.config import apply_config

    configured = apply_config(kind, dict(kind._get_kwargs_from_urls(url)))
    return {**_defaults(scheme_of(url)), **configured}


def _defaults(scheme: str) -> dict[str, Any]:
    fresh = {"use_listings_cache": False}
    if scheme in ("http", "https"):
        from aiohttp import ClientTimeout

        # Proxies and ~/.netrc are taken from the environment, as curl takes them.
        times = ClientTimeout(total=None, sock_connect=CONNECT, sock_read=ANSWER)
        return {"client_kwargs": {"timeout": times, "trust_env": True, "headers": {"Accept-Encoding": "identity"}}}
    if EXTRAS.get(scheme) == "s3":
        # s3fs has time-outs (5 s, 15 s) and tries some again; botocore's own five tries on top would take minutes.
        return {"config_kwargs": {"retries": {"mode": "standard", "total_max_attempts": 3}}, **fresh}
    return fresh if scheme in EXTRAS else {}


def _hush() -> None:
    """Keep what libraries say to themselves off the terminal; what matters comes as an error."""
    os.environ.setdefault("GRPC_VERBOSITY", "NONE")
    for name in _NOISY:
        logger = logging.getLogger(name)
        if not logger.handlers:
            logger.addHandler(logging.NullHandler())
