"""Full disks, closed pipes, closed streams, Ctrl-C: what the system does to every command alike."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from small_project import SmallProject, line

from toolkit.errors import ExitCode

TOOLKIT = (sys.executable, "-m", "toolkit")


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SmallProject:
    """Return a project in a folder of its own, which is the current one, with a long log."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "events.jsonl").write_bytes((line(paths=["/etc"]) + b"\n") * 3000)
    return SmallProject(Path()).write()


COMMANDS = {
    "run": ("run", "events.jsonl", "-r", "rules.yaml"),
    "run as JSON": ("run", "events.jsonl", "-r", "rules.yaml", "-o", "json"),
    "extract": ("extract", "events.jsonl"),
    "fields": ("fields", "-o", "json"),
    "lint": ("lint", "-r", "rules.yaml", "-o", "json"),
    "validate": ("validate", "-r", "rules.yaml", "--scenarios", "scenarios", "--dataset", "data"),
    "validate as JSON": ("validate", "-r", "rules.yaml", "--scenarios", "scenarios", "--dataset", "data", "-o", "json"),
    "generate": ("generate", "--dry-run", "--scenarios", "scenarios"),
    "data": ("data", "verify", "--dataset", "data", "--scenarios", "scenarios"),
    "version": ("version",),
    "help": ("--help",),
}
EACH = pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS.keys())


def shell(script: str, command: tuple[str, ...], **more: str) -> tuple[int, str]:
    """Run a line of shell in which `$@` is the command; return its status and what stood on standard error."""
    words = ["bash", "-o", "pipefail", "-c", script, "bash", *TOOLKIT, *command]
    ended = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False, env={**os.environ, **more})
    assert "Traceback" not in ended.stderr
    assert "Exception ignored" not in ended.stderr
    return ended.returncode, ended.stderr


@EACH
def test_a_full_disk_is_named(project: SmallProject, command: tuple[str, ...]) -> None:
    code, errors = shell('"$@" > /dev/full', command)
    assert code == ExitCode.ENVIRONMENT
    assert "error: the output: No space left on device" in errors


@EACH
def test_a_reader_that_goes_away_is_no_fault(project: SmallProject, command: tuple[str, ...]) -> None:
    code, errors = shell('"$@" | head -c 1 > /dev/null', command)
    assert code == ExitCode.GOOD
    assert "rror" not in errors


@EACH
def test_closed_streams_are_no_fault(project: SmallProject, command: tuple[str, ...]) -> None:
    assert shell('"$@" >&- 2>&-', command)[0] == ExitCode.GOOD


def test_a_full_disk_under_standard_error_hides_no_status(project: SmallProject) -> None:
    assert shell('"$@" 2> /dev/full', ("run", "missing", "-r", "rules.yaml"))[0] == ExitCode.BAD_INPUT


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
@pytest.mark.parametrize("name", ["validate", "help", "generate"])
def test_a_terminal_of_few_characters_gets_all_it_can(project: SmallProject, name: str, encoding: str) -> None:
    assert shell('"$@" > /dev/null', COMMANDS[name], PYTHONIOENCODING=encoding)[0] == ExitCode.GOOD


@pytest.mark.parametrize("command", ["run", "extract"])
def test_ctrl_c_ends_with_130_and_without_a_word_too_many(project: SmallProject, command: str) -> None:
    words = [*TOOLKIT, command, *(["-r", "rules.yaml"] if command == "run" else [])]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
        assert running.stdin is not None
        assert running.stdout is not None
        running.stdin.write((line(paths=["/etc"]) + b"\n") * 50)  # no more than a pipe holds
        running.stdin.flush()
        assert running.stdout.readline()  # it is under way
        running.send_signal(signal.SIGINT)
        _, errors = running.communicate(timeout=30)
    assert running.returncode == ExitCode.INTERRUPTED
    assert b"interrupted" in errors
    assert b"Traceback" not in errors
