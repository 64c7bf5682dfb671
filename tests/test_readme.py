"""The README's files and commands, typed in order in a fresh folder, give what the README shows.

In a fenced block of `console`, a line that begins with `$ ` is typed and what follows is its output: `…` stands for
anything within a line, and alone on a line for any number of lines. A fenced block whose first line is a comment with a
file's name is that file. A block after `<!-- cluster -->` needs the programs of a control plane.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text("utf-8")
FENCE = re.compile(r"(?P<cluster><!-- cluster -->\n)?^```(?P<kind>\w+)\n(?P<body>.*?)^```$", re.M | re.S)
FILE_NAME = re.compile(r"# (?P<name>\S+\.(?:yaml|toml))\n")


@dataclass(frozen=True)
class Typed:
    """A command of the README and the output shown for it."""

    command: str
    shown: str


def typed(body: str) -> list[Typed]:
    """Return the commands of one console block."""
    parts = re.split(r"^\$ ", body, flags=re.M)[1:]
    return [Typed(command, shown) for command, _, shown in (part.partition("\n") for part in parts)]


def pattern(shown: str) -> str:
    """Return the regular expression that the shown output stands for."""
    lines = [r"(?:.*\n)*?" if line == "…" else _line(line) + r"[ ]*\n" for line in shown.rstrip("\n").splitlines()]
    return "".join(lines) + r"\n*"


def _line(line: str) -> str:
    return ".*".join(re.escape(part.rstrip() if part != line else part) for part in line.rstrip().split("…"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as a reader has it: the checkout's rules, scenarios and datasets."""
    copy = tmp_path_factory.mktemp("readme")
    for name in ("rules", "testing", "test_files", "scripts"):
        shutil.copytree(ROOT / name, copy / name)
    return copy


def run_blocks(folder: Path, *, cluster: bool) -> int:
    """Write the files and type the commands of the README; returns how many commands were typed."""
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "NO_COLOR": "1",
        "COLUMNS": "120",
        "TZ": "UTC",
    }
    count = 0
    for fence in FENCE.finditer(README):
        body = fence["body"]
        if named := FILE_NAME.match(body):
            (folder / named["name"]).write_text(body, encoding="utf-8")
        if fence["kind"] != "console" or bool(fence["cluster"]) is not cluster:
            continue
        for one in typed(body):
            run = subprocess.run(
                ["bash", "-c", f"{one.command} 2>&1"], cwd=folder, env=environment, capture_output=True, text=True
            )
            message = f"$ {one.command}\n--- shown\n{one.shown}\n--- printed (exit {run.returncode})\n{run.stdout}"
            assert re.fullmatch(pattern(one.shown), run.stdout), message
            count += 1
    return count


def test_commands_give_what_is_shown(folder: Path) -> None:
    assert run_blocks(folder, cluster=False) >= 5


@pytest.mark.cluster
def test_commands_on_a_cluster_give_what_is_shown(folder: Path) -> None:
    assert run_blocks(folder, cluster=True) >= 1
