"""Nothing that strangers write crashes, hangs, or takes memory without end: it is read, or refused with words."""

from __future__ import annotations

import random
import threading
from pathlib import Path

import pytest
from fuzzing import Failure, fuzz, read_one
from hostile import HOSTILE, Hostile
from surfaces import SURFACES, inputs, reads_or_refuses

from toolkit.configuration.load import load_configuration
from toolkit.errors import ExitCode, ToolkitError
from toolkit.fields.catalog import load_catalog
from toolkit.fields.user_fields import load_user_fields
from toolkit.ruleset.loader import RuleFile, load
from toolkit.scenarios.loader import load_folder

FEW = {
    "lines": 60, "rules": 400, "conditions": 1500, "configurations": 300, "fields": 300, "scenarios": 150,
    "datasets": 100,
}  # fmt: skip
MANY = {
    "lines": 26_000, "rules": 20_000, "conditions": 60_000, "configurations": 8_000, "fields": 8_000,
    "scenarios": 6_000, "datasets": 4_000,
}  # fmt: skip
"""Inputs in a whole run; one of `lines` is a log of forty."""
SEEDS = Path(__file__).parent / "seeds"


def check(failures: list[Failure]) -> None:
    """Fail where there are failures, and keep their inputs as seeds."""
    for failure in failures:
        folder = SEEDS / failure.surface
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{failure.seed}.yaml").write_bytes(next(inputs(failure.surface, [failure.seed])))
    assert not failures, "\n\n".join(map(str, failures))


def test_a_few_damaged_inputs_of_each_sort() -> None:
    done, failures = fuzz(FEW)
    check(failures)
    assert done["lines"] == 60 * SURFACES["lines"].counts
    assert all(done[name] >= FEW[name] for name in FEW)


@pytest.mark.fuzz
def test_a_million_damaged_lines_and_many_files(capsys: pytest.CaptureFixture[str]) -> None:
    done, failures = fuzz(MANY, first=1_000_000)
    with capsys.disabled():
        print("\nread:", ", ".join(f"{count:,} {name}" for name, count in sorted(done.items())))
    check(failures)
    assert done["lines"] >= 1_000_000


def test_the_same_numbers_give_the_same_inputs() -> None:
    for name in SURFACES:
        assert list(inputs(name, range(20))) == list(inputs(name, range(20)))
        assert len(set(inputs(name, range(20)))) > 15


@pytest.mark.parametrize(("surface", "name"), [(surface, name) for surface, them in HOSTILE.items() for name in them])
def test_what_once_broke_something(surface: str, name: str, tmp_path: Path) -> None:
    hostile = HOSTILE[surface][name]
    assert read_one(surface, hostile.data, tmp_path) is None
    error = said(surface, hostile, tmp_path)
    if not hostile.says:
        assert error is None or surface == "configurations"
        return
    assert error is not None
    assert hostile.says in str(error)
    assert error.exit_code == (ExitCode.USAGE if surface == "configurations" else ExitCode.BAD_INPUT)
    assert all(fault.place for fault in error.faults) or "plugin" in name


def said(surface: str, hostile: Hostile, folder: Path) -> ToolkitError | None:
    """Return the error of reading a hostile input."""
    path = folder / "inputs"
    path.mkdir()
    (path / "more.yaml").write_bytes(hostile.data)
    catalog = load_catalog()
    try:
        match surface:
            case "rules":
                load([RuleFile("r.yaml", hostile.data)], catalog).checked()
            case "configurations":
                load_configuration(str(path / "more.yaml"))
            case "fields":
                load_user_fields([path / "more.yaml"])
            case _:
                load_folder(path)
    except ToolkitError as error:
        return error
    return None


@pytest.mark.parametrize("path", sorted(SEEDS.glob("*/*")), ids=lambda path: f"{path.parent.name}/{path.name}")
def test_kept_seeds(path: Path, tmp_path: Path) -> None:
    assert read_one(path.parent.name, path.read_bytes(), tmp_path) is None


def test_a_hang_and_a_crash_are_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def hangs(_data: bytes, _folder: Path) -> None:
        while True:
            random.random()

    def crashes(_data: bytes, _folder: Path) -> None:
        reads_or_refuses(lambda: int("x"))

    assert threading.current_thread() is threading.main_thread()
    monkeypatch.setattr("fuzzing.SECONDS", 0.2)
    for read, words in ((hangs, "HangError"), (crashes, "ValueError")):
        monkeypatch.setitem(SURFACES, "broken", type(SURFACES["rules"])("broken", lambda _: b"", read))
        assert words in (read_one("broken", b"", tmp_path) or "")
