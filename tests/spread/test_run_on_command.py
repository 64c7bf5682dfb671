"""`toolkit run --on dask`: what does not go together, and what is missing, is said at once and clearly."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from command_line import Toolkit, runner
from spread_samples import CAPTURED, RULES

from toolkit.spread import scheduler


@pytest.fixture
def toolkit(monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]) -> Toolkit:
    """Return a function that runs `toolkit` in this process."""
    return runner(monkeypatch, capfdbinary)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(scheduler, "_CONNECT", 1)
    (tmp_path / "x.log").write_bytes(CAPTURED[0].read_bytes())
    (tmp_path / "rules.yaml").write_text(RULES)
    (tmp_path / "numbers.yaml").write_text(RULES.replace("kar.verb != DELETE", "evt.num > 3"))
    return tmp_path


ON = ("--on", "dask", "--out", "out")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--on", "dask", "x.log"), "--on dask is given without --out\n  hint: --out names the folder or URL"),
        (("--out", "out", "x.log"), "--out is given without --on\n  hint: --out is for --on dask"),
        (("--scheduler", "tcp://x:1", "x.log"), "--scheduler is given without --on"),
        ((*ON, "--follow", "x.log"), "--on dask and --follow do not go together"),
        ((*ON, "--state", "s", "x.log"), "--on dask and --follow do not go together"),
        ((*ON, "-j", "2", "x.log"), "--on dask and --jobs do not go together"),
        ((*ON, "-o", "text", "x.log"), "--on dask writes alerts as JSON, and --output says text"),
        ((*ON, "-"), "--on takes logs that every worker can open"),
        ((*ON, "/dev/stdin"), "--on takes logs that every worker can open"),
        ((*ON, "http://:9765/x"), "--on is for logs as they are, and events are posted to http://:9765/x"),
        ((*ON, "--scheduler", "there", "x.log"), "--scheduler: 'there' is no address of a scheduler\n  hint: tcp://"),
        ((*ON, "--scheduler", "tcp://there", "x.log"), "--scheduler: 'tcp://there' is no address"),
        ((*ON, "-r", "numbers.yaml", "x.log"), "the rule 'any' names evt.num, which counts all events before"),
        (("--on", "dask", "--out", "memory://x", "x.log"), "memory:// is of one process alone"),
        (("--on", "dask", "--out", "foo://x", "x.log"), "foo://x: unknown kind of URL foo://"),
        (("--on", "dask", "--out", ".", "x.log"), ". holds what is not of a run: numbers.yaml, rules.yaml, x.log"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_what_does_not_go_together(toolkit: Toolkit, folder: Path, arguments: tuple[str, ...], said: str) -> None:
    rules = () if "-r" in arguments else ("-r", "rules.yaml")
    result = toolkit("run", *rules, *arguments)
    assert (result.code, result.out) == (2, "")
    assert result.err.startswith(f"error: {said}")
    assert not (folder / "out").exists()


def test_the_package_may_be_missing(toolkit: Toolkit, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    result = toolkit("run", "-r", "rules.yaml", *ON, "x.log")
    assert (result.code, result.out) == (4, "")
    assert result.err == (
        "error: --on dask needs the package distributed, which is not installed\n"
        "  hint: pip install 'k8sadmission-toolkit[dask]'\n"
    )
    assert not (folder / "out").exists()


@pytest.fixture
def http_port() -> Iterator[int]:
    """A port where somebody else listens: a web server."""

    class Silent(BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Silent) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield server.server_port
        server.shutdown()


def test_schedulers_that_do_not_answer(toolkit: Toolkit, http_port: int) -> None:
    for address, said in {
        "tcp://127.0.0.1:1": "no scheduler answers at tcp://127.0.0.1:1: Connection refused",
        "nowhere.invalid:8786": "no scheduler answers at tcp://nowhere.invalid:8786: ",
        "tls://127.0.0.1:1": "tls://127.0.0.1:1 needs certificates, and none are set",
        f"127.0.0.1:{http_port}": f"no scheduler answers at tcp://127.0.0.1:{http_port}: whoever listens there",
    }.items():
        result = toolkit("run", "-r", "rules.yaml", *ON, "--scheduler", address, "x.log")
        assert (result.code, result.out) == (4, "")
        assert result.err.startswith(f"error: {said}")


def test_logs_that_are_not_there(toolkit: Toolkit, folder: Path) -> None:
    result = toolkit("run", "-r", "rules.yaml", *ON, "gone.log", "too.log")
    assert result.code == 3
    assert "error: gone.log: no such file or folder" in result.err
    assert "error: too.log: no such file or folder" in result.err
    assert not (folder / "out").exists()


def test_outputs_of_a_configuration_are_not_used(toolkit: Toolkit, folder: Path) -> None:
    (folder / "falco.yaml").write_text("file_output: {enabled: true, filename: a.log}\nstdout_output: {enabled: true}")
    result = toolkit("run", "-c", "falco.yaml", "-r", "rules.yaml", *ON, "--scheduler", "127.0.0.1:1", "x.log")
    assert result.code == 4
    assert "note: alerts go to out, not to stdout_output, file_output of the configuration\n" in result.err
    assert not (folder / "a.log").exists()
