"""`toolkit run` and `toolkit extract` say of logs behind URLs what they say of logs on disks."""

from __future__ import annotations

import gzip
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import fsspec
import pytest
import zstandard
from command_line import Result, Toolkit, seen_on_terminal
from log_server import LogServer

Serve = Callable[..., LogServer]
ROOT = Path(__file__).resolve().parents[2]
CAPTURED = sorted((ROOT / "test_files" / "1.37").glob("*.jsonl"))
BROKEN = b'{"broken\n\n[]\n'


@pytest.fixture
def files() -> dict[str, bytes]:
    """Some logs of a recorder: rotated, compressed, with broken lines and without a last line end."""
    texts = [path.read_bytes() for path in CAPTURED]
    whole = b"".join(texts)
    return {
        "/kube-audit-rest-2026-01-01T03-04-05.000.log.gz": gzip.compress(texts[0] + BROKEN),
        "/kube-audit-rest-2026-01-02T03-04-05.000.log": whole + BROKEN + whole,
        "/kube-audit-rest.log": texts[1].removesuffix(b"\n"),
        "/late/x.log.zst": zstandard.compress(texts[2] + BROKEN),
    }


def on_disk(files: dict[str, bytes], folder: Path) -> str:
    for name, content in files.items():
        file = folder / name[1:]
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    return str(folder)


def said(result: Result, base: str) -> tuple[int, str, list[str]]:
    """Return all that a run came to, but how long it took and where its logs are."""
    err = [line for line in result.err.splitlines() if not line.endswith(" a second")]
    return result.code, result.out.replace(base, "BASE"), [line.replace(base, "BASE") for line in err]


FLAGS = [
    ("run", "-o", "json", "--matching", "all"),
    ("run", "--summary"),
    ("run", "--plugin", "published", "--strict"),
    ("extract", "--field", "kar.target.name"),
]


@pytest.mark.parametrize("flags", FLAGS, ids=" ".join)
@pytest.mark.parametrize("store", ["memory", "file", "http"])
def test_the_same_as_on_a_disk(
    files: dict[str, bytes],
    tmp_path: Path,
    memory: fsspec.AbstractFileSystem,
    serve: Serve,
    toolkit: Toolkit,
    store: str,
    flags: tuple[str, ...],
) -> None:
    disk = on_disk(files, tmp_path / "logs")
    if store == "memory":
        for name, content in files.items():
            memory.pipe_file(f"/logs{name}", content)
        base, names = "memory://logs", [""]
    elif store == "file":
        base, names = f"file://{disk}", [""]
    else:
        base, names = serve(files).url, list(files)
    expected = said(toolkit(*flags, disk), disk)
    assert len(expected[1]) > 1000
    assert any("BASE/late/x.log.zst:" in line for line in (expected[1] + "\n".join(expected[2])).splitlines())
    assert said(toolkit(*flags, *(base + name for name in names)), base) == expected


@pytest.mark.parametrize("flags", FLAGS[:3], ids=" ".join)
def test_the_same_with_several_processes(
    files: dict[str, bytes], tmp_path: Path, serve: Serve, toolkit: Toolkit, flags: tuple[str, ...]
) -> None:
    """Logs by HTTP and on a disk mixed, one of them missing, one of them refused in the middle."""
    disk = on_disk(files, tmp_path / "logs")
    server = serve(files)
    half = serve({"/x.log": files["/kube-audit-rest-2026-01-02T03-04-05.000.log"]}, cut=1000)
    urls = [f"{server.url}{name}" for name in (*files, "/gone.log")]
    found = [
        said(toolkit(*flags, "-j", jobs, *urls, disk, f"{half.url}/x.log?sign=secret"), "nothing")
        for jobs in ("1", "3")
    ]
    assert found[0] == found[1]
    code, _, err = found[0]
    assert code == 3
    assert f"error: {server.url}/gone.log: no such file or folder" in err
    assert f"error: {half.url}/x.log?…: cannot be read: after 1,000 of" in "\n".join(err)
    assert "secret" not in "".join(err)


def test_several_processes_are_begun_anew_once_a_store_is_open(
    files: dict[str, bytes], serve: Serve, toolkit: Toolkit, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fork would have fsspec's thread stand still: it is not there, and its locks may be held."""
    methods: list[str] = []
    get_context = multiprocessing.get_context

    def noted(method: str) -> object:
        methods.append(method)
        return get_context(method)

    monkeypatch.setattr(multiprocessing, "get_context", noted)
    server = serve(files)
    assert toolkit("run", "-j", "2", *(f"{server.url}{name}" for name in files)).code == 0
    assert methods == ["spawn"]


def test_what_is_in_the_memory_of_this_process_is_read_by_it(
    memory: fsspec.AbstractFileSystem, toolkit: Toolkit, files: dict[str, bytes]
) -> None:
    for name, content in files.items():
        memory.pipe_file(f"/logs{name}", content)
    assert said(toolkit("run", "-j", "2", "memory://logs"), "") == said(toolkit("run", "-j", "1", "memory://logs"), "")


def test_events_of_a_configuration(
    files: dict[str, bytes], serve: Serve, toolkit: Toolkit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    url = f"{serve(files).url}/kube-audit-rest.log"
    plugin = f"{{name: k8sadmission, library_path: x.so, open_params: '{url}'}}"
    Path("falco.yaml").write_text(f"plugins: [{plugin}]\nload_plugins: [k8sadmission]\n", "utf-8")
    Path("rules.yaml").write_text(
        "- {rule: any, desc: d, source: k8s_admission, priority: INFO, condition: kar.verb exists, output: x}", "utf-8"
    )
    result = toolkit("run", "-c", "falco.yaml", "-r", "rules.yaml")
    assert result.code == 0
    assert f"Events detected: {len(CAPTURED[1].read_bytes().splitlines())}\n" in result.out


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (
            ["run", "--follow", "s3://bucket/x.log"],
            2,
            "error: --follow takes files of this machine, not s3://bucket/x.log",
        ),
        (["run", "--follow", "https://h/x.log?sign"], 2, "not https://h/x.log?…\n"),
        (["run", "foo://x"], 2, "error: foo://x: unknown kind of URL foo://"),
        (["extract", "foo://x"], 2, "error: foo://x: unknown kind of URL foo://"),
        (["run", "https://h/2026-*/x.log"], 3, "a pattern, and nothing can be listed by HTTP"),
        (["run", "https://host.invalid/download"], 4, "others can be piped: curl URL | toolkit run -"),
        (["run", "https://host.invalid/download?a=b"], 2, "a log is fetched where the path ends in .jsonl, .json"),
        (["run", "http://localhost/x", "x.log"], 2, "an endpoint is the only input of its run"),
        (["run", "http://127.0.0.1:9/k8s-audit.json"], 4, "an endpoint that listens has no host, or no such ending"),
    ],
)
def test_what_does_not_go(toolkit: Toolkit, arguments: list[str], code: int, words: str) -> None:
    result = toolkit(*arguments)
    assert result.code == code
    assert words in result.err
    assert result.out == ""


def test_what_can_be_read_is_judged_beside_what_cannot_be_reached(
    toolkit: Toolkit, tmp_path: Path, files: dict[str, bytes]
) -> None:
    disk = on_disk(files, tmp_path / "logs")
    alone, beside = toolkit("run", disk), toolkit("run", "http://127.0.0.1:9/x.log", disk)
    assert (beside.code, beside.out) == (4, alone.out)
    assert "error: http://127.0.0.1:9/x.log: cannot be read: no connection: Connection refused" in beside.err


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-X", "dev", "-W", "default", "-m", "toolkit", "run", *arguments]


def test_tls_with_an_authority_of_ones_own_and_nothing_but_words_on_the_terminal(
    files: dict[str, bytes], serve: Serve, server_certificate: Path, authority: Any
) -> None:
    """In Python's development mode, which tells of sessions that are not closed and tasks that nobody waits for."""
    server = serve(files, certificate=server_certificate)
    urls = [f"{server.url}{name}" for name in files]
    trust = {**os.environ, "SSL_CERT_FILE": str(authority.pair.certificate)}
    for jobs in ("1", "2"):
        run = subprocess.run(command("-j", jobs, *urls), env=trust, capture_output=True, text=True, timeout=60)
        assert run.returncode == 0
        assert run.stdout
        strange = [
            line for line in run.stderr.splitlines() if "Warning: " in line or "Task" in line or "Unclosed" in line
        ]
        assert not strange
    refused = subprocess.run(command(urls[0]), capture_output=True, text=True, timeout=60)
    assert refused.returncode == 4
    assert "no TLS connection: " in refused.stderr
    assert len(refused.stderr.splitlines()) == 2


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_ctrl_c_while_a_server_is_slow(serve: Serve, jobs: str) -> None:
    content = CAPTURED[0].read_bytes()
    server = serve({"/x.log": content * 9, "/y.log": content}, cut=len(content), stalls=True)
    with subprocess.Popen(
        command("-j", jobs, f"{server.url}/y.log", f"{server.url}/x.log"),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as run:
        while sum(method == "GET" for method, _, _ in server.asked) < 2:
            time.sleep(0.02)
        time.sleep(1)
        os.killpg(run.pid, signal.SIGINT)
        begun = time.monotonic()
        assert run.stderr
        err = run.stderr.read()
        assert run.wait() == 130
    assert time.monotonic() - begun < 20
    assert err.endswith("interrupted\n")
    assert jobs != "1" or f"Events detected: {2 * len(content.splitlines())}\n" in err
    assert "Traceback" not in err


def test_a_bar_on_a_terminal(serve: Serve, tmp_path: Path) -> None:
    content = b"".join(path.read_bytes() for path in CAPTURED)
    server = serve({"/x.log": content * (1 + 34 * 2**20 // len(content))})
    assert b"MB/s" in seen_on_terminal(command("--summary", f"{server.url}/x.log"), tmp_path)
