"""The recorder listens, or says why it cannot; replayed lines come back; answers come at once."""

from __future__ import annotations

import gzip
import http.client
import re
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from recorders import HOST, JSON, REVIEW

from toolkit.cluster.certificates import Authority
from toolkit.errors import ExitCode, ToolkitError
from toolkit.webhook.recorder import Recorder, RecorderSettings
from toolkit.webhook.server import Certificate


@pytest.fixture(scope="module")
def running(certificate: Certificate, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Recorder]:
    log = tmp_path_factory.mktemp("log") / "events.log"
    with Recorder(RecorderSettings(certificate, log, host=HOST, port=0, metrics_port=0)) as recorder:
        yield recorder


@pytest.fixture
def recorder(running: Recorder) -> Recorder:
    running.file.close()
    running.file.path.unlink(missing_ok=True)
    running.counts.requests = running.counts.valid_requests = 0
    return running


CAPTURED = Path(__file__).parent.parent / "conformance/data/captured"
STAMP = re.compile(rb'(?<=,"requestReceivedTimestamp":")[^"]+(?="\}\n)')

Connect = Callable[[], http.client.HTTPSConnection]


@pytest.fixture
def connect(recorder: Recorder, authority: Authority) -> Connect:
    context = ssl.create_default_context(cafile=str(authority.pair.certificate))
    return lambda: http.client.HTTPSConnection(HOST, recorder.port, context=context, timeout=10)


def post(connection: http.client.HTTPSConnection, body: bytes) -> http.client.HTTPResponse:
    connection.request("POST", "/log-request", body, JSON)
    return connection.getresponse()


def lines(recorder: Recorder) -> list[bytes]:
    path = recorder.file.path
    return path.read_bytes().splitlines() if path.exists() else []


@pytest.mark.parametrize("version", ["1.34.3", "1.37.2"])
def test_what_kube_audit_rest_recorded_comes_back_but_for_the_time(
    recorder: Recorder, connect: Connect, version: str
) -> None:
    recorded = gzip.decompress((CAPTURED / f"apiserver-{version}.jsonl.gz").read_bytes()).splitlines(keepends=True)
    assert len(recorded) > 190
    connection = connect()
    for line in recorded:
        assert post(connection, line).read()
    came = recorder.file.path.read_bytes().splitlines(keepends=True)
    assert len(came) == len(recorded)
    for line, again in zip(recorded, came, strict=True):
        assert STAMP.sub(b"", again) == STAMP.sub(b"", line)
        assert len(STAMP.findall(again)) == len(STAMP.findall(line)) == 1
        assert STAMP.findall(again) != STAMP.findall(line)


def test_it_listens_on_every_address_of_ipv4_and_ipv6(certificate: Certificate, tmp_path: Path) -> None:
    with Recorder(RecorderSettings(certificate, tmp_path / "log", port=0, metrics_port=None)) as recorder:
        for address in own_addresses():
            socket.create_connection((address, recorder.port), timeout=10).close()


def own_addresses() -> list[str]:
    """Return the loopback addresses that this machine has."""
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        return ["127.0.0.1"]
    return ["127.0.0.1", "::1"]


def test_answers_do_not_wait_for_the_callers_acknowledgements(connect: Connect) -> None:
    connection = connect()
    taken = []
    for _ in range(15):
        begin = time.perf_counter()
        post(connection, REVIEW).read()
        taken.append(time.perf_counter() - begin)
    assert sorted(taken)[7] < 0.03, "a delayed acknowledgement takes 0.04 s"


def test_a_port_that_is_taken_is_a_clear_error(recorder: Recorder, certificate: Certificate) -> None:
    with pytest.raises(ToolkitError) as caught:
        Recorder(RecorderSettings(certificate, host=HOST, port=recorder.port, metrics_port=None)).__enter__()
    assert caught.value.exit_code == ExitCode.ENVIRONMENT
    assert f"port {recorder.port} on 127.0.0.1 cannot be listened on" in str(caught.value)


def test_when_the_metrics_port_is_taken_nothing_is_left_listening(certificate: Certificate, tmp_path: Path) -> None:
    with socket.create_server((HOST, 0)) as taken:
        failing = Recorder(
            RecorderSettings(certificate, tmp_path / "x", host=HOST, port=0, metrics_port=taken.getsockname()[1])
        )
        with pytest.raises(ToolkitError):
            failing.__enter__()
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection((HOST, failing.port))


@pytest.mark.parametrize("content", [None, b"", b"not a certificate"])
def test_a_certificate_that_cannot_be_used_is_a_clear_error(tmp_path: Path, content: bytes | None) -> None:
    chain = tmp_path / "tls.crt"
    if content is not None:
        chain.write_bytes(content)
    settings = RecorderSettings(Certificate(chain, chain), tmp_path / "x", host=HOST, port=0, metrics_port=None)
    with pytest.raises(ToolkitError, match=r"tls\.crt.* cannot be used") as caught:
        Recorder(settings).__enter__()
    assert caught.value.exit_code == ExitCode.ENVIRONMENT
