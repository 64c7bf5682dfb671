"""What tests of logs behind URLs share: the command, a store in memory, servers of files, certificates."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import fsspec
import pytest
from command_line import Toolkit, runner
from log_server import LogServer

from toolkit.cluster.certificates import Authority


@pytest.fixture
def toolkit(monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]) -> Toolkit:
    """Return a function that runs `toolkit` in this process."""
    return runner(monkeypatch, capfdbinary)


@pytest.fixture
def memory() -> Iterator[fsspec.AbstractFileSystem]:
    """Return the store behind memory://, empty."""
    store = fsspec.filesystem("memory")
    store.store.clear()
    store.pseudo_dirs[:] = [""]
    yield store
    store.store.clear()


@pytest.fixture
def serve() -> Iterator[Callable[..., LogServer]]:
    """Return a function that starts a server of files on loopback."""
    with ExitStack() as servers:
        yield lambda files, **how: servers.enter_context(LogServer(files, **how))


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority.create(tmp_path_factory.mktemp("certificates"), "test")


@pytest.fixture(scope="session")
def server_certificate(authority: Authority, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a file with certificate and key of a server on loopback."""
    pair = authority.server("logs", ["127.0.0.1"])
    file = tmp_path_factory.mktemp("server") / "server.pem"
    file.write_bytes(pair.certificate.read_bytes() + pair.key.read_bytes())
    return file
