"""The command `toolkit run`, from outside."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

RULES = """
- {rule: all, desc: d, source: k8s_admission, priority: NOTICE, condition: kar.uid exists, output: "%kar.verb"}
- {rule: creates, desc: d, source: k8s_admission, priority: INFO, condition: kar.verb = CREATE, output: c}
"""
LINE = b'{"request":{"uid":"u%d","operation":"CREATE"},"requestReceivedTimestamp":"2026-01-02T03:04:05Z"}\n'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "a.yaml").write_text(RULES, "utf-8")
    (tmp_path / "events.jsonl").write_bytes(LINE % 1 + LINE % 2)
    (tmp_path / "broken.jsonl").write_bytes(LINE % 1 + b"{\n")
    (tmp_path / "no.jsonl").write_bytes(b"{\n[]\n")
    (tmp_path / "packed.jsonl.gz").write_bytes(gzip.compress(LINE % 3))
    (tmp_path / "bad.yaml").write_text("- {rule: r, priority: X}\n- {list: l}\n", "utf-8")
    return tmp_path


def run(folder: Path, *arguments: str, stdin: bytes = b"", **environment: str) -> tuple[int, list[bytes], list[str]]:
    """Return exit status, lines of stdout and lines of stderr."""
    variables = {**os.environ, "TZ": "UTC", **environment}
    done = subprocess.run(
        [sys.executable, "-m", "toolkit", "run", *arguments],
        cwd=folder,
        env=variables,
        input=stdin,
        capture_output=True,
        timeout=60,
        check=False,
    )
    return done.returncode, done.stdout.splitlines(), done.stderr.decode().splitlines()


def test_alerts_on_stdout_and_statistics_on_stderr(folder: Path) -> None:
    status, out, err = run(folder, "-r", "rules", "events.jsonl", "packed.jsonl.gz")
    assert (status, out) == (0, [b"03:04:05.000000000: Notice CREATE"] * 3)
    assert err[:3] == ["Events detected: 3", "Rule counts by severity:", "   NOTICE: 3"]
    assert err[-1].startswith("3 events in ")


def test_json_from_standard_input_with_all_matches_and_a_host_name(folder: Path) -> None:
    flags = ("-r", "rules/a.yaml", "--matching", "all", "-o", "json")
    status, out, _ = run(folder, *flags, "-", stdin=LINE % 7)
    assert status == 0
    assert [json.loads(line)["rule"] for line in out] == ["all", "creates"]
    assert "hostname" not in json.loads(out[0])
    _, out, _ = run(folder, *flags, stdin=LINE % 7, FALCO_HOSTNAME="h")
    assert json.loads(out[0])["hostname"] == "h"
    _, out, _ = run(folder, *flags, "--hostname", "i", stdin=LINE % 7, FALCO_HOSTNAME="h")
    assert json.loads(out[0])["hostname"] == "i"


def test_rules_below_a_priority_are_left_out(folder: Path) -> None:
    status, out, _ = run(folder, "-r", "rules", "--priority", "warning", "events.jsonl")
    assert (status, out) == (0, [])


def test_local_time(folder: Path) -> None:
    _, out, _ = run(folder, "-r", "rules", "events.jsonl", TZ="XXX-5:30")
    assert out[0].startswith(b"08:34:05")


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (["-r", "rules", "broken.jsonl"], 0, "warning: broken.jsonl:2: "),
        (["-r", "rules", "--strict", "broken.jsonl"], 1, "warning: 1 of 2 lines are broken and were left out"),
        (["-r", "rules", "no.jsonl"], 3, "warning: 2 of 2 lines are broken and were left out"),
        (["-r", "rules", "missing.jsonl"], 3, "error: missing.jsonl: no such file or folder"),
        (["-r", "missing", "events.jsonl"], 3, "error: missing: no such file or folder"),
        (["-r", "bad.yaml", "events.jsonl"], 3, "error: bad.yaml:2:3: Item has no mapping for key 'items'"),
        (["-r", "rules", "--matching", "some", "events.jsonl"], 2, "error: --matching is 'some'"),
        (["-r", "rules", "--priority", "bad", "events.jsonl"], 2, "error: --priority is 'bad'"),
    ],
)
def test_what_goes_wrong(folder: Path, arguments: Sequence[str], status: int, words: str) -> None:
    found, _, err = run(folder, *arguments)
    assert found == status
    assert any(line.startswith(words) for line in err), err
    assert not any("Traceback" in line for line in err)


def test_a_reader_that_goes_away_ends_the_run_quietly(folder: Path) -> None:
    (folder / "many.jsonl").write_bytes((LINE % 1) * 20_000)
    with subprocess.Popen(
        [sys.executable, "-m", "toolkit", "run", "-r", "rules", "many.jsonl"],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout
        assert process.stderr
        process.stdout.readline()
        process.stdout.close()
        err = process.stderr.read()
        assert process.wait(timeout=60) == 0
    assert b"Traceback" not in err
    assert b"Broken" not in err


def test_both_engines_print_the_same(folder: Path) -> None:
    flags = ("-r", "rules", "-o", "json", "--matching", "all", "events.jsonl", "broken.jsonl", "packed.jsonl.gz")
    walk, compiled = (run(folder, *flags, "--engine", kind) for kind in ("walk", "compiled"))
    assert walk[:2] == compiled[:2]
    assert walk[2][:-1] == compiled[2][:-1]
    assert len(walk[1]) == 8


def test_a_damaged_file_is_told_by_both_engines(folder: Path) -> None:
    (folder / "cut.jsonl.gz").write_bytes(gzip.compress(LINE % 4 * 1000)[:-20])
    for kind in ("walk", "compiled"):
        status, _, err = run(folder, "-r", "rules", "cut.jsonl.gz", "--engine", kind)
        assert status == 0
        assert "the compressed file is cut off or damaged here" in "\n".join(err)
