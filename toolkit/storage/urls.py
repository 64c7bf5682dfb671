"""What is a URL, and what its parts mean; nothing is opened here."""

from __future__ import annotations

import re

_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*)://", re.IGNORECASE)
_CHAIN = re.compile(r".*::[a-z][a-z0-9+.-]*://", re.IGNORECASE | re.DOTALL)
_PASSWORD = re.compile(r"(?<=://)[^/?#@]*:[^/?#@]*@")
_HTTP = ("http", "https")


def is_url(text: str) -> bool:
    """Return whether text is a URL, `scheme://…`; all other names are paths, `./s3://x` too."""
    return _SCHEME.match(text) is not None


def scheme_of(url: str) -> str:
    """Return the scheme of a URL in small letters; "" of a path."""
    found = _SCHEME.match(url)
    return found[1].lower() if found else ""


def is_http(url: str) -> bool:
    """Return whether a URL is fetched by HTTP, where nothing can be listed."""
    return scheme_of(url) in _HTTP


def is_chain(url: str) -> bool:
    """Return whether a URL is several of fsspec in one, as in `zip://a.log::s3://bucket/a.zip`."""
    return _CHAIN.match(url) is not None


def shown_url(url: str) -> str:
    """Return a URL as anybody may see it: without a password, and by HTTP without its query, where signatures are."""
    if not is_url(url):
        return url
    shown = _PASSWORD.sub("", url, count=1)
    return re.sub(r"[?#].*", "?…", shown, count=1, flags=re.DOTALL) if is_http(url) else shown
