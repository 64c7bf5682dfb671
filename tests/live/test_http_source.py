"""The endpoint over real connections: answers, batches, bounds, pages, and that nothing is lost or taken twice."""

from __future__ import annotations

import gzip
import http.client
import json
import os
import re
import signal
import socket
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from endpoint import HOST, PATH, Called, called
from posting import review

from toolkit.errors import ExitCode, ToolkitError
from toolkit.events.review import Review
from toolkit.webhook.address import is_address, parse_address
from toolkit.webhook.http_source import HttpSource, HttpSourceSettings, WebserverPlace
from toolkit.webhook.limits import Limits

EVENTS = "falcosecurity_plugins_k8sadmission_n_events_total"


@pytest.fixture
def endpoint() -> Iterator[Called]:
    with called() as started:
        yield started


@pytest.fixture(scope="module")
def narrow() -> Iterator[Called]:
    """An endpoint that takes bodies of 5000 bytes."""
    with called(limits=Limits(5000, 5000)) as started:
        yield started


def uids(events: Sequence[object]) -> list[str | None]:
    return [event.uid for event in events if isinstance(event, Review)]


@pytest.mark.parametrize("version", ["v1", "v1beta1"])
def test_a_review_is_allowed_in_its_own_version(endpoint: Called, version: str) -> None:
    answer = endpoint.post(review("a", apiVersion=f"admission.k8s.io/{version}"), Content_Type="application/json")
    assert answer.status == 200
    assert answer.headers["content-type"] == "application/json"
    assert answer.json() == {
        "apiVersion": f"admission.k8s.io/{version}",
        "kind": "AdmissionReview",
        "response": {"uid": "a", "allowed": True},
    }
    assert uids(endpoint.events()) == ["a"]


def test_it_is_answered_though_nobody_evaluates(endpoint: Called) -> None:
    for number in range(300):
        assert endpoint.post(review(str(number))).json()["response"]["uid"] == str(number)
    assert uids(endpoint.events()) == [str(number) for number in range(300)]


def test_events_have_the_time_of_their_arrival_and_a_running_number(endpoint: Called) -> None:
    before = time.time_ns()
    endpoint.post(review("a"))
    endpoint.post(b"\n".join([review("b"), review("c", requestReceivedTimestamp="2026-01-02T03:04:05Z")]))
    after = time.time_ns()
    a, b, c = endpoint.events()
    assert isinstance(a, Review)
    assert isinstance(b, Review)
    assert isinstance(c, Review)
    assert before <= a.time_ns <= b.time_ns <= after
    assert c.time_ns == 1_767_323_045_000_000_000
    assert [str(event.place) for event in (a, b, c)] == [
        f"http://{HOST}:{endpoint.source.address.port}{PATH}:{number}" for number in (1, 2, 3)
    ]


BATCH = [review(str(number)) for number in range(5)]


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (b"\n".join(BATCH), {"Content_Type": "application/x-ndjson"}),
        (b"\n".join(BATCH) + b"\n", {}),
        (b"[" + b",".join(BATCH) + b"]", {"Content_Type": "application/json"}),
        (gzip.compress(b"\n".join(BATCH), mtime=0), {"Content_Encoding": "gzip"}),
    ],
)
def test_a_batch_of_a_shipper(endpoint: Called, body: bytes, headers: dict[str, str]) -> None:
    answer = endpoint.post(body, **headers)
    assert (answer.status, answer.json()) == (200, {"events": 5, "dropped": 0})
    assert uids(endpoint.events()) == ["0", "1", "2", "3", "4"]


@pytest.mark.parametrize(
    ("method", "path", "body", "headers", "status", "reason"),
    [
        ("GET", PATH, None, {}, 405, None),
        ("PUT", PATH, BATCH[0], {}, 405, None),
        ("DELETE", "/healthz", None, {}, 405, None),
        ("POST", "/", BATCH[0], {}, 404, None),
        ("POST", f"{PATH}/", BATCH[0], {}, 404, None),
        ("POST", "/log-request", BATCH[0], {}, 404, None),
        ("POST", PATH, b"", {}, 400, "invalid json"),
        ("POST", PATH, b"{}", {}, 400, "uid not provided"),
        ("POST", PATH, b"x", {"Content_Encoding": "gzip"}, 400, "invalid gzip"),
        (
            "POST",
            PATH,
            b'{"kind":"a\\r\\nb: \xc3\xbc","request":{"uid":"u"}}',
            {},
            400,
            "expected a body of kind AdmissionReview, found a??b: ?",
        ),
        ("POST", PATH, b"x", {"Content_Encoding": "zstd"}, 415, "content encoding zstd is not known, use gzip"),
        ("POST", PATH, b"x" * 5001, {}, 413, "a body may have 5000 bytes (webhookMaxBatchSize)"),
        (
            "POST",
            PATH,
            gzip.compress(b"x" * 5001, mtime=0),
            {"Content_Encoding": "gzip"},
            413,
            "a body may have 5000 bytes (webhookMaxBatchSize)",
        ),
        ("POST", f"{PATH}?timeout=10s", BATCH[0], {}, 200, None),
        ("POST", PATH, BATCH[0], {"Content_Type": "application/json; charset=utf-8"}, 200, None),
    ],
)
def test_answers(
    narrow: Called, method: str, path: str, body: bytes | None, headers: dict[str, str], status: int, reason: str | None
) -> None:
    before = narrow.metric(EVENTS)
    answer = narrow.ask(method, path, body, **headers)
    assert (answer.status, answer.error) == (status, reason)
    assert narrow.metric(EVENTS) == before + (status == 200)


def test_a_body_of_unknown_length_is_bounded_too(narrow: Called) -> None:
    pieces = iter([b"x" * 1000] * 30)
    answer = narrow.ask("POST", PATH, pieces, Transfer_Encoding="chunked")
    assert answer.status == 413


def test_a_body_without_end_is_cut_off_and_others_are_answered(narrow: Called) -> None:
    with socket.create_connection((HOST, narrow.source.address.port)) as endless:
        endless.sendall(f"POST {PATH} HTTP/1.1\r\nHost: x\r\nContent-Length: 999999999999\r\n\r\n".encode())
        with pytest.raises(ConnectionError):
            endless.sendall(b"x" * 100_000_000)
    assert narrow.post(review("a")).status == 200


@pytest.mark.parametrize("piece", [b"7,", b"{},", b"[],", b"\n", b"{}\n", b'"",'])
def test_a_body_of_next_to_nothing_costs_next_to_nothing(endpoint: Called, piece: bytes) -> None:
    def memory() -> int:
        return int(Path(f"/proc/{endpoint.source._process.pid}/statm").read_text().split()[1]) * 4096

    before, size = memory(), Limits().body - 10
    inside = piece * (size // len(piece))
    body = inside if piece.endswith(b"\n") else b"[" + inside[:-1] + b"]"
    assert endpoint.post(body).status == 400
    assert memory() < before + 10 * size
    assert endpoint.post(review("a")).status == 200


def test_a_large_event_is_allowed_counted_named_once_and_left_out() -> None:
    small, large = review("small"), review("large", padding="x" * 2000)
    with called(limits=Limits(1000, 10**6)) as endpoint:
        assert endpoint.post(large).json()["response"] == {"uid": "large", "allowed": True}
        assert endpoint.post(b"\n".join([small, large, small])).json() == {"events": 3, "dropped": 1}
        assert uids(endpoint.events()) == ["small", "small"]
        source = endpoint.source
        assert source.counts.dropped == {"max_event_size": 2}
        assert source.counts.words() == ["2 of 4 events were dropped: 2 max_event_size"]
        notes = source.notes()
        assert (
            notes
            == [f"{source.address}: an event of {len(large)} bytes is larger than maxEventSize, 1000, and was left out"]
            * 2
        )
        assert source.notes() == []


def test_of_many_large_events_ten_are_named() -> None:
    with called(limits=Limits(100, 10**6)) as endpoint:
        endpoint.post(b"\n".join([review("large")] * 50))
        assert endpoint.events() == []
        assert len(endpoint.source.notes()) == 10
        assert endpoint.source.counts.dropped == {"max_event_size": 50}


def test_when_the_queue_is_full_reviews_are_allowed_dropped_and_counted_and_shippers_told_to_wait() -> None:
    # Nobody reads, so what the sockets between the processes hold is used up first.
    body = review("x", padding="y" * 100_000)
    with called(queue_size=10) as endpoint:
        for _ in range(60):
            assert endpoint.post(body).json()["response"]["allowed"] is True
        assert endpoint.metric('falcosecurity_plugins_k8sadmission_n_drops_total{reason="queue_full"}') > 20
        assert endpoint.metric("falcosecurity_plugins_k8sadmission_n_queued") == 10
        for batch in (b"\n".join([body, body]), review("logged", requestReceivedTimestamp="2026-01-02T03:04:05Z")):
            busy = endpoint.post(batch)
            assert (busy.status, busy.headers["retry-after"]) == (429, "1")
        begin = time.perf_counter()
        endpoint.post(body)
        assert time.perf_counter() - begin < 1
        came = len(endpoint.events())
        counts = endpoint.source.counts
        assert came + counts.dropped["queue_full"] == counts.events == counts.answered == 61
        assert counts.refused == {"429": 2}


def test_room_in_the_queue_comes_back() -> None:
    body = review("x", padding="y" * 100_000)
    with called(queue_size=5) as endpoint:
        while not endpoint.metric('falcosecurity_plugins_k8sadmission_n_drops_total{reason="queue_full"}'):
            endpoint.post(body)
        list(endpoint.source.read())
        deadline = time.monotonic() + 10
        while endpoint.post(b"[" + body + b"]").status != 200:
            list(endpoint.source.read())
            assert time.monotonic() < deadline


def test_every_event_comes_once_from_many_callers(endpoint: Called) -> None:
    def play(client: int) -> None:
        mine = Called(endpoint.source)
        for number in range(100):
            assert mine.post(review(f"{client}/{number}")).status == 200

    with ThreadPoolExecutor(8) as clients:
        list(clients.map(play, range(8)))
    found = uids(endpoint.events())
    assert sorted(map(str, found)) == sorted(f"{client}/{number}" for client in range(8) for number in range(100))
    for client in range(8):
        own = [int(str(uid).split("/")[1]) for uid in found if str(uid).startswith(f"{client}/")]
        assert own == sorted(own), "events of one connection stay in order"


def test_pages(endpoint: Called) -> None:
    endpoint.post(review("a"))
    endpoint.post(b"nothing")
    health = endpoint.ask("GET", "/healthz")
    assert (health.status, health.json()) == (200, {"status": "ok"})
    page = endpoint.ask("GET", "/metrics")
    assert page.headers["content-type"].startswith("text/plain; version=0.0.4")
    lines = page.body.decode().splitlines()
    assert "# TYPE falcosecurity_plugins_k8sadmission_n_events_total counter" in lines
    assert "falcosecurity_plugins_k8sadmission_n_events_total 1.0" in lines
    assert 'falcosecurity_plugins_k8sadmission_n_refused_total{code="400"} 1.0' in lines
    assert 'falcosecurity_plugins_k8sadmission_n_drops_total{reason="queue_full"} 0.0' in lines
    assert "kube_audit_rest_http_requests_total 2.0" in lines
    assert "kube_audit_rest_valid_requests_processed_total 1.0" in lines


def test_a_webserver_of_its_own_has_the_pages_and_takes_nothing() -> None:
    with called(webserver=WebserverPlace(HOST, 0, health="/alive", metrics=False)) as endpoint:
        assert endpoint.source.webserver_port
        other = http.client.HTTPConnection(HOST, endpoint.source.webserver_port)
        for method, path, status in (("GET", "/alive", 200), ("GET", "/metrics", 404), ("POST", PATH, 404)):
            other.request(method, path, review("a") if method == "POST" else None)
            answer = other.getresponse()
            answer.read()
            assert (path, answer.status) == (path, status)
        assert endpoint.events() == []


def test_what_is_being_asked_when_it_stops_is_answered_and_comes(endpoint: Called) -> None:
    body = review("late")
    slow = socket.create_connection((HOST, endpoint.source.address.port))
    slow.sendall(f"POST {PATH} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body[:50])
    time.sleep(0.3)
    endpoint.source.stop()
    time.sleep(0.5)
    slow.sendall(body[50:])
    assert slow.recv(1000).startswith(b"HTTP/1.1 200")
    assert uids(endpoint.events()) == ["late"]
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((HOST, endpoint.source.address.port))


def test_a_connection_that_is_kept_open_does_not_hold_the_end_up(endpoint: Called) -> None:
    assert endpoint.post(review("a")).status == 200
    begin = time.monotonic()
    assert uids(endpoint.events()) == ["a"]
    assert time.monotonic() - begin < 5


def test_a_server_that_dies_is_an_error_and_what_it_had_handed_over_comes_first() -> None:
    with HttpSource(HttpSourceSettings(parse_address(f"http://{HOST}:0{PATH}"))) as source:
        Called(source).post(review("a"))
        found = [arrival.event for arrival in source.read()]
        os.kill(source._process.pid, signal.SIGKILL)
        with pytest.raises(ToolkitError, match="ended by itself") as caught:
            found.extend(arrival.event for _ in range(10) for arrival in source.read())
    assert caught.value.exit_code == ExitCode.ENVIRONMENT
    assert uids(found) == ["a"]


@pytest.mark.parametrize(
    ("text", "host", "port", "path"),
    [
        ("http://:9765/k8s-audit", "", 9765, "/k8s-audit"),
        ("HTTPS://0.0.0.0:1/x", "0.0.0.0", 1, "/x"),
        ("http://[::1]:80/x/y", "::1", 80, "/x/y"),
        ("http://localhost/x", "localhost", 80, "/x"),
        ("https://localhost", "localhost", 443, "/"),
    ],
)
def test_addresses(text: str, host: str, port: int, path: str) -> None:
    address = parse_address(text)
    assert is_address(text)
    assert (address.host, address.port, address.path) == (host, port, path)
    assert address.is_tls == text.lower().startswith("https")
    assert parse_address(str(address)) == address


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("http://:port/x", "port"),
        ("http://:70000/x", "out of range"),
        ("http://[::1/x", "IPv6"),
        ("http://me:secret@:1/x", "no user and no password"),
        ("http://:1/x?a=b", "before ? and #"),
        ("http://:1/{x}", "would have to be escaped"),
        ("http://:1/metrics", "taken by the endpoint's own page"),
    ],
)
def test_addresses_that_cannot_be(text: str, found: str) -> None:
    with pytest.raises(ToolkitError, match=re.escape(found)) as caught:
        parse_address(text)
    assert caught.value.exit_code == ExitCode.USAGE


def test_paths_are_no_addresses() -> None:
    assert not any(map(is_address, ("events.log", "-", "./http://x", "file:///x", "s3://bucket/x")))


def test_urls_of_logs_are_no_addresses_but_where_no_host_is_named() -> None:
    assert not is_address("https://host/x.log.gz")
    assert is_address("https://:9765/x.log.gz")
    assert is_address("https://0.0.0.0:9765/x.json")


def test_a_host_that_is_not_this_machine_may_be_meant_as_a_log() -> None:
    for host in ("host.invalid", "192.0.2.1"):
        with (
            pytest.raises(ToolkitError, match=re.escape("curl URL | toolkit run -")),
            HttpSource(HttpSourceSettings(parse_address(f"http://{host}:0/logs"))),
        ):
            raise AssertionError("listens elsewhere")


def test_without_a_host_both_families_are_listened_on() -> None:
    with called(HttpSourceSettings(parse_address(f"http://:0{PATH}"))) as endpoint:
        hosts = [HOST, "::1"] if socket.has_dualstack_ipv6() else [HOST]
        for host in hosts:
            connection = http.client.HTTPConnection(host, endpoint.source.address.port)
            connection.request("POST", PATH, review(host))
            assert json.loads(connection.getresponse().read())["response"]["uid"] == host
        assert uids(endpoint.events()) == hosts


def test_a_port_that_is_taken_is_a_clear_error(endpoint: Called) -> None:
    port = endpoint.source.address.port
    with pytest.raises(ToolkitError, match=rf"port {port} on .* cannot be listened on") as caught:
        HttpSource(HttpSourceSettings(parse_address(f"http://{HOST}:{port}{PATH}"))).__enter__()
    assert caught.value.exit_code == ExitCode.ENVIRONMENT
