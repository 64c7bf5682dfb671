"""The toolkit's own recorder on this machine, for clusters whose API server reaches it over the network."""

from __future__ import annotations

import base64
import secrets
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from toolkit import __version__
from toolkit.cluster.certificates import Authority
from toolkit.cluster.recorder.part import RecorderPart
from toolkit.cluster.recorder.tail import LineTail
from toolkit.errors import environment
from toolkit.webhook.recorder import PATH, PATIENT, Recorder, RecorderSettings
from toolkit.webhook.server import Certificate

_NEVER_FULL = 1024 * 1024


class HostRecorder:
    """A recorder that listens; `client_config` is how a webhook configuration names it."""

    name = f"toolkit {__version__}"

    def __init__(self, recorder: Recorder, client_config: dict[str, Any]) -> None:
        self.client_config = client_config
        self._recorder = recorder
        self._tail = LineTail(recorder.file.path)

    @property
    def log_paths(self) -> list[Path]:
        """Its files, oldest first."""
        return self._recorder.file.files()

    def lines(self) -> list[bytes]:
        """Return every line recorded so far, in the order written, without line ends."""
        return self._tail.lines()

    def count(self) -> int:
        """Return how many valid requests it has counted since it began."""
        return self._recorder.counts.valid_requests

    def part(self) -> RecorderPart:
        """Return it as clusters know it: outside of them, and well as long as this process is there."""
        path = self._recorder.file.path
        return RecorderPart(self.name, self.client_config, None, self.lines, self.count, lambda: None, path)


@contextmanager
def host_recorder(folder: Path, address: str) -> Iterator[HostRecorder]:
    """Record in `folder`, over TLS and under a path that nobody can guess, at an address of this machine.

    Raises ToolkitError (exit 4) when the address cannot be listened on.
    """
    authority = Authority.create(folder / "certificates", "toolkit")
    pair = authority.server("recorder", [address])
    path = f"{PATH}/{secrets.token_urlsafe(24)}"
    settings = RecorderSettings(
        certificate=Certificate(pair.certificate, pair.key),
        log_filename=folder / "recorder" / "kube-audit-rest.log",
        max_size=_NEVER_FULL,
        host=address,
        port=0,
        path=path,
        metrics_port=None,
        timeouts=PATIENT,
    )
    with Recorder(settings) as recorder:
        host = f"[{address}]" if ":" in address else address
        bundle = base64.b64encode(authority.pair.certificate.read_bytes()).decode()
        yield HostRecorder(recorder, {"url": f"https://{host}:{recorder.port}{path}", "caBundle": bundle})


def address_towards(server: str) -> str:
    """Return the address of this machine that packets to a server (a URL) come from; nothing is sent.

    Raises ToolkitError (exit 4) when there is no way to it.
    """
    parts = urlsplit(server)
    try:
        found = socket.getaddrinfo(parts.hostname, parts.port or 443, type=socket.SOCK_DGRAM)
        family, kind, protocol, _, target = found[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.connect(target)
            return str(probe.getsockname()[0])
    except OSError as error:
        raise environment(f"no way to {server}: {error}", hint="name this machine's address yourself") from error
