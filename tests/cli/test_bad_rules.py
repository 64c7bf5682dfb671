"""Rules files that are none: every command that reads rules says where and why, with exit status 3."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from command_line import Toolkit
from small_project import RULES, SILENT, SmallProject

from toolkit.errors import ExitCode

RULE = b"- rule: r\n  desc: d\n  condition: %s\n  output: o\n  priority: INFO\n  source: k8s_admission\n"


def yaml_bomb() -> bytes:
    levels = [b"b0: &b0 [x,x,x,x,x,x,x,x,x,x]"]
    levels += [b"b%d: &b%d [%s]" % (n, n, b",".join([b"*b%d" % (n - 1)] * 10)) for n in range(1, 12)]
    return b"\n".join(levels)


def macro_bomb() -> bytes:
    items = [b"- macro: m0\n  condition: (kar.verb = A)\n"]
    items += [b"- macro: m%d\n  condition: (m%d or m%d)\n" % (n, n - 1, n - 1) for n in range(1, 40)]
    return b"".join(items) + RULE % b"m39"


BAD = {
    "a text": (b"hello", "a.yaml:1:1: Rules content is not yaml"),
    "a mapping": (b"a: 1", "a.yaml:1:1: Rules content is not yaml array"),
    "events": (b'{"kind":"AdmissionReview"}', "a.yaml:1:1: Rules content is not yaml array"),
    "an open bracket": (b"- list: [1", "a.yaml:1:"),
    "tabs": (b"- rule: a\n\tdesc: b\n", "a.yaml:2:1: "),
    "bytes": (b"\x89PNG\r\n\x1a\n\x00\x01\x02", "a.yaml:"),
    "invalid UTF-8": (b"- rule: \xff\n", "a.yaml:"),
    "deep lists": (b"- list: a\n  items: " + b"[" * 100_000, "nested too deep"),
    "deep items": (b"- " * 100_000, "nested too deep"),
    "a YAML bomb": (yaml_bomb(), "more than 5,000,000 values in one file"),
    "a YAML bomb in a list": (b"- list: a\n  items:\n    " + yaml_bomb().replace(b"\n", b"\n    "), "a.yaml:"),
    "macros without end": (macro_bomb(), "checks with macros put in, at most 100,000"),
    "a deep condition": (RULE % (b"(" * 20_000 + b"kar.verb = A" + b")" * 20_000), "exceeded max depth limit"),
    "an unknown field": (RULE % b"kar.vreb = A", "a.yaml:3:14: "),
    "an undefined macro": (RULE % b"nobody", "nobody"),
    "a number as an item": (b"- 5\n", "a.yaml:1:"),
    "a rule without a condition": (b"- rule: r\n  desc: d\n", "a.yaml:1:"),
    "a wrong priority": ((RULE % b"kar.verb = A").replace(b"INFO", b"HIGH"), "HIGH"),
    "a wrong type": (b"- list: a\n  items: {b: c}\n", "a.yaml:"),
}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work in a folder of its own."""
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("command", ["run", "lint"])
@pytest.mark.parametrize(("text", "words"), BAD.values(), ids=BAD.keys())
def test_what_is_no_rules_file_is_refused_with_its_place(
    toolkit: Toolkit, command: str, text: bytes, words: str
) -> None:
    Path("a.yaml").write_bytes(text)
    result = toolkit(command, "-r", "a.yaml")
    assert result.code == ExitCode.BAD_INPUT
    assert words in (result.out if command == "lint" else result.err)


@pytest.mark.parametrize("text", [text for text, _ in BAD.values()], ids=BAD.keys())
def test_lint_gives_json_of_anything(toolkit: Toolkit, text: bytes) -> None:
    Path("a.yaml").write_bytes(text)
    result = toolkit("lint", "-o", "json", "-r", "a.yaml")
    (loaded,) = json.loads(result.out)["falco_load_results"]
    assert (result.code, loaded["successful"], result.err) == (ExitCode.BAD_INPUT, False, "")


@pytest.mark.parametrize("command", ["run", "lint", "validate"])
def test_missing_empty_and_unreadable_paths_are_named_together(toolkit: Toolkit, command: str) -> None:
    Path("empty").mkdir()
    paths = ("missing.yaml", "empty", "/proc/self/mem")
    result = toolkit(command, *(part for path in paths for part in ("-r", path)))
    assert result.code == ExitCode.BAD_INPUT
    assert "error: missing.yaml: no such file or folder\n  hint: " in result.err
    assert "error: empty: holds no .yaml or .yml file" in result.err
    assert "error: /proc/self/mem: cannot be read: " in result.err


def test_all_faults_of_a_file_come_in_one_run(toolkit: Toolkit) -> None:
    broken = SILENT.replace("kar.verb = NEVER", "kar.vreb = A") + SILENT.replace("Silent", "Other").replace(
        "kar.", "k."
    )
    Path("a.yaml").write_text(RULES + broken)
    result = toolkit("run", "-r", "a.yaml")
    assert "a.yaml:31:14: " in result.err
    assert "a.yaml:38:14: " in result.err


def test_validate_names_faults_of_rules_scenarios_and_data_together(toolkit: Toolkit) -> None:
    project = SmallProject(Path()).write()
    project.rules_file.write_text(RULES.replace("kar.target.resource", "kar.target.rsource"))
    (project.scenarios_folder / "bad.yaml").write_text("apiVersion: toolkit/v1\nkind: Scen\n")
    (project.dataset / "1.37" / "host-path.jsonl").write_text("{}\n")
    result = toolkit(*project.arguments())
    assert result.code == ExitCode.BAD_INPUT
    assert "error: rules.yaml:9:14: " in result.err
    assert "error: scenarios/bad.yaml:2:7: " in result.err
    assert "error: data/1.37/host-path.jsonl: differs from its manifest" in result.err


def test_names_that_are_no_utf_8(toolkit: Toolkit) -> None:
    name = "a\udcff.yaml"
    Path(name).write_text(RULES)
    assert json.loads(toolkit("lint", "-o", "json", "-r", name).out)["falco_load_results"][0]["name"] == "a\ufffd.yaml"
    project = SmallProject(Path()).write()
    assert json.loads(toolkit(*project.arguments(), "-r", name, "-o", "json").out)["rule_files"][1] == "a\ufffd.yaml"
