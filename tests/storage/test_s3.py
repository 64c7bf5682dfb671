"""Logs in buckets: a real client (s3fs) against a server with the interface of S3 (moto)."""

from __future__ import annotations

import gzip
import json
import os
import random
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import fsspec
import pytest
from command_line import Toolkit
from log_server import LogServer
from s3_server import s3_endpoint
from test_finding import NAMES, PATTERNS, found_below
from test_reading import grown
from test_run_on_urls import CAPTURED, FLAGS, on_disk, said

from toolkit.errors import ExitCode
from toolkit.storage import systems
from toolkit.storage.failures import StorageError
from toolkit.storage.listing import find
from toolkit.storage.reading import BLOCK, open_url

pytestmark = pytest.mark.remote
Serve = Callable[..., LogServer]


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    with s3_endpoint() as url:
        yield url


@pytest.fixture
def bucket(endpoint: str, credentials: None, options: Callable[[str], None]) -> fsspec.AbstractFileSystem:
    """Return the store with an empty bucket `logs`."""
    options(endpoint)
    store = fsspec.filesystem("s3", use_listings_cache=False)
    if store.exists("logs"):
        store.rm("logs", recursive=True)
    store.mkdir("logs")
    return store


@pytest.fixture
def credentials(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("HOME", str(tmp_path))


@pytest.fixture
def options(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Return a function that names the endpoint in fsspec's configuration, for this process and those it begins."""

    def put(endpoint: str) -> None:
        monkeypatch.setitem(fsspec.config.conf, "s3", {"endpoint_url": endpoint})
        monkeypatch.setenv("FSSPEC_S3_ENDPOINT_URL", endpoint)

    return put


@pytest.fixture
def files() -> dict[str, bytes]:
    texts = [path.read_bytes() for path in CAPTURED]
    return {
        "/kube-audit-rest-2026-01-01T03-04-05.000.log.gz": gzip.compress(texts[0] + b"{broken\n"),
        "/kube-audit-rest.log": b"".join(texts),
        "/late/x.log": texts[2],
    }


def test_a_bucket_is_gone_through_as_a_disk_is(bucket: fsspec.AbstractFileSystem, tmp_path: Path) -> None:
    on_disk({f"/{name}": b"x" for name in NAMES}, tmp_path / "logs")
    for name in NAMES:
        bucket.pipe_file(f"logs/{name}", b"x")
    bucket.pipe_file("logs/a/b/", b"")  # what consoles make of "new folder"
    different = {
        pattern: (found, expected)
        for pattern in PATTERNS
        if (found := found_below("s3://logs", pattern)) != (expected := found_below(str(tmp_path / "logs"), pattern))
    }
    assert not different


@pytest.mark.parametrize(("flags", "jobs"), [*((flags, "1") for flags in FLAGS), (FLAGS[0], "2"), (FLAGS[1], "2")])
def test_the_same_as_on_a_disk(
    bucket: fsspec.AbstractFileSystem,
    files: dict[str, bytes],
    tmp_path: Path,
    toolkit: Toolkit,
    flags: tuple[str, ...],
    jobs: str,
) -> None:
    disk = on_disk(files, tmp_path / "logs")
    for name, content in files.items():
        bucket.pipe_file(f"logs/day{name}", content)
    flags = flags if flags[0] == "extract" else (*flags, "-j", jobs)
    expected = said(toolkit(*flags, disk), disk)
    assert said(toolkit(*flags, "s3://logs/day/"), "s3://logs/day") == expected
    assert said(toolkit(*flags, "s3://logs/d*/**/*log*"), "s3://logs/day") == expected


def test_many_blocks(bucket: fsspec.AbstractFileSystem) -> None:
    content = random.Random(2).randbytes(2 * BLOCK + 12_345)
    bucket.pipe_file("logs/large", content)
    for begin in (0, 5, BLOCK, len(content) - 1, len(content)):
        with open_url("s3://logs/large", begin) as stream:
            assert stream.read() == content[begin:]


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("s3://logs/gone.log", "no such file or folder"),
        ("s3://logs/gone/", "no such file or folder"),
        ("s3://no-such-bucket", "no such file or folder"),
        ("s3://no-such-bucket/x.log", "no such file or folder"),
        ("s3://no-such-bucket/*.log", "no event log fits this pattern"),
        ("s3://", "names no bucket"),
    ],
)
def test_what_is_not_there(bucket: fsspec.AbstractFileSystem, toolkit: Toolkit, url: str, words: str) -> None:
    result = toolkit("run", url)
    assert result.code == 3
    assert f"error: {url}: " in result.err
    assert words in result.err


@pytest.mark.parametrize("status", [403, 401])
def test_refused(
    serve: Serve, credentials: None, options: Callable[[str], None], toolkit: Toolkit, status: int
) -> None:
    options(serve({"/logs/x.log": b""}, status=status).url)
    for url in ("s3://logs/x.log", "s3://logs/*/x.log", "s3://logs"):
        result = toolkit("run", url)
        assert result.code == 3
        assert f"error: {url}: cannot be read: " in result.err
        assert "hint: set AWS_PROFILE, or AWS_ACCESS_KEY_ID" in result.err


def test_no_credentials(bucket: fsspec.AbstractFileSystem, toolkit: Toolkit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    fsspec.filesystem("s3").clear_instance_cache()
    result = toolkit("run", "s3://logs")
    assert result.code == 4
    assert "error: s3://logs: cannot be read: no credentials: Unable to locate credentials" in result.err
    monkeypatch.setenv("AWS_PROFILE", "gone")
    fsspec.filesystem("s3").clear_instance_cache()
    result = toolkit("run", "s3://logs")
    assert result.code == 4
    assert (
        "error: s3://logs: cannot be read: no credentials: The config profile (gone) could not be found" in result.err
    )


def test_no_store(credentials: None, options: Callable[[str], None], toolkit: Toolkit) -> None:
    options("http://127.0.0.1:9")
    result = toolkit("run", "s3://logs/x.log")
    assert result.code == 4
    assert "error: s3://logs/x.log: cannot be read: no connection: " in result.err
    assert "hint: FSSPEC_S3_ENDPOINT_URL" in result.err


def test_a_store_that_says_nothing(
    serve: Serve, credentials: None, options: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(systems, "_FIRST", 1)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        options(f"http://127.0.0.1:{silent.getsockname()[1]}")
        with pytest.raises(StorageError, match="no answer in time") as caught:
            find("s3://logs/x.log")
    assert caught.value.exit_code == ExitCode.ENVIRONMENT


def test_a_connection_that_ends_too_early(serve: Serve, credentials: None, options: Callable[[str], None]) -> None:
    options(serve({"/logs/x.log": bytes(100_000)}, cut=50_000).url)
    with open_url("s3://logs/x.log") as stream, pytest.raises(StorageError) as caught:
        stream.read()
    assert str(caught.value) == "after 0 of 100,000 bytes: the connection ended too early"


@pytest.mark.parametrize("way", ["variable", "file"])
def test_options_by_fsspec_configuration_and_nothing_but_words_on_the_terminal(
    bucket: fsspec.AbstractFileSystem, endpoint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    bucket.pipe_file("logs/x.log", CAPTURED[0].read_bytes())
    bucket.pipe_file("logs/y.log", CAPTURED[1].read_bytes() * 100)
    if way == "file":
        monkeypatch.delenv("FSSPEC_S3_ENDPOINT_URL")
        folder = tmp_path / ".config" / "fsspec"
        folder.mkdir(parents=True)
        (folder / "conf.json").write_text(json.dumps({"s3": {"endpoint_url": endpoint}}), "utf-8")
    for jobs in ("1", "2"):
        command = [sys.executable, "-W", "default", "-m", "toolkit", "run", "-j", jobs, "s3://logs"]
        run = subprocess.run(command, capture_output=True, text=True, timeout=120)
        assert run.returncode == 0, run.stderr
        assert run.stdout
        strange = [line for line in run.stderr.splitlines() if "Unclosed" in line or "Task" in line or "Error" in line]
        assert not strange


def test_memory_is_bounded_whatever_the_object(bucket: fsspec.AbstractFileSystem) -> None:
    line = b"x" * 4095 + b"\n"
    for name, lines in {"small": 4_000, "large": 40_000}.items():
        bucket.pipe_file(f"logs/{name}", line * lines)
    assert grown("s3://logs/small", "s3://logs/large") < 16
