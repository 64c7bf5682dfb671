"""Files behind URLs are read whole and in order, and what goes wrong on the way is an error in plain words."""

from __future__ import annotations

import asyncio
import gzip
import random
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import fsspec
import pytest
import zstandard
from fsspec.asyn import AsyncFileSystem
from log_server import LogServer

from toolkit.errors import ExitCode, Faults, ToolkitError
from toolkit.events.files import Input, file_at, find_inputs
from toolkit.events.reader import read_reviews
from toolkit.storage import answers, reading, systems
from toolkit.storage.failures import StorageError, why
from toolkit.storage.listing import find
from toolkit.storage.reading import open_url

Serve = Callable[..., LogServer]
CONTENT = random.Random(1).randbytes(300_000).replace(b"\x00", b"\n")


class Slow(AsyncFileSystem):  # type: ignore[misc]
    """A store of one file that counts what is on its way; block `broken` fails."""

    protocol = "slow"
    cachable = False
    under_way = most = asked = 0
    broken: int | None = None
    length = len(CONTENT)

    async def _info(self, path: str, **_: Any) -> dict[str, Any]:
        return {"name": path, "size": len(CONTENT), "type": "file"}

    async def _cat_file(self, path: str, start: int, end: int, **_: Any) -> bytes:
        Slow.asked += 1
        Slow.under_way += 1
        Slow.most = max(Slow.most, Slow.under_way)
        await asyncio.sleep(0.01 if start % 3 else 0.002)
        Slow.under_way -= 1
        if start == Slow.broken:
            raise ConnectionResetError(104, "Connection reset by peer")
        return CONTENT[: Slow.length][start:end]


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> type[Slow]:
    fsspec.register_implementation("slow", Slow, clobber=True)
    monkeypatch.setattr(reading, "BLOCK", 10_000)
    for name, value in {"under_way": 0, "most": 0, "asked": 0, "broken": None, "length": len(CONTENT)}.items():
        monkeypatch.setattr(Slow, name, value)
    return Slow


@pytest.mark.parametrize("begin", [0, 1, 9_999, 10_000, len(CONTENT) - 1, len(CONTENT), len(CONTENT) + 5])
def test_blocks_come_in_order_from_anywhere(slow: type[Slow], begin: int) -> None:
    with open_url("slow://x", begin) as stream:
        assert stream.read() == CONTENT[begin:]
        assert stream.raw.tell() == max(begin, len(CONTENT))


def test_few_blocks_are_ahead(slow: type[Slow]) -> None:
    with open_url("slow://x") as stream:
        stream.read(1)
        assert slow.asked <= 1 + reading.AHEAD
        stream.read()
    assert slow.most == 1 + reading.AHEAD


def test_a_block_that_fails_says_how_far_reading_came(slow: type[Slow]) -> None:
    slow.broken = 50_000
    with open_url("slow://x") as stream, pytest.raises(StorageError) as caught:
        stream.read()
    assert str(caught.value) == "after 50,000 of 300,000 bytes: no connection: Connection reset by peer"


def test_a_file_that_became_shorter_is_not_read_as_if_it_were_whole(slow: type[Slow]) -> None:
    slow.length = 50_001
    with open_url("slow://x") as stream, pytest.raises(StorageError, match="after 50,000 of 300,000 bytes: it ends"):
        stream.read()


def test_a_file_without_a_size_is_not_read_as_if_it_were_empty(
    slow: type[Slow], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def unknown(_: object, path: str, **__: object) -> dict[str, Any]:
        return {"name": path, "size": None, "type": "file"}

    monkeypatch.setattr(Slow, "_info", unknown)
    with pytest.raises(StorageError, match="its size is not known"):
        open_url("slow://x")


def test_errors_do_not_tell_what_is_not_to_be_shown() -> None:
    url = "https://me:secret@host:x/y.log?sign=secret"
    assert "secret" not in str(why(ValueError(f"no good: {url}"), url))


def test_a_store_that_says_nothing_more_is_given_up(slow: type[Slow], monkeypatch: pytest.MonkeyPatch) -> None:
    async def never(*_: object, **__: object) -> bytes:
        await asyncio.sleep(60)
        return b""

    monkeypatch.setattr(Slow, "_cat_file", never)
    monkeypatch.setattr(reading, "_PATIENCE", 0.1)
    with open_url("slow://x") as stream, pytest.raises(StorageError, match="after 0 of 300,000 bytes: no answer in"):
        stream.read()


@pytest.mark.parametrize("lengths", [True, False], ids=["length", "no length"])
@pytest.mark.parametrize("ranges", [True, False], ids=["ranges", "no ranges"])
@pytest.mark.parametrize("begin", [0, 1, 299_999])
def test_http_with_and_without_ranges_and_lengths(serve: Serve, lengths: bool, ranges: bool, begin: int) -> None:
    server = serve({"/x.log": CONTENT}, ranges=ranges, lengths=lengths)
    with open_url(f"{server.url}/x.log", begin) as stream:
        assert stream.read() == CONTENT[begin:]
    assert [method for method, _, _ in server.asked] == ["GET"]


@pytest.mark.parametrize("pack", [bytes, gzip.compress, zstandard.compress])
def test_compression_is_told_by_content(
    serve: Serve, memory: fsspec.AbstractFileSystem, pack: Callable[[bytes], bytes]
) -> None:
    packed = pack(CONTENT)
    memory.pipe_file("/x", packed)
    for url in (f"{serve({'/x.log': packed}).url}/x.log", "memory://x"):
        (found,) = find_inputs([url], Faults())
        assert found.size == len(packed)
        with found.open() as stream:
            assert stream.read() == CONTENT


def test_what_a_server_compresses_on_its_own_is_read_as_it_was(serve: Serve) -> None:
    server = serve({"/x.log": gzip.compress(CONTENT)}, headers={"Content-Encoding": "gzip"})
    with open_url(f"{server.url}/x.log") as stream:
        assert stream.read() == CONTENT


@pytest.mark.parametrize("lengths", [True, False])
def test_a_connection_that_ends_too_early(serve: Serve, lengths: bool) -> None:
    packed = gzip.compress(CONTENT)
    server = serve({"/x.log.gz": packed}, cut=200_000, lengths=lengths)
    url = f"{server.url}/x.log.gz"
    if lengths:
        with (
            open_url(url) as stream,
            pytest.raises(StorageError, match=r"after \S+ of 300,\d+ bytes: the connection ended"),
        ):
            stream.read()
    else:  # the end of a connection is the end of the file; that it is damaged, its content says
        with open_url(url) as stream:
            assert stream.read() == packed[:200_000]


@pytest.mark.parametrize("mark", [{"ETag": '"1"'}, {"ETag": 'W/"1"', "Last-Modified": "Mon, 23 Nov 2026 05:51:16 GMT"}])
def test_an_answer_that_breaks_off_is_gone_on_with(serve: Serve, mark: dict[str, str]) -> None:
    server = serve({"/x.log": CONTENT}, cut=120_000, headers=mark)
    with open_url(f"{server.url}/x.log") as stream:
        assert stream.read() == CONTENT
    assert server.asked[0] == ("GET", "/x.log", None)
    assert 2 < len(server.asked) < 20


@pytest.mark.parametrize("how", [{"ranges": False, "headers": {"ETag": '"1"'}}, {"headers": {"ETag": 'W/"1"'}}])
def test_it_is_not_gone_on_with_what_may_be_another_file(
    serve: Serve, how: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answers, "_PAUSES", (0.0, 0.0))
    server = serve({"/x.log": CONTENT}, cut=120_000, **how)
    with open_url(f"{server.url}/x.log") as stream, pytest.raises(StorageError, match="the connection ended"):
        stream.read()


def test_a_server_that_stalls_is_given_up(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(systems, "ANSWER", 0.2)
    server = serve({"/x.log": CONTENT}, cut=1000, stalls=True)
    with (
        open_url(f"{server.url}/x.log") as stream,
        pytest.raises(StorageError, match="after 1,000 of 300,000 bytes: no a"),
    ):
        stream.read()


@pytest.mark.parametrize(
    ("status", "code", "words"),
    [
        (404, ExitCode.BAD_INPUT, "no such file or folder"),
        (410, ExitCode.BAD_INPUT, "cannot be read: 410 Gone"),
        (401, ExitCode.BAD_INPUT, "cannot be read: 401 Unauthorized"),
        (403, ExitCode.BAD_INPUT, "cannot be read: 403 Forbidden"),
        (503, ExitCode.ENVIRONMENT, "cannot be read: 503 Service Unavailable"),
    ],
)
def test_what_servers_refuse(serve: Serve, status: int, code: ExitCode, words: str) -> None:
    url = f"{serve({'/x.log': b''}, status=status).url}/x.log?X-Amz-Signature=secret"
    for attempt in (find, open_url):
        with pytest.raises(StorageError) as caught:
            attempt(url)
        assert caught.value.words == words
        assert caught.value.exit_code == code
        assert "secret" not in str(caught.value.fault(url))


def test_no_server(serve: Serve) -> None:
    with serve({}) as server:
        pass
    with pytest.raises(StorageError, match="no connection: Connection refused") as caught:
        find(f"{server.url}/x.log")
    assert caught.value.exit_code == ExitCode.ENVIRONMENT
    assert caught.value.hint
    assert "an endpoint that listens" in caught.value.hint


def test_certificates_are_checked(
    serve: Serve, server_certificate: Path, authority: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = serve({"/x.log": CONTENT}, certificate=server_certificate)
    with pytest.raises(StorageError, match=r"no TLS connection: .*certificate") as caught:
        find(f"{server.url}/x.log")
    assert caught.value.exit_code == ExitCode.ENVIRONMENT
    assert caught.value.hint == "SSL_CERT_FILE names a file of certificates to trust"


def test_patterns_need_something_that_can_be_listed() -> None:
    for url in ("https://host/2026-*/x.log", "https://host/[ab].log"):
        with pytest.raises(StorageError, match="a pattern, and nothing can be listed by HTTP"):
            find(url)


def test_a_url_that_cannot_be() -> None:
    with pytest.raises(StorageError, match="Port out of range"):
        find("https://host:99999/x.log")


def test_questions_and_brackets_of_hosts_are_no_patterns(serve: Serve) -> None:
    server = serve({"/x.log": CONTENT})
    (found,) = find(f"{server.url}/x.log?a=*[").files
    assert found.size == len(CONTENT)
    with pytest.raises(StorageError, match="no connection"):
        find("http://[::1]:9/x.log")


def test_other_files_are_read_when_one_fails(serve: Serve, memory: fsspec.AbstractFileSystem) -> None:
    line = b'{"request":{"uid":"%d","operation":"CREATE"}}\n'
    memory.pipe_file("/x.log", line % 9)
    content = b"".join(line % number for number in range(100_000))
    server = serve({"/x.log": content}, cut=2_000_005)
    faults = Faults()
    inputs = find_inputs([f"{server.url}/x.log", f"{server.url}/gone.log", "memory://x.log"], faults)
    found: list[str] = []
    with pytest.raises(
        ToolkitError, match=r"cannot be read: after [\d,]+ of 4,888,890 bytes: the connection ended"
    ) as caught:
        found.extend(str(review) for review in read_reviews(inputs, faults=faults))
    assert [fault.place and fault.place.file for fault in caught.value.faults] == [
        f"{server.url}/gone.log",
        f"{server.url}/x.log",
    ]
    assert 1 < len(found) < 50_000
    assert "memory://x.log" in found[-1]


def test_an_input_by_url_and_by_path() -> None:
    assert file_at("s3://b/x") == Input("s3://b/x", url="s3://b/x")
    assert file_at("https://h/x.log?sign") == Input("https://h/x.log?…", url="https://h/x.log?sign")
    assert file_at("x") == Input("x", Path("x"))


def test_nothing_of_an_endless_file_is_kept(slow: type[Slow], monkeypatch: pytest.MonkeyPatch) -> None:
    """Closing a file in the middle asks for nothing more, and no thread is left waiting."""
    before = threading.active_count()
    with open_url("slow://x") as stream:
        stream.read(10_001)
    asked = slow.asked
    assert asked <= 2 + reading.AHEAD
    assert threading.active_count() <= max(before, 2)


@pytest.mark.parametrize("store", ["http", "file"])
def test_memory_is_bounded_whatever_the_file(serve: Serve, tmp_path: Path, store: str) -> None:
    """A file of 160 MB takes hardly more than one of 16 MB, which is more than all blocks that can be ahead."""
    line = b"x" * 4095 + b"\n"
    files = {"/small.log": line * 4_000, "/large.log": line * 40_000}
    if store == "http":
        base = serve(files).url
    else:
        base = f"file://{tmp_path}"
        for name, content in files.items():
            (tmp_path / name[1:]).write_bytes(content)
    assert grown(f"{base}/small.log", f"{base}/large.log") < 16


def grown(small: str, large: str) -> float:
    """Return how many MiB more the large file of 40,000 lines takes than the small one."""
    program = Path(__file__).with_name("reading_memory.py")
    run = subprocess.run([sys.executable, program, small, large], capture_output=True, text=True, check=True)
    (few, before), (many, after) = (line.split() for line in run.stdout.splitlines())
    assert (few, many) == ("4000", "40000")
    return float(after) - float(before)
