"""Why a store gave nothing, in plain words, whatever library said so and however."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from toolkit.errors import ExitCode, Fault, ToolkitError
from toolkit.places import Place
from toolkit.storage.urls import scheme_of, shown_url

ABSENT = "no such file or folder"
_CREDENTIALS = ("credential", "tokenretrieval", "refresherror", "profilenotfound", "ssoerror")
"""Parts of the names of errors about who one is."""
_DISTRUST = ("sslerror", "certverification", "connectorssl", "certificate")
"""Parts of the names of errors of TLS."""
_CUT_SHORT = ("payload", "incompleteread", "disconnected", "responsestreaming")
"""Parts of the names of errors of an answer that was not all."""
_UNREACHED = ("connect", "connection", "dnserror", "proxy", "gaierror", "transporterror")
"""Parts of the names of errors of a connection that never came about, or ended."""
_SIGN_IN = {
    "s3": "set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; FSSPEC_S3_ANON=true reads public buckets",
    "gs": "`gcloud auth application-default login`, or set GOOGLE_APPLICATION_CREDENTIALS",
}
_FETCHED = "this is fetched as a log; an endpoint that listens has no host, or no such ending: http://:9765/k8s-audit"
_ADDRESS = {
    "s3": "FSSPEC_S3_ENDPOINT_URL names a store that is not Amazon's",
    "http": _FETCHED,
    "https": _FETCHED,
}
_TRUST = {"s3": "AWS_CA_BUNDLE names a file of certificates to trust"}


class StorageError(OSError):
    """Why a store gave nothing: the reason, the likely fix, and the status that a command ends with."""

    def __init__(self, reason: str, hint: str | None = None, exit_code: ExitCode = ExitCode.BAD_INPUT) -> None:
        super().__init__(reason)
        self.reason = reason
        self.hint = hint
        self.exit_code = exit_code

    def __reduce__(self) -> tuple[type[StorageError], tuple[str, str | None, ExitCode]]:
        """Return how another process has the same error."""
        return type(self), (self.reason, self.hint, self.exit_code)

    @property
    def words(self) -> str:
        """What is said of the URL."""
        return self.reason if self.reason == ABSENT else f"cannot be read: {self.reason}"

    def fault(self, url: str) -> Fault:
        """Return it as a fault of a URL."""
        return Fault(self.words, Place(shown_url(url)), self.hint)


@contextmanager
def reaching(url: str) -> Iterator[None]:
    """Turn whatever a store's libraries raise into StorageError; ToolkitError goes through."""
    try:
        yield
    except (ToolkitError, StorageError):
        raise
    except Exception as error:  # stores raise what their libraries have, an open set
        raise why(error, url) from error


def why(error: BaseException, url: str) -> StorageError:
    """Return in plain words what an error of a store's library says."""
    if isinstance(error, FileNotFoundError) and error.__cause__:
        error = error.__cause__  # fsspec has this for whatever goes wrong by HTTP
    chain = list(_chain(error))
    scheme = {"s3a": "s3", "gcs": "gs"}.get(scheme := scheme_of(url), scheme)
    for told in (_missing_certificate, _cut_short, _refused, _without_credentials, _unreached, _absent):
        if found := told(chain, scheme):
            break
    else:
        found = StorageError(_words(error), exit_code=ExitCode.ENVIRONMENT)
    return StorageError(found.reason.replace(url, shown_url(url)), found.hint, found.exit_code)


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _missing_certificate(chain: list[BaseException], scheme: str) -> StorageError | None:
    found = next((each for each in chain if any(part in _kind(each) for part in _DISTRUST)), None)
    if found is None:
        return None
    hint = _TRUST.get(scheme, "SSL_CERT_FILE names a file of certificates to trust")
    cause = getattr(found, "certificate_error", getattr(found, "os_error", found))
    words = getattr(cause, "verify_message", None) or _words(cause)
    return StorageError(f"no TLS connection: {words}", hint, ExitCode.ENVIRONMENT)


def _cut_short(chain: list[BaseException], _scheme: str) -> StorageError | None:
    if any(part in _kind(each) for each in chain for part in _CUT_SHORT):
        return StorageError("the connection ended too early", exit_code=ExitCode.ENVIRONMENT)
    return None


def _refused(chain: list[BaseException], scheme: str) -> StorageError | None:
    status = next((number for each in chain if (number := _status(each))), 0)
    if status in (401, 403) or any(isinstance(each, PermissionError) for each in chain):
        return StorageError(_words(chain[-1]), _SIGN_IN.get(scheme))
    if status == 404:
        return _absent([FileNotFoundError()], scheme)
    if status >= 400:
        server = ExitCode.ENVIRONMENT if status >= 500 else ExitCode.BAD_INPUT
        return StorageError(_words(chain[-1]), exit_code=server)
    return None


def _without_credentials(chain: list[BaseException], scheme: str) -> StorageError | None:
    found = next((each for each in chain if any(part in _kind(each) for part in _CREDENTIALS)), None)
    if found is None:
        return None
    return StorageError(f"no credentials: {_words(found)}", _SIGN_IN.get(scheme), ExitCode.ENVIRONMENT)


def _unreached(chain: list[BaseException], scheme: str) -> StorageError | None:
    for each in chain:
        if isinstance(each, TimeoutError) or "timeout" in _kind(each):
            return StorageError("no answer in time", _ADDRESS.get(scheme), ExitCode.ENVIRONMENT)
        if isinstance(each, ConnectionError) or any(part in _kind(each) for part in _UNREACHED):
            return StorageError(f"no connection: {_system_words(each)}", _ADDRESS.get(scheme), ExitCode.ENVIRONMENT)
    return None


def _absent(chain: list[BaseException], scheme: str) -> StorageError | None:
    if not any(isinstance(each, FileNotFoundError) for each in chain):
        return None
    hint = "name an event log" if scheme in ("http", "https") else "name an event log, a folder of them, or a pattern"
    return StorageError(ABSENT, hint)


def _status(error: BaseException) -> int:
    """Return the HTTP status that an error tells of, 0 where it tells of none."""
    response = getattr(error, "response", None)
    if isinstance(response, dict):
        return int(response.get("ResponseMetadata", {}).get("HTTPStatusCode") or 0)
    status = getattr(error, "status", None) or getattr(error, "code", None)
    return status if isinstance(status, int) and 400 <= status < 600 else 0


def _kind(error: BaseException) -> str:
    return type(error).__name__.lower()


def _system_words(error: BaseException) -> str:
    """Return the system's words for why there is no connection, else the error's own."""
    system = getattr(error, "os_error", error)
    number = getattr(system, "errno", None)
    if isinstance(number, int) and number > 0:
        return os.strerror(number)
    return str(getattr(system, "strerror", None) or _words(error))


def _words(error: BaseException) -> str:
    """Return what an error says, in one line, by HTTP with its status."""
    status, message = _status(error), getattr(error, "message", None)
    said = f"{status} {message}" if status and isinstance(message, str) else str(error)
    first = said.strip().splitlines()[0] if said.strip() else type(error).__name__
    return first if len(first) <= 200 else f"{first[:199]}…"
