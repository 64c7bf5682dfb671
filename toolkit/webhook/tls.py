"""The endpoint's certificate: read from disk, read again when it changes there, and who may call at all."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from toolkit.errors import environment


@dataclass(frozen=True, slots=True)
class TlsFiles:
    """PEM files: the certificate chain, its key (None: in the same file), and the authorities of callers.

    Without `client_ca` anybody may call.
    """

    chain: Path
    key: Path | None = None
    client_ca: Path | None = None

    @property
    def paths(self) -> list[Path]:
        """The files that there are."""
        return [path for path in (self.chain, self.key, self.client_ca) if path]


class WatchedTls:
    """A server's TLS context that follows its files; `on_failure` is told why a caller's handshake failed.

    Raises ToolkitError (exit 4) when the files cannot be used.
    """

    def __init__(self, files: TlsFiles, on_failure: Callable[[str], None] | None = None) -> None:
        self._files = files
        try:
            self.context = _context(files)
        except OSError as error:
            raise environment(_unusable(files, error), hint=_hint(files, error)) from error
        self._seen = self._state()
        if on_failure:
            self.context.sslobject_class = _watched_handshake(on_failure)

    def refresh(self) -> str | None:
        """Read the files again if they changed: new connections have the new certificate. Returns a line for people.

        Files that cannot be used leave the certificate as it was. An authority taken out of `client_ca` is trusted
        until the end of the process.
        """
        state = self._state()
        if state == self._seen:
            return None
        self._seen = state
        try:
            _context(self._files)
            _load(self.context, self._files)
        except OSError as error:
            return f"{_unusable(self._files, error)}; the one before stays"
        return f"the certificate {self._files.chain} changed and was read again"

    def _state(self) -> list[tuple[int, int, int] | None]:
        return [_file_state(path) for path in self._files.paths]


def _file_state(path: Path) -> tuple[int, int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns


def _context(files: TlsFiles) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if files.client_ca:
        context.verify_mode = ssl.CERT_REQUIRED
    _load(context, files)
    return context


def _load(context: ssl.SSLContext, files: TlsFiles) -> None:
    for path in files.paths:
        path.read_bytes()  # the error of a file that cannot be read names it, which that of OpenSSL does not
    context.load_cert_chain(files.chain, files.key, password=_no_password)
    if files.client_ca:
        context.load_verify_locations(files.client_ca)


def _no_password() -> str:
    raise ssl.SSLError(1, "the key is protected by a password")


def _watched_handshake(on_failure: Callable[[str], None]) -> type[ssl.SSLObject]:
    class WatchedHandshake(ssl.SSLObject):
        def do_handshake(self) -> Any:
            try:
                return super().do_handshake()
            except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
                raise
            except ssl.SSLError as error:
                on_failure(_in_words(error))
                raise

    return WatchedHandshake


def _in_words(error: ssl.SSLError) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"the caller's certificate: {error.verify_message}"
    return (error.reason or str(error)).lower().replace("_", " ")


def _unusable(files: TlsFiles, error: OSError) -> str:
    names = " and ".join(map(str, files.paths))
    return f"the certificate {names} cannot be used: {error}"


def _hint(files: TlsFiles, error: OSError) -> str:
    if isinstance(error, FileNotFoundError):
        return "name a PEM file by sslCertificate (certificate and key in one), or two by tlsCert and tlsKey"
    if files.key is None:
        return "the file must hold the certificate and its private key, both PEM"
    return "the certificate, its key and the authorities must be PEM, and belong together"
