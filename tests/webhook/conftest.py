"""What the recorder's tests share: certificates for loopback, and recorders as processes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from recorders import HOST, RecorderProcess, start_recorder

from toolkit.cluster.certificates import Authority
from toolkit.webhook.server import Certificate


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority.create(tmp_path_factory.mktemp("certificates"), "test")


@pytest.fixture(scope="session")
def certificate(authority: Authority) -> Certificate:
    pair = authority.server("recorder", [HOST])
    return Certificate(pair.certificate, pair.key)


@pytest.fixture
def recording(
    certificate: Certificate, authority: Authority, tmp_path: Path
) -> Iterator[Callable[..., RecorderProcess]]:
    """Return a function that starts `toolkit record` with further flags; what still runs at the end is stopped."""
    with ExitStack() as running:

        def start(*flags: str, **options: Any) -> RecorderProcess:
            process = start_recorder(certificate, authority.pair.certificate, tmp_path, flags, **options)
            running.callback(process.kill)
            return process

        yield start
