"""Where an endpoint listens, as users write it: `https://host:port/path`; without a host on all interfaces."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from urllib.parse import SplitResult, urlsplit

from toolkit.errors import ToolkitError, usage
from toolkit.events.names import LOG_NAMES, is_log_url

PAGES = ("/healthz", "/metrics")
"""What every endpoint shows besides its own path."""
A_LOG_IS = f"a log is fetched where the path ends in {LOG_NAMES}; others can be piped: curl URL | toolkit run -"
"""What to do where a URL was meant as a log."""
_SCHEME = re.compile(r"https?://", re.IGNORECASE)
_PATH = re.compile(r"/[\w.~!$&'()*+,;=:@/-]*", re.ASCII)
_DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Address:
    """An endpoint's address; host "" means all interfaces, port 0 one that the system chooses."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def is_tls(self) -> bool:
        """Whether it is called by https."""
        return self.scheme == "https"

    def __str__(self) -> str:
        """Render as it is written."""
        return f"{self.scheme}://{_in_url(self.host)}:{self.port}{self.path}"

    def at_port(self, port: int) -> Address:
        """Return the same address with the port that the system chose."""
        return replace(self, port=port)


def is_address(text: str) -> bool:
    """Return whether a source is the address of an endpoint; all others are paths, and URLs of logs to fetch.

    One that names a host and ends as a log does is fetched: `https://host/x.log`, but not `https://:8443/x.log`.
    """
    return _SCHEME.match(text) is not None and not is_log_url(text)


def parse_address(text: str) -> Address:
    """Read `http://host:port/path` or `https://…`. Raises ToolkitError (exit 2) for what is none."""
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as error:
        raise _wrong(text, str(error)) from error
    if found := _not_wanted(parts):
        raise _wrong(text, found)
    scheme, path = parts.scheme.lower(), parts.path or "/"
    if path in PAGES:
        raise _wrong(text, f"{path} is taken by the endpoint's own page")
    return Address(scheme, parts.hostname or "", _DEFAULT_PORTS[scheme] if port is None else port, path)


def _not_wanted(parts: SplitResult) -> str | None:
    if parts.username is not None or parts.password is not None:
        return "an endpoint has no user and no password; name who may post by sslClientCA"
    if parts.query or parts.fragment:
        return "an endpoint's path ends before ? and #"
    if parts.path and not _PATH.fullmatch(parts.path):
        return f"the path {parts.path!r} has characters that would have to be escaped"
    return None


def _wrong(text: str, found: str) -> ToolkitError:
    return usage(
        f"{text!r} cannot be listened on: {found}",
        hint=f"write http://host:port/path or https://host:port/path; {A_LOG_IS}",
    )


def _in_url(host: str) -> str:
    return f"[{host}]" if ":" in host else host
