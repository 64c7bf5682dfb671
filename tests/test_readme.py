"""A page's files and commands, typed in order in a fresh folder, give what the page shows: the README, and docs/.

In a fenced block of `console`, a line that begins with `$ ` is typed and what follows is its output: `…` stands for
anything within a line, and alone on a line for any number of lines. A fenced block whose first line is a comment with a
file's name is that file. A block after `<!-- cluster -->` needs the programs of a control plane; one after
`<!-- kind -->` is typed by the tests on kind clusters, one after `<!-- s3 -->` by `make test-remote`.
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
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").glob("*.md")])
FENCE = re.compile(r"(?:<!-- (?P<needs>cluster|kind|s3) -->\n)?^```(?P<kind>\w+)\n(?P<body>.*?)^```$", re.M | re.S)
FILE_NAME = re.compile(r"# (?P<name>\S+\.(?:yaml|toml))\n")


@dataclass(frozen=True)
class Typed:
    """A command of a page and the output shown for it."""

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


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder as a reader has it: the checkout's rules, scenarios and datasets."""
    copy = tmp_path / "checkout"
    for name in ("rules", "testing", "test_files", "scripts"):
        shutil.copytree(ROOT / name, copy / name)
    return copy


def run_blocks(page: Path, folder: Path, needs: str | None = None) -> int:
    """Write a page's files and type its commands that need `cluster`, `kind` or nothing; returns how many."""
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "NO_COLOR": "1",
        "COLUMNS": "120",
        "TZ": "UTC",
    }
    count = 0
    for fence in FENCE.finditer(page.read_text("utf-8")):
        body = fence["body"]
        if named := FILE_NAME.match(body):
            (folder / named["name"]).write_text(body, encoding="utf-8")
        if fence["kind"] != "console" or fence["needs"] != needs:
            continue
        for one in typed(body):
            run = subprocess.run(
                ["bash", "-c", f"{one.command} 2>&1"], cwd=folder, env=environment, capture_output=True, text=True
            )
            printed = f"--- printed (exit {run.returncode})\n{run.stdout}"
            message = f"{page.name}\n$ {one.command}\n--- shown\n{one.shown}\n{printed}"
            assert re.fullmatch(pattern(one.shown), run.stdout), message
            count += 1
    return count


def has_blocks(page: Path, needs: str | None) -> bool:
    """Say whether there is something to be typed."""
    found = FENCE.finditer(page.read_text("utf-8"))
    return any(fence["kind"] == "console" and fence["needs"] == needs for fence in found)


def pages(needs: str | None = None) -> list[Path]:
    """Return the pages with something to be typed."""
    return [page for page in PAGES if has_blocks(page, needs)]


def name(page: Path) -> str:
    """Name a page in the test's output."""
    return str(page.relative_to(ROOT))


@pytest.mark.parametrize("page", pages(), ids=name)
def test_commands_give_what_is_shown(page: Path, folder: Path) -> None:
    assert run_blocks(page, folder) >= 1


@pytest.mark.cluster
@pytest.mark.parametrize("page", pages("cluster"), ids=name)
def test_commands_on_a_cluster_give_what_is_shown(page: Path, folder: Path) -> None:
    assert run_blocks(page, folder, "cluster") >= 1


@pytest.mark.remote
@pytest.mark.parametrize("page", pages("s3"), ids=name)
def test_commands_on_a_bucket_give_what_is_shown(page: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The bucket `cluster-logs` holds a day of logs, as `s3://cluster-logs/2026/11/23/`."""
    import fsspec
    from s3_server import s3_endpoint

    for variable in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(variable, "testing")
    with s3_endpoint() as endpoint:
        store = fsspec.filesystem("s3", endpoint_url=endpoint)
        store.mkdir("cluster-logs")
        for number, log in enumerate(sorted((folder / "test_files" / "1.37").glob("*pod*.jsonl"))):
            store.pipe_file(f"cluster-logs/2026/11/{22 + number % 2}/{log.name}", log.read_bytes())
        monkeypatch.setenv("FSSPEC_S3_ENDPOINT_URL", endpoint)
        assert run_blocks(page, folder, "s3") >= 1


def anchors(page: Path) -> set[str]:
    """Return what a page's headings are called in links, as GitHub makes it of them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_links_lead_somewhere(page: Path) -> None:
    prose = re.sub(r"^```.*?^```$", "", page.read_text("utf-8"), flags=re.M | re.S)
    for target in re.findall(r"\]\(([^)\s]+)\)", prose):
        path, _, anchor = target.partition("#")
        if "://" in target:
            continue
        file = (page.parent / path).resolve() if path else page
        assert file.exists(), target
        assert not anchor or anchor in anchors(file), target


def test_the_readme_and_the_page_about_events_show_commands() -> None:
    assert {"README.md", "docs/admission-events.md"} <= {name(page) for page in pages()}


def test_what_a_petabyte_takes_is_what_was_measured() -> None:
    measured = (ROOT / "docs" / "performance.md").read_text("utf-8").partition("## A petabyte")[2]
    rows = dict(re.findall(r"^\| (.+?) \| ([\d,]+) core-hours", measured, re.M))
    said = re.search(
        r"takes ([\d,]+) core-hours .+? ([\d,]+) where .+? ([\d,]+) with `--summary`",
        (ROOT / "README.md").read_text("utf-8"),
    )
    assert said is not None
    named = "`.jsonl`, alerts as JSON", "`.zst`, alerts as JSON", "`.jsonl`, alerts summed up"
    assert said.groups() == tuple(rows[name] for name in named)
