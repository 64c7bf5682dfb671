"""TLS: who is trusted, what a certificate may be, what happens when it changes, and that failures are seen."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from endpoint import HOST, PATH, Called, called
from posting import Caller, request, review
from waiting import until

from toolkit.cluster.certificates import Authority, Pair
from toolkit.errors import ExitCode, ToolkitError
from toolkit.webhook.address import parse_address
from toolkit.webhook.http_source import HttpSource, HttpSourceSettings
from toolkit.webhook.tls import TlsFiles, WatchedTls


def settings(tls: TlsFiles) -> HttpSourceSettings:
    return HttpSourceSettings(parse_address(f"https://{HOST}:0{PATH}"), tls)


def trusting(authority: Authority, client: Pair | None = None) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=str(authority.pair.certificate))
    if client:
        context.load_cert_chain(client.certificate, client.key)
    return context


def post(endpoint: Called, context: ssl.SSLContext, uid: str = "a") -> bytes:
    caller = Caller(endpoint.source.address.port, context)
    try:
        return caller.post(request(review(uid)))
    finally:
        caller.close()


def shown(context: ssl.SSLContext, port: int) -> int:
    """Return the serial number of the certificate that is shown."""
    with socket.create_connection((HOST, port)) as plain, context.wrap_socket(plain, server_hostname=HOST) as wrapped:
        certificate = wrapped.getpeercert()
        assert certificate
        return int(str(certificate["serialNumber"]), 16)


def failures(endpoint: Called) -> dict[str, int]:
    def counted() -> dict[str, int]:
        list(endpoint.source.read())
        return endpoint.source.counts.tls_failures

    until(counted, "a failure in TLS")
    return counted()


def expired(folder: Path) -> Path:
    """Write a certificate that ended yesterday, and its key, into one file."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "old")])
    yesterday = datetime.now(UTC) - timedelta(days=1)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(yesterday - timedelta(days=1))
        .not_valid_after(yesterday)
        .sign(key, hashes.SHA256())
    )
    no_password = serialization.NoEncryption()
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, no_password)
    file = folder / "expired.pem"
    file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM) + private)
    return file


@pytest.fixture
def endpoint(pem: Path) -> Iterator[Called]:
    with called(settings(TlsFiles(pem))) as started:
        yield started


def test_one_file_with_certificate_and_key(endpoint: Called, authority: Authority) -> None:
    assert post(endpoint, trusting(authority)).startswith(b"HTTP/1.1 200")


def test_a_certificate_and_a_key_in_two_files(authority: Authority) -> None:
    pair = authority.server("two", [HOST])
    with called(settings(TlsFiles(pair.certificate, pair.key))) as endpoint:
        assert post(endpoint, trusting(authority)).startswith(b"HTTP/1.1 200")


def test_a_caller_that_does_not_trust_the_certificate_is_counted_and_named_once(
    endpoint: Called, authority: Authority, tmp_path: Path
) -> None:
    stranger = trusting(Authority.create(tmp_path, "another"))
    for _ in range(3):
        with pytest.raises(ssl.SSLCertVerificationError):
            post(endpoint, stranger)
    assert post(endpoint, trusting(authority)).startswith(b"HTTP/1.1 200")
    until(lambda: sum(failures(endpoint).values()) == 3)
    assert list(endpoint.source.counts.tls_failures) == ["tlsv1 alert unknown ca"]
    assert endpoint.source.notes() == [f"{endpoint.source.address}: a connection failed in TLS: tlsv1 alert unknown ca"]


def test_an_expired_certificate_is_served_and_its_refusal_is_counted(tmp_path: Path) -> None:
    old = expired(tmp_path)
    context = ssl.create_default_context(cafile=str(old))
    context.check_hostname = False
    with called(settings(TlsFiles(old))) as endpoint:
        with pytest.raises(ssl.SSLCertVerificationError, match="expired"):
            post(endpoint, context)
        assert [reason for reason in failures(endpoint) if "certificate expired" in reason]


def test_who_may_post(authority: Authority, pem: Path, tmp_path: Path) -> None:
    foreign = Authority.create(tmp_path / "foreign", "foreign")
    with called(settings(TlsFiles(pem, client_ca=authority.pair.certificate))) as endpoint:
        assert post(endpoint, trusting(authority, authority.client("shipper")), "known").startswith(b"HTTP/1.1 200")
        for client in (None, foreign.client("stranger")):
            answer = b""
            with contextlib.suppress(OSError):
                answer = post(endpoint, trusting(authority, client), "unknown")
            assert answer == b""
        until(lambda: sum(failures(endpoint).values()) == 2)
        reasons = " ".join(endpoint.source.counts.tls_failures)
        assert "peer did not return a certificate" in reasons
        assert "the caller's certificate: " in reasons
        assert (endpoint.source.counts.requests, endpoint.source.counts.answered) == (1, 1)


@pytest.mark.parametrize("sent", [b"POST /k8s-audit HTTP/1.1\r\n\r\n", b"\x16\x03\x01\xff\xff", os.urandom(500), b""])
def test_what_is_no_tls_disturbs_nobody(endpoint: Called, authority: Authority, sent: bytes) -> None:
    with socket.create_connection((HOST, endpoint.source.address.port)) as plain:
        plain.sendall(sent)
        assert post(endpoint, trusting(authority)).startswith(b"HTTP/1.1 200")


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1_1")
def test_old_versions_of_tls_are_refused(endpoint: Called, authority: Authority) -> None:
    context = trusting(authority)
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    with pytest.raises(OSError, match=r"(?i)ssl|reset|no protocols|EOF"):
        post(endpoint, context)


def test_a_certificate_that_changes_on_disk_is_taken_and_a_bad_one_is_not(authority: Authority, tmp_path: Path) -> None:
    served = tmp_path / "falco.pem"

    def put(content: bytes) -> None:
        beside = tmp_path / "beside"
        beside.write_bytes(content)
        beside.rename(served)

    def renewed() -> bytes:
        pair = authority.server("renewed", [HOST])
        return pair.certificate.read_bytes() + pair.key.read_bytes()

    put(renewed())
    notes: list[str] = []

    def noted() -> list[str]:
        list(renewing.source.read())
        notes.extend(renewing.source.notes())
        return notes

    with called(settings(TlsFiles(served))) as renewing:
        port, context = renewing.source.address.port, trusting(authority)
        kept = Caller(port, context)
        first = shown(context, port)
        put(renewed())
        until(lambda: shown(context, port) != first, "the new certificate")
        second = shown(context, port)
        put(b"nonsense")
        until(lambda: any("the one before stays" in note for note in noted()), "a note")
        assert shown(context, port) == second
        served.unlink()
        put(renewed())
        until(lambda: shown(context, port) != second, "the certificate after it was gone")
        assert kept.post(request(review("kept"))).startswith(b"HTTP/1.1 200"), "connections survive the change"
        kept.close()
        until(lambda: sum("changed and was read again" in note for note in noted()) == 2)


def bad_files(folder: Path, authority: Authority) -> dict[str, TlsFiles]:
    one, two = authority.server("one", [HOST]), authority.server("two", [HOST])
    nonsense = folder / "nonsense.pem"
    nonsense.write_text("nonsense")
    return {
        "missing": TlsFiles(folder / "missing.pem"),
        "a folder": TlsFiles(folder),
        "nonsense": TlsFiles(nonsense),
        "no key in it": TlsFiles(one.certificate),
        "the key of another": TlsFiles(one.certificate, two.key),
        "no key there": TlsFiles(one.certificate, folder / "missing.pem"),
        "no authority": TlsFiles(one.certificate, one.key, folder / "missing.pem"),
        "an authority of nonsense": TlsFiles(one.certificate, one.key, nonsense),
    }


@pytest.mark.parametrize(
    "what",
    [
        "missing",
        "a folder",
        "nonsense",
        "no key in it",
        "the key of another",
        "no key there",
        "no authority",
        "an authority of nonsense",
    ],
)
def test_files_that_cannot_be_used_are_a_clear_error(authority: Authority, tmp_path: Path, what: str) -> None:
    files = bad_files(tmp_path, authority)[what]
    with pytest.raises(ToolkitError, match="cannot be used") as caught:
        HttpSource(settings(files)).__enter__()
    assert caught.value.exit_code == ExitCode.ENVIRONMENT
    assert str(files.chain) in str(caught.value)
    assert caught.value.faults[0].hint


def test_a_key_with_a_password_is_an_error_and_no_question(authority: Authority, tmp_path: Path) -> None:
    pair = authority.server("locked", [HOST])
    key = serialization.load_pem_private_key(pair.key.read_bytes(), None)
    locked = tmp_path / "locked.pem"
    locking = serialization.BestAvailableEncryption(b"secret")
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, locking)
    locked.write_bytes(pair.certificate.read_bytes() + private)
    with pytest.raises(ToolkitError, match="protected by a password"):
        WatchedTls(TlsFiles(locked))


@contextlib.contextmanager
def as_nobody() -> Iterator[None]:
    """Have no rights to files of others, which root has."""
    was = os.geteuid()
    if was == 0:
        os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(was)


def test_a_folder_that_may_not_be_read_is_a_clear_error(pem: Path, tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir()
    shutil.copy(pem, closed / "falco.pem")
    closed.chmod(0)
    with as_nobody(), pytest.raises(ToolkitError, match="Permission denied") as caught:
        WatchedTls(TlsFiles(closed / "falco.pem"))
    assert caught.value.exit_code == ExitCode.ENVIRONMENT
    closed.chmod(0o700)
