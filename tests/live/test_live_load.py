"""Many reviews over HTTPS: all answered, all evaluated once, in flat memory, nearly as fast as doing nothing.

`make test-live` posts 100,000 and prints what it measures; otherwise it is a few thousand.
"""

from __future__ import annotations

import itertools
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from posting import HOST, Posted, post_all, request
from running import Running
from waiting import until

ROOT = Path(__file__).resolve().parents[2]
SERVER = ROOT / "tests/webhook/do_nothing.py"
PATH = "/log-request"
ROUNDS = 5
ENOUGH = 0.6
RULES = """
- rule: Every Event
  desc: any
  condition: kar.uid exists
  output: uid=%kar.uid
  priority: NOTICE
  source: k8s_admission
"""
Start = Callable[..., Running]


@pytest.fixture
def nothing(pem: Path) -> Iterator[int]:
    """A server that does nothing; gives its port."""
    command = [sys.executable, str(SERVER), str(pem), str(pem)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        port = int(process.stdout.readline())
        until(lambda: listens(port), "a server that does nothing")
        yield port
        process.kill()


def listens(port: int) -> bool:
    with suppress(ConnectionRefusedError), socket.create_connection((HOST, port)):
        return True
    return False


def numbered(count: int) -> Iterator[list[bytes]]:
    """Yield rounds of requests: captured reviews as an API server sends them, each with a uid of its own."""
    files = sorted((ROOT / "test_files/1.37").glob("*.jsonl"))
    lines = [line for file in files for line in file.read_bytes().splitlines() if len(line) < 20_000]
    pieces = [(line.index(b'"uid":"') + 7, line.rindex(b',"requestReceivedTimestamp"'), line) for line in lines]
    turns = itertools.cycle(pieces)
    for begin in range(0, count, count // ROUNDS):
        wires = []
        for number in range(begin, begin + count // ROUNDS):
            at, end, line = next(turns)
            uid = f"{number:036d}".encode()
            wires.append(request(line[:at] + uid + line[at + 36 : end] + b"}", PATH))
        yield wires


@dataclass
class Measured:
    """Seconds of both servers over all rounds, and the memory of the toolkit's processes after each: bytes."""

    toolkit: Posted = field(default_factory=Posted)
    nothing: Posted = field(default_factory=Posted)
    memory: list[int] = field(default_factory=list)
    seconds: float = 0.0
    """From the first post of a round to its last alert, over all rounds."""

    @property
    def ratio(self) -> float:
        """The toolkit's answers a second in units of those of doing nothing."""
        return self.nothing.seconds / self.toolkit.seconds


def add(total: Posted, part: Posted) -> None:
    total.seconds += part.seconds
    total.taken += part.taken
    total.others += part.others


def resident(pid: int) -> int:
    """Return the memory of a process and its children in bytes."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    pages = [int(Path(f"/proc/{each}/statm").read_text().split()[1]) for each in (pid, *children)]
    return sum(pages) * 4096


def load(live: Running, nothing: int, count: int, ca: Path) -> Measured:
    """Post rounds to both servers in turn; the next begins when the toolkit has evaluated all of the last."""
    context, measured, posted = ssl.create_default_context(cafile=str(ca)), Measured(), 0
    for wires in numbered(count):
        add(measured.nothing, post_all(wires, nothing, context))
        begin = time.monotonic()
        add(measured.toolkit, post_all(wires, live.port, context))
        posted += len(wires)
        until(lambda posted=posted: evaluated(live) == posted, "every alert")  # type: ignore[misc]
        measured.seconds += time.monotonic() - begin
        measured.memory.append(resident(live.process.pid))
    return measured


def evaluated(live: Running) -> int:
    return live.out_bytes.count(b"uid=")


def check(live: Running, measured: Measured, count: int) -> None:
    assert measured.toolkit.others == measured.nothing.others == []
    assert len(measured.toolkit.taken) == len(measured.nothing.taken) == count
    assert live.end() == 0
    uids = sorted(line.rpartition("uid=")[2] for line in live.out.splitlines() if "uid=" in line)
    assert uids == [f"{number:036d}" for number in range(count)], "each was evaluated once"
    assert "dropped" not in live.err


def start(run_toolkit: Start, pem: Path, folder: Path, *rules: str) -> Running:
    config = folder / "falco.yaml"
    config.write_text(
        "stdout_output: {enabled: true}\nplugins:\n  - name: k8sadmission\n    library_path: x\n"
        f'    init_config: {{sslCertificate: {pem}, queueSize: 50000}}\n    open_params: "https://127.0.0.1:0{PATH}"\n'
        "  - {name: json, library_path: y}\nload_plugins: [k8sadmission, json]\noutputs_queue: {capacity: 200000}\n"
    )
    return run_toolkit(
        "-c", str(config), "--matching", "all", *itertools.chain.from_iterable(("-r", each) for each in rules)
    )


def test_some_thousand_reviews(run_toolkit: Start, nothing: int, pem: Path, ca: Path, tmp_path: Path) -> None:
    (tmp_path / "rules.yaml").write_text(RULES)
    live = start(run_toolkit, pem, tmp_path, str(tmp_path / "rules.yaml"))
    measured = load(live, nothing, 3_000, ca)
    check(live, measured, 3_000)


@pytest.mark.live
def test_a_hundred_thousand_reviews(
    run_toolkit: Start, nothing: int, pem: Path, ca: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "rules.yaml").write_text(RULES)
    live = start(run_toolkit, pem, tmp_path, str(tmp_path / "rules.yaml"), "bundled")
    measured = load(live, nothing, 100_000, ca)
    posted, idle = measured.toolkit, measured.nothing
    p50, p99 = (posted.quantile(share) * 1e3 for share in (0.5, 0.99))
    with capsys.disabled():
        print("\n  100,000 reviews, 8 at a time, all bundled rules tried on each")
        print(f"  answered a second: {100_000 / posted.seconds:,.0f}; doing nothing: {100_000 / idle.seconds:,.0f}")
        print(f"  ratio {measured.ratio:.2f}; an answer takes {p50:.1f} ms (median), {p99:.1f} ms (p99)")
        print(f"  evaluated a second, rest after each fifth included: {100_000 / measured.seconds:,.0f}")
        print(f"  memory after each fifth: {', '.join(f'{each / 2**20:.0f} MiB' for each in measured.memory)}")
    assert measured.ratio >= ENOUGH
    assert max(measured.memory[1:]) < 1.2 * measured.memory[0] + 2**24, "memory is flat"
    check(live, measured, 100_000)
