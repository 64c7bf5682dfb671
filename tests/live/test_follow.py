"""`toolkit run --follow` as a process, beside a writer that rotates at random moments: every line once, in order."""

from __future__ import annotations

import json
import os
import random
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest
from log_writer import Log, line
from running import Running
from waiting import until

RULES = """
- rule: Any
  desc: any
  condition: kar.uid exists
  output: saw %kar.uid as %evt.num at %evt.reltime.s
  priority: NOTICE
  source: k8s_admission
"""
WRITER = Path(__file__).with_name("log_writer.py")
Run = Callable[..., Running]


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """A log that is not written yet, in a folder of its own, beside rules."""
    (tmp_path / "rules.yaml").write_text(RULES)
    (tmp_path / "logs").mkdir()
    return tmp_path / "logs" / "kube-audit-rest.log"


@pytest.fixture
def follow(run_toolkit: Run, log: Path) -> Run:
    """Start to follow the log, or another path."""

    def start(*arguments: str, path: Path = log, **environment: str) -> Running:
        rules = log.parent.parent / "rules.yaml"
        running = run_toolkit("--follow", str(path), "-r", str(rules), *arguments, **environment)
        until(lambda: "following " in running.err or running.process.poll() is not None, "following")
        return running

    return start


@contextmanager
def writing(log: Path, first: int, last: int, seed: int, *more: str) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, str(WRITER), str(log), str(first), str(last), str(seed), *more]
    with subprocess.Popen(command) as process:
        try:
            yield process
        finally:
            process.kill()


def saw(*runs: Running) -> list[tuple[int, int]]:
    """Return the uid and the number of each event with an alert, in order."""
    return [(int(uid), int(num)) for run in runs for uid, num in re.findall(r"saw (\d+) as (\d+) at \d+\n", run.out)]


def uids(*runs: Running) -> list[int]:
    return [uid for uid, _ in saw(*runs)]


def warnings(run: Running) -> list[str]:
    return [word for word in run.err.splitlines() if "warning" in word or "lost" in word or "cut" in word]


@pytest.mark.parametrize("seed", [1, 2])
def test_every_line_once_and_in_order_over_random_rotations(log: Path, follow: Run, seed: int) -> None:
    run = follow()
    with writing(log, 1, 1000, seed, "0.001") as writer:
        assert writer.wait(60) == 0
    assert len(list(log.parent.iterdir())) > 30, "rotated often"
    until(lambda: len(saw(run)) >= 1000)
    assert run.end() == 0
    assert saw(run) == [(number, number) for number in range(1, 1001)]
    assert warnings(run) == []
    assert "1000 events in " in run.err
    assert "reading to alert: median " in run.err


def test_a_follower_that_is_ended_and_started_again_goes_on_where_it_stopped(
    log: Path, follow: Run, tmp_path: Path
) -> None:
    chance, runs = random.Random(7), [follow("--state", str(tmp_path / "state"))]
    assert runs[0].end() == 0
    for first in range(1, 1501, 300):
        with writing(log, first, first + 299, first, "0.002") as writer:
            runs.append(follow("--state", str(tmp_path / "state")))
            until(partial(saw, runs[-1]))
            time.sleep(chance.random() / 2)
            assert runs[-1].end(chance.choice([signal.SIGTERM, signal.SIGINT])) == 0
            assert writer.wait(60) == 0
    runs.append(follow("--state", str(tmp_path / "state")))
    until(lambda: len(saw(*runs)) >= 1500)
    assert runs[-1].end() == 0
    assert saw(*runs) == [(number, number) for number in range(1, 1501)]
    assert [warnings(run) for run in runs if saw(run)] == [[] for run in runs if saw(run)]
    seconds = [int(number) for run in runs for number in re.findall(r" at (\d+)\n", run.out)]
    assert seconds == sorted(seconds), "times count from the first event of the first run"
    assert seconds[-1] > 0


def test_a_follower_that_is_killed_repeats_a_little_and_loses_nothing(log: Path, follow: Run, tmp_path: Path) -> None:
    chance, runs = random.Random(3), [follow("--state", str(tmp_path / "state"))]
    runs[0].kill()
    with writing(log, 1, 2000, 3, "0.002") as writer:
        while writer.poll() is None:
            runs.append(follow("--state", str(tmp_path / "state")))
            time.sleep(1 + 2 * chance.random())
            runs[-1].kill()
    runs.append(follow("--state", str(tmp_path / "state")))
    until(lambda: 2000 in uids(*runs))
    assert runs[-1].end() == 0
    for run in filter(uids, runs):
        assert uids(run) == list(range(uids(run)[0], uids(run)[-1] + 1)), "each by itself has no gap"
    assert sorted(set(uids(*runs))) == list(range(1, 2001))
    assert all(uid == num for uid, num in saw(*runs))
    assert len(runs) > 2
    assert any(uids(run)[0] > 1 for run in runs if uids(run)), "it did not begin anew"


def test_the_state_does_not_run_ahead_of_an_output_that_takes_nothing(log: Path, follow: Run, tmp_path: Path) -> None:
    """A pipe that nobody reads is full at some time; what is in the queue then must come again after a kill."""
    state, read_end = tmp_path / "state", tmp_path / "pipe"
    os.mkfifo(read_end)
    reader = os.open(read_end, os.O_RDONLY | os.O_NONBLOCK)
    run = follow("--state", str(state), "--set", "stdout_output.enabled=false", "--set", "file_output.enabled=true",
                 "--set", f"file_output.filename={read_end}", "--set", "file_output.keep_alive=true",
                 "--set", "outputs_queue.capacity=100000")  # fmt: skip
    with log.open("ab") as file:
        file.writelines(line(number) for number in range(1, 5001))
    time.sleep(3)
    run.kill()
    events = json.loads(state.read_text())["events"]
    got = b""
    while piece := os.read(reader, 1 << 20):
        got += piece
    os.close(reader)
    assert 0 <= events <= got.count(b"\n"), "it covers alerts only that left"
    assert got.count(b"\n") < 5000


def test_an_alert_comes_soon_after_its_line(log: Path, follow: Run) -> None:
    """The bound is 100 ms; here with room for a machine that has other things to do, and the figures are printed."""
    run = follow()
    writer, taken = Log(log), []
    for number in range(1, 201):
        if number % 25 == 0:
            writer.rotate()
        begun = time.monotonic()
        writer.write(line(number), random.Random(1))
        while f"saw {number} " not in run.out:
            assert time.monotonic() < begun + 30, "the alert did not come"
            time.sleep(0.0005)
        taken.append(time.monotonic() - begun)
        time.sleep(0.005)
    taken.sort()
    print(f"line to alert: median {taken[100] * 1000:.1f} ms, p99 {taken[198] * 1000:.1f} ms")
    assert taken[100] < 0.5
    assert taken[-1] < 5


def test_it_costs_next_to_nothing_while_nothing_happens(log: Path, follow: Run) -> None:
    run = follow()
    log.write_bytes(line(1))
    until(lambda: saw(run) == [(1, 1)])
    before = cpu_seconds(run)
    time.sleep(3)
    used = (cpu_seconds(run) - before) / 3
    print(f"idle: {used:.2%} of a processor")
    assert used < 0.03


def cpu_seconds(run: Running) -> float:
    fields = Path(f"/proc/{run.process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def test_without_the_package_it_looks_every_so_often(log: Path, follow: Run, tmp_path: Path) -> None:
    (tmp_path / "no" / "watchdog").mkdir(parents=True)
    (tmp_path / "no" / "watchdog" / "__init__.py").write_text("raise ImportError\n")
    run = follow(PYTHONPATH=str(tmp_path / "no"))
    with writing(log, 1, 300, 4, "0.001") as writer:
        assert writer.wait(60) == 0
    until(lambda: len(saw(run)) >= 300)
    assert run.end() == 0
    assert uids(run) == list(range(1, 301))
    assert "the package watchdog is not installed (extra live): looking every 50 ms" in run.err


def test_a_folder_is_read_with_what_was_rotated_before_and_with_logs_that_come(log: Path, follow: Run) -> None:
    writer = Log(log)
    for number in range(1, 4):
        writer.write(line(number), random.Random(1))
        writer.rotate()
    (log.parent / "notes.md").write_text("no log\n")
    alerts = f"file_output={{enabled: true, filename: {log.parent / 'alerts.log'}}}"
    run = follow("--set", alerts, "--set", "stdout_output.enabled=true", path=log.parent)
    until(lambda: uids(run) == [1, 2, 3])
    (log.parent / "other.log").write_bytes(line(4))
    until(lambda: uids(run) == [1, 2, 3, 4])
    writer.write(line(5), random.Random(1))
    until(lambda: uids(run) == [1, 2, 3, 4, 5])
    assert run.end() == 0
    assert warnings(run) == []


def test_a_file_without_state_is_read_from_its_beginning_and_its_rotated_ones_are_left(log: Path, follow: Run) -> None:
    writer = Log(log)
    writer.write(line(1), random.Random(1))
    writer.rotate()
    writer.write(line(2), random.Random(1))
    run = follow()
    until(lambda: uids(run) == [2])
    assert run.end() == 0


def test_what_happens_to_the_file_is_said(log: Path, follow: Run) -> None:
    run = follow("--strict")
    log.write_bytes(line(1) + b"{}\n")
    until(lambda: uids(run) == [1])
    log.write_bytes(line(2))
    until(lambda: uids(run) == [1, 2])
    until(lambda: f"{log}: was cut and begun anew; it is read from its beginning again" in run.err)
    assert run.end() == 1, "a broken line under --strict"
    assert f"{log}:2: " in run.err


def test_rules_are_loaded_again_and_events_go_on_being_counted(log: Path, follow: Run, tmp_path: Path) -> None:
    run = follow()
    log.write_bytes(line(1))
    until(lambda: saw(run) == [(1, 1)])
    (tmp_path / "rules.yaml").write_text(RULES.replace("saw", "again saw"))
    run.process.send_signal(signal.SIGHUP)
    until(lambda: "rules loaded again" in run.err)
    with log.open("ab") as file:
        file.write(line(2))
    until(lambda: "again saw 2 as 2" in run.out)
    assert run.end() == 0


def test_the_recorders_own_words_are_passed_over(log: Path, follow: Run) -> None:
    wrapped = json.dumps({"level": "info", "caller": "zapio/writer.go:146", "msg": line(1).decode().rstrip()})
    words = json.dumps({"level": "info", "caller": "main.go:1", "msg": "Starting server"})
    log.write_text(f"{words}\n{wrapped}\n".replace(": ", ":"))
    run = follow()
    until(lambda: uids(run) == [1])
    assert run.end() == 0
    assert warnings(run) == []


def refused(run: Running) -> str:
    assert run.process.wait(30) == 2, run.err
    return run.err


def test_what_cannot_be_followed_is_refused(run_toolkit: Run, follow: Run, log: Path, tmp_path: Path) -> None:
    assert "--follow cannot follow standard input" in refused(run_toolkit("--follow"))
    assert "--follow cannot follow standard input" in refused(run_toolkit("--follow", "-"))
    assert "do not go together" in refused(run_toolkit("--follow", "http://127.0.0.1:0/x"))
    assert "--state is given without --follow" in refused(run_toolkit(str(log), "--state", str(tmp_path / "s")))
    log.write_bytes(b"\x1f\x8b")
    packed = refused(run_toolkit("--follow", str(log), str(tmp_path / "none" / "x.log"), "/dev/null"))
    assert "is compressed with gzip" in packed
    assert "its folder does not exist" in packed
    assert "/dev/null: is no regular file" in packed


def test_the_state_of_another_file_is_refused_and_a_damaged_one(log: Path, follow: Run, tmp_path: Path) -> None:
    state = tmp_path / "state"
    log.write_bytes(line(1))
    run = follow("--state", str(state))
    until(lambda: uids(run) == [1])
    assert run.end() == 0
    kept = state.read_bytes()
    other = refused(follow("--state", str(state), path=tmp_path / "other.log"))
    assert f"is the state of a run that follows {log}, and this one follows {tmp_path / 'other.log'}" in other
    assert "name another file by --state, or delete it to begin anew" in other
    assert state.read_bytes() == kept
    state.write_bytes(kept[:-9])
    run = follow("--state", str(state))
    assert run.process.wait(30) == 3
    assert f"{state}: is no state of --follow: " in run.err
    run = follow("--state", str(tmp_path / "none" / "state"))
    assert run.process.wait(30) == 4
    assert "cannot be written: No such file or directory" in run.err
