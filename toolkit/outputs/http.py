"""A receiver that each alert is posted to."""

from __future__ import annotations

import socket
import ssl
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit, urlunsplit

from toolkit.configuration.model import HttpOutput
from toolkit.errors import environment
from toolkit.outputs.channel import Line, RefusedError
from toolkit.outputs.queued import Say

if TYPE_CHECKING:
    from urllib3 import BaseHTTPResponse, PoolManager

_LONGEST_ANSWER = 64 * 1024
_AGAIN = (408, 425, 429)
"""Answers besides those from 500 on after which the same alert may be taken later."""


class HttpSink:
    """A receiver over HTTP or HTTPS; one connection is kept and used again."""

    name = "http_output"

    def __init__(self, settings: HttpOutput, *, json: bool, timeout: float, say: Say) -> None:
        self._settings = settings
        self._url, login = _without_login(settings.url)
        self._say = say
        self._timeout = timeout
        self._headers = {
            "User-Agent": settings.user_agent,
            "Content-Type": "application/json" if json else "text/plain",
            **login,
            **({"TE": "gzip", "Connection": "TE"} if settings.compress_uploads else {}),
            **dict(settings.headers),
        }
        self._pool = self._make_pool()

    def write(self, line: Line) -> None:
        """Post one alert. Raises OSError where trying again may help, RefusedError where the receiver says no."""
        status, reason, body = self._post(line)
        if self._settings.echo:
            self._say(f"{self.name}: {body.decode('utf-8', 'replace')}")
        said = f"{self._url} answers {status} {reason}".rstrip()
        if status >= 500 or status in _AGAIN:
            raise OSError(said)
        if not 200 <= status < 300:
            raise RefusedError(said)

    def reopen(self) -> None:
        """Connect anew, with the certificates as they are now. Raises OSError."""
        self._pool.clear()
        self._pool = self._make_pool()

    def close(self) -> None:
        """Close the connection."""
        self._pool.clear()

    def abandon(self) -> None:
        """Do nothing: a request ends by itself at its timeout."""

    def _post(self, line: Line) -> tuple[int, str, bytes]:
        """Return status, reason and body of the answer; of a body that is longer, what fits. Raises OSError."""
        from urllib3 import exceptions

        for _ in range(self._settings.max_consecutive_timeouts + 1):
            try:
                answer = self._pool.request(
                    "POST", self._url, body=line.text, headers=self._headers, preload_content=False
                )
                return answer.status, answer.reason or "", _body(answer)
            except exceptions.HTTPError as error:
                # A refused connection is a kind of timeout there.
                timed_out = isinstance(error, exceptions.TimeoutError)
                if timed_out and not isinstance(error, exceptions.NewConnectionError):
                    continue
                raise OSError(f"{self._url}: {_cause(error)}") from None
        raise OSError(f"{self._url} does not answer within {self._timeout:g} s")

    def _make_pool(self) -> PoolManager:
        from urllib3 import PoolManager, Timeout, disable_warnings, exceptions
        from urllib3.connection import HTTPConnection

        if self._settings.insecure:
            disable_warnings(exceptions.InsecureRequestWarning)
        options = list(HTTPConnection.default_socket_options)
        if self._settings.keep_alive:
            options.append((socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1))
        return PoolManager(
            num_pools=1,
            maxsize=1,
            timeout=Timeout(self._timeout, read=self._timeout),
            retries=False,
            socket_options=options,
            ssl_context=self._context() if self._settings.url.startswith("https:") else None,
        )

    def _context(self) -> ssl.SSLContext:
        """Return what is trusted and shown. Raises ToolkitError (exit 4) naming the file that is not as it must be."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        if self._settings.insecure:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        self._trust(context)
        certificate, key = self._settings.client_cert, self._settings.client_key
        if certificate:
            try:
                context.load_cert_chain(certificate, key)
            except (OSError, ssl.SSLError) as error:
                raise environment(f"http_output: {certificate} with {key}: {_words(error)}", hint="PEM files") from None
        return context

    def _trust(self, context: ssl.SSLContext) -> None:
        file, folder = self._settings.ca_file, self._settings.ca_path
        if file is None and not folder.is_dir():
            context.load_default_certs()
            return
        try:
            context.load_verify_locations(cafile=file, capath=None if file else folder)
        except (OSError, ssl.SSLError) as error:
            raise environment(f"http_output: {file or folder}: {_words(error)}", hint="a PEM file") from None


def _without_login(url: str) -> tuple[str, dict[str, str]]:
    """Return an address without `user:password@`, and the header that says so instead."""
    from urllib3.util import make_headers

    parts = urlsplit(url)
    login, found, host = parts.netloc.rpartition("@")
    if not found:
        return url, {}
    return urlunsplit(parts._replace(netloc=host)), {
        "Authorization": make_headers(basic_auth=unquote(login))["authorization"]
    }


def _body(answer: BaseHTTPResponse) -> bytes:
    """Return an answer's body; a connection on which there is more is not used again."""
    body = answer.read(_LONGEST_ANSWER)
    if len(body) == _LONGEST_ANSWER:
        answer.close()
    answer.release_conn()
    return body


def _words(error: OSError) -> str:
    return error.strerror or str(error)


def _cause(error: Exception) -> str:
    """Return the innermost reason in words, without the library's names of objects."""
    inner: BaseException = error
    while isinstance(getattr(inner, "reason", None), Exception) or inner.__cause__:
        reason = getattr(inner, "reason", None)
        inner = reason if isinstance(reason, Exception) else inner.__cause__ or inner
    return (inner.strerror if isinstance(inner, OSError) and inner.strerror else str(inner)).split("(_ssl")[0].strip()
