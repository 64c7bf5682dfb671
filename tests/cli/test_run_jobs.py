"""`toolkit run -j N` prints what `-j 1` prints, and ends as it should when it is ended."""

from __future__ import annotations

import gzip
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import zstandard
from command_line import Result, Toolkit, seen_on_terminal
from waiting import living, until

ROOT = Path(__file__).resolve().parents[2]
CAPTURED = sorted((ROOT / "test_files" / "1.37").glob("*.jsonl"))
RULES = """
- macro: always
  condition: (evt.num >= 0)
- rule: pod
  desc: d
  source: k8s_admission
  priority: WARNING
  output: pod %kar.target.name by %kar.user.name at %evt.reltime, %evt.time.iso8601
  condition: always and kar.req.pod.containers.image exists
  tags: [k8s]
- {rule: any, desc: d, source: k8s_admission, priority: INFO, condition: kar.verb != DELETE, output: "%evt.plugininfo"}
"""
OWN = """
fields:
  - {name: kar.own.account, description: d, type: string, path: request.object.spec.serviceAccountName}
"""
WITH_OWN = """
- rule: own
  desc: d
  source: k8s_admission
  priority: ERROR
  condition: kar.own.account exists
  output: "%kar.own.account"
"""
CONFIGURATION = """
json_output: true
json_include_message_property: true
time_format_iso_8601: true
stdout_output: {enabled: true}
file_output: {enabled: true, filename: alerts.log, keep_alive: true}
static_fields: {site: here}
append_output:
  - match: {source: k8s_admission, tags: [k8s]}
    extra_output: site=%static.site
    extra_fields: [kar.verb, seen: "%evt.reltime.s"]
plugins:
  - {name: k8sadmission, library_path: x.so, init_config: {maxEventSize: 9000}}
  - {name: json, library_path: y.so}
load_plugins: [k8sadmission, json]
"""
BROKEN = b'{"broken\n\n[]\n{"request":{"uid":"without a time","operation":"CREATE"}}\n'


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Some MB of what an API server sent, with broken lines in between, and a rotated, a compressed and a small log."""
    monkeypatch.chdir(tmp_path)
    logs = tmp_path / "logs"
    logs.mkdir()
    captured = [path.read_bytes() for path in CAPTURED]
    whole = b"".join(captured)
    (logs / "kube-audit-rest.log").write_bytes(whole + BROKEN + whole)
    (logs / "kube-audit-rest-2026-01-02T03-04-05.000.log").write_bytes(b"\xef\xbb\xbf" + whole + BROKEN * 3)
    (logs / "kube-audit-rest-2026-01-01T03-04-05.000.log.gz").write_bytes(gzip.compress(captured[0] + BROKEN))
    (logs / "last.log").write_bytes(captured[1].removesuffix(b"\n"))
    (logs / "last.log.zst").write_bytes(zstandard.compress(captured[2]))
    (tmp_path / "rules.yaml").write_text(RULES, "utf-8")
    (tmp_path / "own.yaml").write_text(WITH_OWN, "utf-8")
    (tmp_path / "fields.yaml").write_text(OWN, "utf-8")
    (tmp_path / "falco.yaml").write_text(CONFIGURATION, "utf-8")
    return tmp_path


def said(result: Result) -> tuple[int, str, list[str]]:
    """Return all that a run came to, but how long it took."""
    return result.code, result.out, [line for line in result.err.splitlines() if not line.endswith(" a second")]


@pytest.mark.parametrize(
    "flags",
    [
        ("-o", "text"),
        ("-o", "json", "--matching", "all"),
        ("-o", "json", "--engine", "walk", "--matching", "all"),
        ("--plugin", "published"),
        ("-r", "own.yaml", "--fields-file", "fields.yaml", "--matching", "all"),
        ("-c", "falco.yaml", "--matching", "all"),
        ("-c", "falco.yaml", "--summary", "-o", "json"),
        ("--strict", "--priority", "warning", "gone.log", "--hostname", "host"),
        ("--summary",),
        ("--summary", "gone.log"),
    ],
    ids=" ".join,
)
def test_the_same_whatever_the_number_of_processes(folder: Path, toolkit: Toolkit, flags: tuple[str, ...]) -> None:
    found = []
    for jobs in ("1", "3"):
        result = toolkit("run", "-r", "rules.yaml", "-j", jobs, *flags, "logs")
        alerts = folder / "alerts.log"
        found.append((said(result), alerts.read_bytes() if alerts.exists() else None))
        alerts.unlink(missing_ok=True)
    assert found[0] == found[1]
    (_, out, err), in_file = found[0]
    assert len(out) > 1000
    assert not any("one process" in line for line in err)
    assert any(":1: " in line or ":2: " in line or "broken" in line for line in err)
    assert in_file is None or in_file.decode() in out


def test_files_come_in_the_order_in_which_they_were_written(folder: Path, toolkit: Toolkit) -> None:
    results = [toolkit("run", "-r", "rules.yaml", "-j", jobs, "log*/**/kube*") for jobs in ("1", "2")]
    assert said(results[0]) == said(results[1])
    told = [line.split(":")[1].strip() for line in results[1].err.splitlines() if "not JSON" in line]
    assert list(dict.fromkeys(told)) == [
        "logs/kube-audit-rest-2026-01-01T03-04-05.000.log.gz",
        "logs/kube-audit-rest-2026-01-02T03-04-05.000.log",
        "logs/kube-audit-rest.log",
    ]


def test_numbers_of_events_need_one_process(folder: Path, toolkit: Toolkit) -> None:
    rule = {"rule": "n", "desc": "d", "source": "k8s_admission", "priority": "INFO", "output": "%evt.num"}
    (folder / "n.yaml").write_text(json.dumps([rule | {"condition": "kar.uid exists"}]), "utf-8")
    result = toolkit("run", "-r", "n.yaml", "-j", "4", "logs")
    numbers = [int(line.rsplit(" ", 1)[1]) for line in result.out.splitlines()]
    assert numbers == list(range(1, len(numbers) + 1))
    assert "note: one process: the rule 'n' names evt.num" in result.err


@pytest.mark.parametrize(
    ("flags", "large", "jobs"),
    [
        ((), 1000, [2]),
        ((), 2**30, []),
        (("-j", "3"), 2**30, [3]),
        (("-j", "1"), 1000, []),
        (("-c", "program.yaml"), 1000, []),
        (("-c", "program.yaml", "--summary"), 1000, [2]),
    ],
    ids=str,
)
def test_how_many_processes(
    folder: Path,
    toolkit: Toolkit,
    monkeypatch: pytest.MonkeyPatch,
    flags: tuple[str, ...],
    large: int,
    jobs: list[int],
) -> None:
    (folder / "program.yaml").write_text(
        'program_output: {enabled: true, keep_alive: true, program: "cat >all"}', "utf-8"
    )
    taken: list[int] = []

    def counting(rules: object, batches: object, task: object, jobs: int) -> Iterator[object]:
        taken.append(jobs)
        yield from ()

    monkeypatch.setattr("toolkit.engine.pool.scan_batches", counting)
    monkeypatch.setattr("toolkit.cli.run_jobs.LARGE", large)
    monkeypatch.setattr("toolkit.engine.pool.cores", lambda: 2)
    toolkit("run", "-r", "rules.yaml", *flags, "logs/kube-audit-rest.log")
    assert taken == jobs


def test_standard_input_is_read_by_this_process(folder: Path, toolkit: Toolkit) -> None:
    result = toolkit("run", "-r", "rules.yaml", "-j", "4", "-", stdin=CAPTURED[0].read_bytes())
    assert (result.code, result.out) == (0, toolkit("run", "-r", "rules.yaml", CAPTURED[0]).out)


def test_a_summary(folder: Path, toolkit: Toolkit) -> None:
    line = (
        '{"request":{"uid":"u","operation":"CREATE","userInfo":{"username":"%s"},"namespace":"%s","name":"%s",'
        '"resource":{"group":"","version":"v1","resource":"pods"}},"requestReceivedTimestamp":"2026-01-02T03:04:%02dZ"}\n'
    )
    events = [("ann", "a", "x", 9), ("bob", "a", "y", 3), ("ann", "b", "x", 5), ("ann", "a", "x", 7)]
    (folder / "few.log").write_text("{\n" + "".join(line % event for event in events), "utf-8")
    result = toolkit("run", "-r", "rules.yaml", "--summary", "-o", "json", "few.log")
    document = json.loads(result.out)
    assert (document["events"], document["broken_lines"], document["rules_on"]) == (4, 1, 2)
    (rule,) = document["rules"]
    examples = rule.pop("examples")
    assert rule == {
        "rule": "any",
        "priority": "Informational",
        "alerts": 4,
        "users": {"count": 2, "exact": True},
        "namespaces": {"count": 2, "exact": True},
        "objects": {"count": 3, "exact": True},
        "first": "2026-01-02T03:04:03.000000Z",
        "last": "2026-01-02T03:04:09.000000Z",
    }
    assert [example["place"] for example in examples] == ["few.log:2", "few.log:3", "few.log:4"]
    assert examples[0]["alert"].startswith('03:04:09.000000000: Informational {"request"')
    text = toolkit("run", "-r", "rules.yaml", "--summary", "few.log").out.splitlines()
    assert text[1:3] == [
        "  alerts 4, users 2, namespaces 2, objects 3",
        "  from 2026-01-02T03:04:03.000000Z to 2026-01-02T03:04:09.000000Z",
    ]
    assert text[-1] == "1 of 2 rules fired: 4 alerts, 4 events"


def started(folder: Path, *flags: str) -> subprocess.Popen[bytes]:
    """Start a run over a log that takes some seconds, in a process group of its own."""
    large = folder / "large.log"
    if not large.exists():
        large.write_bytes((folder / "logs" / "kube-audit-rest.log").read_bytes() * 30)
    command = [sys.executable, "-m", "toolkit", "run", "-r", "rules.yaml", "--engine", "walk", "-j", "2", *flags]
    return subprocess.Popen(
        [*command, "large.log"],
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,
        env={**os.environ, "TMPDIR": str(folder)},
    )


def wait_for_workers(run: subprocess.Popen[bytes], count: int = 3) -> list[int]:
    until(lambda: len(living(run.pid)) >= count, "workers")
    return [pid for pid in living(run.pid) if pid != run.pid]


def until_all_end(group: int) -> None:
    """Wait until no process of a group is left: what tracks semaphores ends by itself, a bit later."""
    until(lambda: not living(group), "the end of all processes", 10)


needs_proc = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks for processes in /proc")


@needs_proc
def test_a_worker_that_is_killed_ends_the_run_with_the_name_of_its_part(folder: Path) -> None:
    with started(folder) as run:
        workers = wait_for_workers(run)
        time.sleep(0.3)
        os.kill(workers[0], signal.SIGKILL)
        assert run.stderr
        err = run.stderr.read().decode()
        assert run.wait() == 4
    part = r"large\.log(, bytes \d+ to \d+| from byte \d+| from line 1 \(bytes 0 to \d+\))"
    assert re.search(rf"error: a process of this run was killed by SIGKILL while it read {part}\n", err)
    assert "Traceback" not in err
    until_all_end(run.pid)
    assert not list(folder.glob("toolkit-run-*"))


@needs_proc
@pytest.mark.parametrize("flags", [(), ("-c", "falco.yaml")], ids=["forked", "started anew beside threads"])
@pytest.mark.parametrize("after", [0.0, 0.02, 0.1, 0.4])
def test_ctrl_c_leaves_no_process(folder: Path, after: float, flags: tuple[str, ...]) -> None:
    with started(folder, *flags) as run:
        wait_for_workers(run, 2)
        time.sleep(after)
        os.killpg(run.pid, signal.SIGINT)
        assert run.stderr
        err = run.stderr.read().decode()
        assert run.wait() == 130
    assert "Traceback" not in err
    assert err.endswith("interrupted\n")
    until_all_end(run.pid)
    assert not list(folder.glob("toolkit-run-*"))


@needs_proc
def test_workers_end_when_the_run_is_killed(folder: Path) -> None:
    with started(folder) as run:
        wait_for_workers(run)
        run.kill()
    until_all_end(run.pid)


def on_terminal(folder: Path, *flags: str) -> bytes:
    return seen_on_terminal([sys.executable, "-m", "toolkit", "run", "-r", "rules.yaml", *flags], folder)


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_bar_on_a_terminal(folder: Path, jobs: str) -> None:
    large = folder / "large.log"
    large.write_bytes((folder / "logs" / "kube-audit-rest.log").read_bytes() * 10)
    assert large.stat().st_size > 32 * 2**20 or large.write_bytes(large.read_bytes() * 2)
    seen = on_terminal(folder, "-j", jobs, "large.log")
    assert b"MB/s" in seen
    assert b"read" in seen
    assert b"MB/s" not in on_terminal(folder, "-j", jobs, "logs/last.log")
