"""`toolkit record` as a process: its flags, its ends, its errors."""

from __future__ import annotations

import http.client
import json
import signal
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from toolkit.cluster.certificates import Authority, Pair

TOOLKIT = Path(sys.executable).parent / "toolkit"
REVIEW = b'{"request":{"uid":"u1"}}'


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority.create(tmp_path / "tls", "test")


@pytest.fixture
def pair(authority: Authority) -> Pair:
    return authority.server("recorder", ["127.0.0.1"])


@contextmanager
def recording(pair: Pair, *flags: str) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """Run the command with ports of the system's choice and yield the process and the webhook's port."""
    command: list[str | Path] = [
        TOOLKIT,
        "record",
        "--cert-filename",
        pair.certificate,
        "--cert-key-filename",
        pair.key,
    ]
    command += ["--server-port", "0", "--metrics-port", "0", *flags]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stderr
            yield process, json.loads(process.stderr.readline())["port"]
        finally:
            process.kill()


def post(authority: Authority, port: int) -> int:
    context = ssl.create_default_context(cafile=str(authority.pair.certificate))
    connection = http.client.HTTPSConnection("127.0.0.1", port, context=context, timeout=10)
    connection.request("POST", "/log-request", REVIEW, {"Content-Type": "application/json"})
    return connection.getresponse().status


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_records_until_it_is_told_to_end_and_ends_well(
    tmp_path: Path, authority: Authority, pair: Pair, number: int
) -> None:
    log = tmp_path / "events.log"
    with recording(pair, "--logger-filename", str(log)) as (process, port):
        assert post(authority, port) == 200
        process.send_signal(number)
        out, err = process.communicate(timeout=20)
    assert (process.returncode, out) == (0, "")
    assert log.read_bytes().startswith(b'{"request":{"uid":"u1"},"requestReceivedTimestamp":"')
    assert [json.loads(line)["msg"] for line in err.splitlines()] == ["Server stopping", "Server stopped"]


def test_to_standard_error_and_verbose(authority: Authority, pair: Pair) -> None:
    with recording(pair, "--audit-to-std-log", "-v") as (process, port):
        assert post(authority, port) == 200
        process.terminate()
        _, err = process.communicate(timeout=20)
    entries = [json.loads(line) for line in err.splitlines()]
    (audit,) = (entry for entry in entries if entry["caller"].startswith("zapio/"))
    assert json.loads(audit["msg"])["request"] == {"uid": "u1"}
    assert any(entry["level"] == "debug" and entry["uid"] == "u1" for entry in entries)


def test_a_missing_certificate_is_an_error_of_the_environment(tmp_path: Path) -> None:
    files = ["--cert-filename", str(tmp_path / "no.crt"), "--cert-key-filename", str(tmp_path / "no.key")]
    run = subprocess.run([TOOLKIT, "record", *files], capture_output=True, text=True, check=False)
    assert (run.returncode, run.stdout) == (4, "")
    assert "no.crt" in run.stderr
    assert "hint: " in run.stderr
    assert "Traceback" not in run.stderr


@pytest.mark.parametrize("flags", [["--server-port", "70000"], ["--logger-max-size", "-1"], ["--no-such-flag"]])
def test_wrong_flags_are_usage_errors(flags: list[str]) -> None:
    run = subprocess.run([TOOLKIT, "record", *flags], capture_output=True, text=True, check=False)
    assert run.returncode == 2
