"""What the certificates say: identities, hosts, and who may read the keys."""

from __future__ import annotations

import json
import ssl
from pathlib import Path

from toolkit.cluster.certificates import Authority
from toolkit.cluster.kubeconfig import write_kubeconfig
from toolkit.cluster.local.ports import HeldPort


def test_keys_and_kubeconfigs_are_their_owners_alone(tmp_path: Path) -> None:
    authority = Authority.create(tmp_path, "test")
    client = authority.client("system:someone", ["one"])
    config = write_kubeconfig(tmp_path / "config", "https://127.0.0.1:1", authority.pair.certificate, "who", client)
    for path in (authority.pair.key, client.key, authority.signing_keys("tokens").key, config):
        assert path.stat().st_mode & 0o777 == 0o600
    assert json.loads(config.read_text())["current-context"] == "toolkit"


def test_a_server_certificate_holds_for_its_hosts_and_chains_to_the_authority(tmp_path: Path) -> None:
    authority = Authority.create(tmp_path, "test")
    server = authority.server("server", ["127.0.0.1", "localhost"])
    inner, outer = ssl.MemoryBIO(), ssl.MemoryBIO()
    accepting = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    accepting.load_cert_chain(server.certificate, server.key)
    asking = ssl.create_default_context(cafile=str(authority.pair.certificate))
    for host, trusted in (("127.0.0.1", True), ("localhost", True), ("elsewhere", False)):
        inner, outer = ssl.MemoryBIO(), ssl.MemoryBIO()
        client = asking.wrap_bio(inner, outer, server_hostname=host)
        peer = accepting.wrap_bio(outer, inner, server_side=True)
        assert shake_hands(client, peer) is trusted, host


def shake_hands(client: ssl.SSLObject, server: ssl.SSLObject) -> bool:
    for _ in range(3):
        for side in (client, server):
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                continue
            except ssl.SSLError:
                return False
    return client.version() is not None


def test_a_held_port_is_given_to_nobody_else() -> None:
    ports = [HeldPort() for _ in range(50)]
    assert len({port.number for port in ports}) == 50
    for port in ports:
        port.__exit__(None, None, None)
