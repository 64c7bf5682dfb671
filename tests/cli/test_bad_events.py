"""Logs that are not what they should be: what can be read is read, the rest is named, nothing is a traceback."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from command_line import Toolkit
from small_project import RULES, line, review

from toolkit.errors import ExitCode

GOOD = line(paths=["/etc"])


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in a folder with rules in it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "rules.yaml").write_text(RULES)
    return tmp_path


def arguments(command: str, *paths: str) -> list[str]:
    return [command, *paths, *(["-r", "rules.yaml"] if command == "run" else [])]


BOTH = pytest.mark.parametrize("command", ["run", "extract"])

ALL_BROKEN = {
    "broken JSON": (b'{"kind":', "not JSON: it ends too early"),
    "not JSON": (b"hello world", "not JSON"),
    "an array": (b"[]", "a JSON object"),
    "a number": (b"1", "a JSON object"),
    "another object": (b'{"a":1}', '"uid"'),
    "a request that is none": (b'{"request":"x"}', '"uid"'),
    "invalid UTF-8": (GOOD.replace(b'"kind"', b'"\xff":1,"kind"', 1), "0xff is not UTF-8"),
    "UTF-16": (b"\xff\xfe" + "{}".encode("utf-16-le"), "byte order mark of UTF-16"),
    "NULs": (b"\0\0\0\0", "not JSON"),
    "deep nesting": (b"[" * 100_000, "nested too deep"),
    "deep objects": (b'{"request":' * 50_000, "nested too deep"),
    "NaN": (GOOD.replace(b'"uid":"u-1"', b'"uid":"u-1","x":NaN'), "not JSON"),
}


@BOTH
@pytest.mark.parametrize(("text", "reason"), ALL_BROKEN.values(), ids=ALL_BROKEN.keys())
def test_a_log_of_broken_lines_fails_with_place_and_reason(
    toolkit: Toolkit, command: str, text: bytes, reason: str
) -> None:
    Path("a.jsonl").write_bytes(text + b"\n")
    result = toolkit(*arguments(command, "a.jsonl"))
    assert (result.code, result.out) == (ExitCode.BAD_INPUT, "")
    assert "a.jsonl:1: " in result.err
    assert reason in result.err


@BOTH
@pytest.mark.parametrize("text", [text for text, _ in ALL_BROKEN.values()], ids=ALL_BROKEN.keys())
def test_a_broken_line_among_good_ones_is_left_out(toolkit: Toolkit, command: str, text: bytes) -> None:
    Path("a.jsonl").write_bytes(GOOD + b"\n" + text + b"\n" + GOOD + b"\n")
    result = toolkit(*arguments(command, "a.jsonl"))
    assert result.code == ExitCode.GOOD
    assert len(result.out.splitlines()) == 2
    assert "warning: a.jsonl:2: " in result.err
    assert "1 of 3 lines are broken" in result.err
    assert toolkit(*arguments(command, "a.jsonl"), "--strict").code == ExitCode.CHECK_FAILED


@BOTH
def test_a_last_line_that_was_cut_off_is_named(toolkit: Toolkit, command: str) -> None:
    Path("a.jsonl").write_bytes(GOOD + b"\n" + GOOD[:100])
    result = toolkit(*arguments(command, "a.jsonl"))
    assert (result.code, len(result.out.splitlines())) == (ExitCode.GOOD, 1)
    assert "a.jsonl:2: not JSON: it ends too early, as a line that was cut off does" in result.err


@BOTH
def test_a_last_line_without_its_end_is_read(toolkit: Toolkit, command: str) -> None:
    Path("a.jsonl").write_bytes(GOOD)
    assert len(toolkit(*arguments(command, "a.jsonl")).out.splitlines()) == 1


@BOTH
def test_lines_of_ten_mebibytes_are_read(toolkit: Toolkit, command: str) -> None:
    large = review(paths=["/etc"])
    large["request"]["object"]["data"] = "x" * (10 * 2**20)
    Path("a.jsonl").write_bytes(json.dumps(large).encode() + b"\n" + GOOD + b"\n")
    result = toolkit(*arguments(command, "a.jsonl"))
    assert (result.code, len(result.out.splitlines())) == (ExitCode.GOOD, 2)


@BOTH
def test_a_byte_order_mark_is_no_part_of_the_first_line(toolkit: Toolkit, command: str) -> None:
    Path("a.jsonl").write_bytes(b"\xef\xbb\xbf" + GOOD + b"\n")
    result = toolkit(*arguments(command, "a.jsonl"))
    assert (result.code, len(result.out.splitlines())) == (ExitCode.GOOD, 1)
    assert "warning" not in result.err


@BOTH
@pytest.mark.parametrize("text", [b"", b"\n\n  \n"])
def test_a_log_without_lines_selects_nothing(toolkit: Toolkit, command: str, text: bytes) -> None:
    Path("a.jsonl").write_bytes(text)
    result = toolkit(*arguments(command, "a.jsonl"))
    assert result.code == ExitCode.NOTHING_SELECTED
    assert "no events were read" in result.err
    assert toolkit(*arguments(command, "-"), stdin=text).code == ExitCode.NOTHING_SELECTED


@BOTH
def test_folders_are_read_and_empty_ones_refused(toolkit: Toolkit, command: str, folder: Path) -> None:
    (folder / "logs").mkdir()
    (folder / "empty").mkdir()
    (folder / "logs" / "a.jsonl").write_bytes(GOOD)
    assert toolkit(*arguments(command, "logs")).code == ExitCode.GOOD
    result = toolkit(*arguments(command, "empty"))
    assert (result.code, result.out) == (ExitCode.BAD_INPUT, "")
    assert "error: empty: no event logs in this folder\n  hint: " in result.err


@BOTH
def test_missing_and_unreadable_files_are_named_and_the_rest_is_read(toolkit: Toolkit, command: str) -> None:
    Path("a.jsonl").write_bytes(GOOD)
    Path("loop").symlink_to("loop")
    result = toolkit(*arguments(command, "missing", "a.jsonl", "/proc/self/mem", "loop"))
    assert (result.code, len(result.out.splitlines())) == (ExitCode.BAD_INPUT, 1)
    assert "error: missing: no such file or folder\n  hint: " in result.err
    assert "error: /proc/self/mem: cannot be read: " in result.err
    assert "error: loop: " in result.err


@BOTH
def test_names_that_are_no_utf_8_are_read(toolkit: Toolkit, command: str) -> None:
    Path("a\udcff.jsonl").write_bytes(GOOD)
    assert toolkit(*arguments(command, "a\udcff.jsonl", "a\udcff.jsonl"), "-o", "json").code == ExitCode.GOOD


def anywhere(value: Any, wrong: Any) -> Iterator[Any]:
    """Yield the value with `wrong` in each place of it, one at a time."""
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, member in members:
        for changed in (wrong, *anywhere(member, wrong)):
            copied = copy.copy(value)
            copied[key] = changed
            yield copied


@BOTH
@pytest.mark.parametrize("wrong", [None, 0, -1.5, "x", True, [], {}, [None], [1, "a"], {"a": None}, "\u0000", 10**40])
def test_nulls_and_wrong_types_anywhere(toolkit: Toolkit, command: str, wrong: Any) -> None:
    lines = [json.dumps(changed).encode() for changed in anywhere(review(paths=["/etc", "/x"]), wrong)]
    Path("a.jsonl").write_bytes(b"\n".join(lines))
    result = toolkit(*arguments(command, "a.jsonl"))
    assert result.code == ExitCode.GOOD
    if command == "extract":
        broken = sum("warning: a.jsonl:" in row for row in result.err.splitlines())
        assert len(result.out.splitlines()) + broken == len(lines)
