"""The recorder over real TLS connections: answers, lines before answers, order, counts."""

from __future__ import annotations

import http.client
import json
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import orjson
import pytest

from toolkit.cluster.certificates import Authority
from toolkit.errors import ExitCode, ToolkitError
from toolkit.webhook import app
from toolkit.webhook.recorder import Recorder, RecorderSettings
from toolkit.webhook.server import Certificate

HOST = "127.0.0.1"
JSON = {"Content-Type": "application/json"}
REVIEW = b'{"request":{"uid":"u1"}}'


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority.create(tmp_path_factory.mktemp("certificates"), "test")


@pytest.fixture(scope="module")
def certificate(authority: Authority) -> Certificate:
    pair = authority.server("recorder", [HOST])
    return Certificate(pair.certificate, pair.key)


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


Connect = Callable[[], http.client.HTTPSConnection]


@pytest.fixture
def connect(recorder: Recorder, authority: Authority) -> Connect:
    context = ssl.create_default_context(cafile=str(authority.pair.certificate))
    return lambda: http.client.HTTPSConnection(HOST, recorder.port, context=context, timeout=10)


def review(uid: str, **members: object) -> bytes:
    return json.dumps({"kind": "AdmissionReview", "request": {"uid": uid}, **members}).encode()


def post(connection: http.client.HTTPSConnection, body: bytes) -> http.client.HTTPResponse:
    connection.request("POST", "/log-request", body, JSON)
    return connection.getresponse()


def lines(recorder: Recorder) -> list[bytes]:
    path = recorder.file.path
    return path.read_bytes().splitlines() if path.exists() else []


def test_a_review_is_allowed_and_its_line_is_there(recorder: Recorder, connect: Connect) -> None:
    answer = post(connect(), REVIEW)
    assert answer.status == 200
    assert json.loads(answer.read()) == {
        "apiVersion": "admission.k8s.io/v1",
        "kind": "AdmissionReview",
        "response": {"uid": "u1", "allowed": True},
    }
    (line,) = lines(recorder)
    stamp = json.loads(line)["requestReceivedTimestamp"]
    assert line == b'{"request":{"uid":"u1"},"requestReceivedTimestamp":"%s"}' % stamp.encode()


@pytest.mark.parametrize(
    ("method", "path", "headers", "body", "status", "reason"),
    [
        ("GET", "/log-request", {}, None, 405, None),
        ("PUT", "/log-request", JSON, REVIEW, 405, None),
        ("POST", "/", JSON, REVIEW, 404, None),
        ("POST", "/log-request/", JSON, REVIEW, 404, None),
        ("POST", "/metrics", JSON, REVIEW, 404, None),
        ("POST", "/log-request", {}, REVIEW, 400, "expect contentType application/json"),
        (
            "POST",
            "/log-request",
            {"Content-Type": "application/json; charset=utf-8"},
            REVIEW,
            400,
            "expect contentType application/json",
        ),
        ("POST", "/log-request", JSON, b"", 400, "invalid json"),
        ("POST", "/log-request", JSON, b'{"request":', 400, "invalid json"),
        ("POST", "/log-request", JSON, b'{"request":{}}', 400, "uid not provided"),
        ("POST", "/log-request", JSON, b'{"request":{"uid":7}}', 400, "uid not provided"),
        ("POST", "/log-request?timeout=10s", JSON, REVIEW, 200, None),
    ],
)
def test_answers(
    recorder: Recorder,
    connect: Connect,
    method: str,
    path: str,
    headers: dict[str, str],
    body: bytes | None,
    status: int,
    reason: str | None,
) -> None:
    connection = connect()
    connection.request(method, path, body, headers)
    answer = connection.getresponse()
    assert (answer.status, answer.headers["error"]) == (status, reason)
    assert len(lines(recorder)) == (status == 200)


def test_every_line_is_whole_and_there_before_its_answer_in_order_within_a_connection(
    recorder: Recorder, connect: Connect
) -> None:
    def play(client: int) -> None:
        connection = connect()
        for number in range(40):
            uid = f"{client}/{number}"
            assert post(connection, review(uid, padding="x" * (number * 500))).read()
            assert any(f'"uid": "{uid}"'.replace(" ", "").encode() in line for line in reversed(lines(recorder)))

    with ThreadPoolExecutor(8) as clients:
        list(clients.map(play, range(8)))
    uids = [orjson.loads(line)["request"]["uid"] for line in lines(recorder)]
    assert sorted(uids) == sorted(f"{client}/{number}" for client in range(8) for number in range(40))
    for client in range(8):
        own = [int(uid.split("/")[1]) for uid in uids if uid.startswith(f"{client}/")]
        assert own == sorted(own)


def test_answers_do_not_wait_for_the_callers_acknowledgements(connect: Connect) -> None:
    connection = connect()
    taken = []
    for _ in range(15):
        begin = time.perf_counter()
        post(connection, REVIEW).read()
        taken.append(time.perf_counter() - begin)
    assert sorted(taken)[7] < 0.03, "a delayed acknowledgement takes 0.04 s"


def test_a_body_of_12_mib(recorder: Recorder, connect: Connect) -> None:
    body = review("large", data="y" * (12 * 1024 * 1024))
    assert post(connect(), body).status == 200
    assert len(lines(recorder)[0]) > len(body)


def test_counts_are_shown_under_the_known_names(recorder: Recorder, connect: Connect) -> None:
    connection = connect()
    for body in (REVIEW, REVIEW, b"{}"):
        post(connection, body).read()
    assert recorder.metrics_port
    page = http.client.HTTPConnection(HOST, recorder.metrics_port)
    page.request("GET", "/metrics")
    answer = page.getresponse()
    assert answer.headers["content-type"].startswith("text/plain")
    text = answer.read().decode().splitlines()
    assert "# TYPE kube_audit_rest_http_requests_total counter" in text
    assert "kube_audit_rest_http_requests_total 3.0" in text
    assert "kube_audit_rest_valid_requests_processed_total 2.0" in text
    assert 'promhttp_metric_handler_errors_total{cause="gathering"} 0.0' in text
    assert not [name for name in text if "_created" in name]


def test_when_the_disk_is_full_the_request_is_allowed_and_counted(
    certificate: Certificate, authority: Authority, capsys: pytest.CaptureFixture[str]
) -> None:
    full = RecorderSettings(certificate, Path("/dev/full"), host=HOST, port=0, metrics_port=None)
    context = ssl.create_default_context(cafile=str(authority.pair.certificate))
    with Recorder(full) as recorder:
        assert post(http.client.HTTPSConnection(HOST, recorder.port, context=context), REVIEW).status == 200
    assert (recorder.counts.valid_requests, recorder.counts.write_errors) == (1, 1)
    entry = json.loads(capsys.readouterr().err)
    assert (entry["level"], entry["uid"]) == ("error", "u1")
    assert "No space left" in entry["error"]


def test_a_file_that_cannot_be_made_is_like_a_full_disk(
    certificate: Certificate, authority: Authority, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    settings = RecorderSettings(certificate, tmp_path / "file" / "events.log", host=HOST, port=0, metrics_port=None)
    context = ssl.create_default_context(cafile=str(authority.pair.certificate))
    with Recorder(settings) as recorder:
        assert post(http.client.HTTPSConnection(HOST, recorder.port, context=context), REVIEW).status == 200
    assert recorder.counts.write_errors == 1


def test_std_log_wraps_each_line(
    certificate: Certificate, authority: Authority, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = RecorderSettings(certificate, to_std_log=True, host=HOST, port=0, metrics_port=None)
    context = ssl.create_default_context(cafile=str(authority.pair.certificate))
    body = '{"request":{"uid":"ü\\n\\"<"}}'.encode()
    with Recorder(settings) as recorder:
        assert post(http.client.HTTPSConnection(HOST, recorder.port, context=context), body).status == 200
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    entry = json.loads(err)
    assert list(entry) == ["level", "ts", "caller", "msg"]
    assert entry["level"] == "info"
    assert entry["caller"].startswith("zapio/")
    assert abs(entry["ts"] - time.time()) < 60
    assert entry["msg"].startswith('{"request":{"uid":"ü\\n\\"<"},"requestReceivedTimestamp":"')


def test_a_body_that_does_not_come_is_refused_and_others_are_answered_meanwhile(
    recorder: Recorder, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app, "READ_TIMEOUT", 0.5)
    slow = connect()
    slow.putrequest("POST", "/log-request")
    slow.putheader("Content-Type", "application/json")
    slow.putheader("Content-Length", "1000")
    slow.endheaders(b'{"request"')
    assert post(connect(), REVIEW).status == 200
    answer = slow.getresponse()
    assert (answer.status, answer.headers["error"]) == (400, "Failed to read body")


def test_plain_http_on_the_tls_port_does_not_disturb(recorder: Recorder, connect: Connect) -> None:
    with socket.create_connection((HOST, recorder.port)) as plain:
        plain.sendall(b"POST /log-request HTTP/1.1\r\n\r\n")
        plain.recv(100)
    assert post(connect(), REVIEW).status == 200


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
