"""Certificates, and `toolkit run` as a process of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from running import Running

from toolkit.cluster.certificates import Authority


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority.create(tmp_path_factory.mktemp("authority"), "test")


@pytest.fixture(scope="session")
def pem(authority: Authority, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One file with certificate and key, as Falco's `sslCertificate`."""
    pair = authority.server("endpoint", ["127.0.0.1", "localhost"])
    file = tmp_path_factory.mktemp("pem") / "falco.pem"
    file.write_bytes(pair.certificate.read_bytes() + pair.key.read_bytes())
    return file


@pytest.fixture
def run_toolkit(tmp_path: Path) -> Iterator[Callable[..., Running]]:
    """Start `toolkit run` with arguments; what still runs at the end of the test is ended."""
    started: list[Running] = []

    def start(*arguments: str, **environment: str) -> Running:
        started.append(Running(tmp_path, arguments, environment))
        return started[-1]

    yield start
    for running in started:
        running.kill()


@pytest.fixture(scope="session")
def ca(authority: Authority) -> Path:
    """What callers trust."""
    return authority.pair.certificate
