"""Many requests: each answered, each in the file once and whole before its answer, in order within its connection.

In turns with them the same requests go to a server of the same libraries that does nothing with them; what recording
costs is the ratio of the two, printed as throughput and as processor time.
"""

from __future__ import annotations

import gzip
import json
import re
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from recorders import RecorderProcess, processor_seconds

from toolkit.cluster.certificates import Authority
from toolkit.webhook.server import Certificate

HERE = Path(__file__).parent
CAPTURED = HERE.parent / "conformance/data/captured/apiserver-1.37.2.jsonl.gz"
CONNECTIONS = 20
MEBIBYTE = 1024 * 1024


@pytest.fixture(scope="module")
def bodies(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Reviews that an API server sent, one a line, without those of nearly a megabyte."""
    lines = gzip.decompress(CAPTURED.read_bytes()).splitlines()
    path = tmp_path_factory.mktemp("bodies") / "bodies"
    small = [line.rpartition(b',"requestReceivedTimestamp"')[0] + b"}" for line in lines if len(line) < 100_000]
    path.write_bytes(b"\n".join(small))
    return path


@contextmanager
def do_nothing(certificate: Certificate) -> Iterator[tuple[int, int]]:
    """Run the server that does nothing and yield its process id and port."""
    command: list[str | Path] = [sys.executable, HERE / "do_nothing.py", certificate.chain, certificate.key]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin
        assert process.stdout
        yield process.pid, int(process.stdout.readline())
        process.stdin.close()
        assert process.wait(30) == 0


@dataclass
class Load:
    """Rounds of requests and what they took, in seconds of the clock and of the server's processor."""

    authority: Path
    bodies: Path
    seconds: list[float] = field(default_factory=list)
    processor: list[float] = field(default_factory=list)

    def play(self, process: int, port: int, log: Path | None, requests: int) -> None:
        """Send a round; every request must be answered and, with a log, be as it should be there."""
        plan = {
            "port": port,
            "authority": str(self.authority),
            "connections": CONNECTIONS,
            "requests": requests,
            "first": len(self.seconds) * requests,
            "bodies": str(self.bodies),
            "log": str(log) if log else None,
        }
        before = processor_seconds(process)
        client = subprocess.run(
            [sys.executable, HERE / "load_client.py", json.dumps(plan)], capture_output=True, check=True, timeout=300
        )
        report: dict[str, Any] = json.loads(client.stdout)
        assert (report["faults"], report["answered"]) == ([], requests)
        assert report["lines"] == (requests if log else 0)
        self.seconds.append(report["seconds"])
        self.processor.append(processor_seconds(process) - before)


def soak(recorder: RecorderProcess, certificate: Certificate, bodies: Path, rounds: int, requests: int) -> float:
    """Play rounds on both servers in turn; return the ratio of their processor times, 1 where recording is free."""
    recorded, idle = (Load(recorder.authority, bodies) for _ in range(2))
    memory = []
    with do_nothing(certificate) as (process, port):
        for _ in range(rounds):
            recorded.play(recorder.process.pid, recorder.port, recorder.log, requests)
            memory.append(recorder.resident())
            idle.play(process, port, None, requests)
    assert_once_each(recorder.log, rounds * requests)
    assert recorder.counts() == {
        "http_requests_total": rounds * requests,
        "valid_requests_processed_total": rounds * requests,
        "write_errors_total": 0,
    }
    assert_flat(memory)
    throughput = statistics.median(idle.seconds) / statistics.median(recorded.seconds)
    processor = sum(idle.processor) / sum(recorded.processor)
    print(
        f"\n{rounds * requests} requests recorded, {requests / statistics.median(recorded.seconds):.0f} a second;"
        f" of a server that does nothing: {throughput:.2f} of the throughput, {1 / processor:.2f} of the processor"
        f" time; memory {memory[0] / MEBIBYTE:.1f} to {memory[-1] / MEBIBYTE:.1f} MiB"
    )
    return processor


def assert_once_each(log: Path, expected: int) -> None:
    """Every request of every round is in the file, once."""
    with log.open("rb") as file:
        uids = [found[1] for line in file if (found := re.search(rb'"request":\{"uid":"([^"]+)"', line))]
    assert len(uids) == len(set(uids)) == expected


def assert_flat(memory: list[int]) -> None:
    """The recorder holds no more late than early, once it is warm."""
    third = max(1, len(memory) // 3)
    early, late = statistics.median(memory[:third]), statistics.median(memory[-third:])
    assert late - early < 4 * MEBIBYTE, f"memory grew: {[size // 1024 for size in memory]} KiB"


Recording = Callable[..., RecorderProcess]


def test_6000_requests(recording: Recording, certificate: Certificate, authority: Authority, bodies: Path) -> None:
    soak(recording(), certificate, bodies, rounds=3, requests=2000)


@pytest.mark.soak
def test_100000_requests(recording: Recording, certificate: Certificate, authority: Authority, bodies: Path) -> None:
    recorder = recording()
    assert soak(recorder, certificate, bodies, rounds=20, requests=5000) > 0.5
    assert recorder.stop() < 30
    recorder.log.unlink()
