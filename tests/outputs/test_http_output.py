"""Alerts to a receiver over HTTP and HTTPS: one that dies and comes back, that says no, that is not whom we trust."""

from __future__ import annotations

import ssl
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from receiving import Receiver, line
from waiting import until

from toolkit.cluster.certificates import Authority, Pair
from toolkit.configuration.model import HttpOutput
from toolkit.errors import ToolkitError
from toolkit.outputs.channel import RefusedError
from toolkit.outputs.http import HttpSink
from toolkit.outputs.queued import QueuedChannel


def sink_to(receiver: Receiver, said: list[str], *, json: bool = False, timeout: float = 5.0, **more: Any) -> HttpSink:
    return HttpSink(HttpOutput(receiver.url, **more), json=json, timeout=timeout, say=said.append)


def test_each_alert_is_a_post_over_one_connection(said: list[str]) -> None:
    with Receiver() as receiver:
        sink = sink_to(receiver, said, json=True, headers=(("Authorization", "Bearer x"),), echo=True)
        sink.write(line("é"))
        sink.write(line("b"))
        sink.close()
    assert receiver.bodies == ["é".encode(), b"b"]
    assert len(receiver.connections) == 1
    sent = receiver.headers[0]
    assert (sent["Content-Type"], sent["User-Agent"]) == ("application/json", "falcosecurity/falco")
    assert sent["Authorization"] == "Bearer x"
    assert said == ["http_output: thanks"] * 2


def test_text_alerts_say_so_and_the_agent_can_be_named(said: list[str]) -> None:
    with Receiver() as receiver:
        sink_to(receiver, said, user_agent="mine/1", compress_uploads=True, keep_alive=True).write(line("a"))
    sent = receiver.headers[0]
    assert (sent["Content-Type"], sent["User-Agent"], sent["TE"]) == ("text/plain", "mine/1", "gzip")


def test_a_login_in_the_address_is_a_header_and_in_no_message(said: list[str]) -> None:
    with Receiver(status=403) as receiver:
        settings = HttpOutput(receiver.url.replace("//", "//me:p%40ss@"))
        with pytest.raises(RefusedError) as error:
            HttpSink(settings, json=True, timeout=5, say=said.append).write(line("a"))
    assert receiver.headers[0]["Authorization"] == "Basic bWU6cEBzcw=="
    assert str(error.value) == f"{receiver.url} answers 403 Forbidden"


def test_of_a_long_answer_only_the_beginning_is_read(said: list[str]) -> None:
    with Receiver(answer=b"x" * 1_000_000) as receiver:
        sink = sink_to(receiver, said, echo=True)
        sink.write(line("a"))
        sink.write(line("b"))
    assert receiver.bodies == [b"a", b"b"]
    assert len(said[0]) < 70_000
    assert len(receiver.connections) == 2


def test_a_receiver_that_dies_loses_nothing_when_it_comes_back(said: list[str]) -> None:
    receiver = Receiver()
    receiver.start()
    channel = QueuedChannel(sink_to(receiver, said), said.append, capacity=100)
    channel.put(line("before"))
    until(lambda: receiver.bodies == [b"before"])
    receiver.stop()
    for number in range(10):
        channel.put(line(str(number)))
    until(lambda: channel.counts.failures > 2)
    receiver.start()
    until(lambda: channel.counts.sent == 11)
    channel.close(10)
    receiver.stop()
    assert receiver.bodies == [b"before", *(str(number).encode() for number in range(10))]
    assert channel.counts.lost == 0
    assert any("Connection refused" in words for words in said), said
    assert said[-1] == "http_output: works again; 0 alerts were lost so far"


def test_an_answer_of_no_is_final_and_one_of_trouble_is_not(said: list[str]) -> None:
    with Receiver(status=403) as receiver:
        sink = sink_to(receiver, said)
        with pytest.raises(RefusedError, match="answers 403 Forbidden"):
            sink.write(line("a"))
        receiver.status = 503
        with pytest.raises(OSError, match="answers 503 Service Unavailable"):
            sink.write(line("a"))
        receiver.status = 302
        with pytest.raises(RefusedError, match="answers 302 Found"):
            sink.write(line("a"))


def test_a_silent_receiver_is_asked_again_and_then_given_up(said: list[str]) -> None:
    with Receiver(delay=1.0) as receiver:
        sink = sink_to(receiver, said, timeout=0.1, max_consecutive_timeouts=2)
        begun = time.monotonic()
        with pytest.raises(OSError, match=r"does not answer within 0\.1 s"):
            sink.write(line("a"))
        assert 0.3 <= time.monotonic() - begun < 5
        until(lambda: len(receiver.bodies) == 3)


@dataclass(frozen=True)
class Party:
    """An authority with a server and a client that it vouches for."""

    authority: Pair
    server: Pair
    client: Pair


@pytest.fixture(scope="module")
def parties(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Party]:
    found = {}
    for name in ("ours", "strange"):
        authority = Authority.create(tmp_path_factory.mktemp(name), name)
        server, client = authority.server("server", ["localhost"]), authority.client("falco")
        found[name] = Party(authority.pair, server, client)
    return found


def server_context(ours: Party, *, mutual: bool = False) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(ours.server.certificate, ours.server.key)
    if mutual:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(ours.authority.certificate)
    return context


def test_the_receiver_has_to_be_trusted(parties: dict[str, Party], said: list[str], tmp_path: Path) -> None:
    ours, strange = parties["ours"], parties["strange"]
    with Receiver(tls=server_context(ours)) as receiver:
        sink_to(receiver, said, ca_file=ours.authority.certificate).write(line("a"))
        with pytest.raises(OSError, match="certificate verify failed"):
            sink_to(receiver, said, ca_file=strange.authority.certificate).write(line("b"))
        with pytest.raises(OSError, match="certificate verify failed"):
            sink_to(receiver, said, ca_path=tmp_path).write(line("b"))
        sink_to(receiver, said, insecure=True).write(line("c"))
    assert receiver.bodies == [b"a", b"c"]


def test_a_receiver_may_ask_for_our_certificate(parties: dict[str, Party], said: list[str]) -> None:
    ours, ca_file = parties["ours"], parties["ours"].authority.certificate
    with Receiver(tls=server_context(ours, mutual=True)) as receiver:
        for client in (parties["strange"].client, None):
            files: dict[str, Any] = {"client_cert": client.certificate, "client_key": client.key} if client else {}
            with pytest.raises(OSError, match="https://localhost:"):
                sink_to(receiver, said, ca_file=ca_file, **files).write(line("b"))
        shown: dict[str, Any] = {"client_cert": ours.client.certificate, "client_key": ours.client.key}
        sink_to(receiver, said, ca_file=ca_file, **shown).write(line("a"))
    assert receiver.bodies == [b"a"]


def test_certificates_that_cannot_be_read_are_named_at_once(parties: dict[str, Party], said: list[str]) -> None:
    receiver = Receiver(tls=server_context(parties["ours"]))
    with pytest.raises(ToolkitError, match=r"http_output: missing\.pem: No such file") as error:
        sink_to(receiver, said, ca_file=Path("missing.pem"))
    assert error.value.exit_code == 4
    certificate, key = parties["ours"].client.certificate, parties["strange"].client.key
    with pytest.raises(ToolkitError, match=r"http_output: .*falco\.crt with .*falco\.key: "):
        sink_to(receiver, said, client_cert=certificate, client_key=key)
