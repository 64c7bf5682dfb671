"""`toolkit lint`: what it prints where, and how it ends."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from toolkit.cli.main import app
from toolkit.errors import ToolkitError

GOOD = (
    "- rule: R\n  desc: d\n  condition: kar.verb = CREATE\n  output: x\n  priority: WARNING\n  source: k8s_admission\n"
)
SHADOWED = GOOD + GOOD.replace("rule: R", "rule: S")


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    return tmp_path / "rules.yaml"


def run(*arguments: object) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, ["lint", *map(str, arguments)])
    return result.exit_code, result.stdout, result.stderr


def test_the_bundled_rules_are_clean() -> None:
    code, out, err = run("--fail-on", "warning")
    assert (code, out) == (0, "")
    assert err.startswith("nothing found in")


def test_a_finding_is_shown_with_its_place_and_a_caret(rules: Path) -> None:
    rules.write_text(GOOD.replace("CREATE", "PATCH"))
    code, out, err = run("-r", rules)
    assert code == 1
    assert f'warning TK001 {rules}:3:25: kar.verb is never "PATCH" (rule R)' in out.splitlines()
    assert "    condition: kar.verb = PATCH\n" + " " * 26 + "^\n  hint: a patch is UPDATE\n" in out
    assert err == "1 error, 1 warning in 1 file\n"


@pytest.mark.parametrize(("level", "code"), [("error", 0), ("warning", 0), ("info", 1)])
def test_the_level_decides(level: str, code: int, rules: Path) -> None:
    rules.write_text(SHADOWED)
    assert run("-r", rules, "--fail-on", level)[0] == code


def test_all_load_faults_are_shown_and_nothing_else_counts(rules: Path) -> None:
    rules.write_text(GOOD.replace("kar.verb", "kar.nope") + GOOD.replace("rule: R", "rule: S").replace("= CREATE", "="))
    code, out, err = run("-r", rules, "--fail-on", "error")
    assert code == 3
    assert out.count("error ") == 2
    assert f"error {rules}:3:14: filter_check called with nonexistent field kar.nope" in out
    assert "expected a string value" in out
    assert err == "2 load errors in 1 file\n"


def test_what_falco_warns_about_is_shown_and_does_not_fail(rules: Path) -> None:
    rules.write_text("- list: l\n  items: [a]\n" + GOOD)
    code, out, _ = run("-r", rules)
    assert code == 0
    assert out == f"falco LOAD_UNUSED_LIST {rules}:1:3: List not referred to by any other rule/macro (l)\n"


def test_json_is_json_and_nothing_else(rules: Path) -> None:
    rules.write_text(GOOD.replace("CREATE", "get"))
    code, out, err = run("-r", rules, "-o", "json")
    document = json.loads(out)
    assert (code, err) == (1, "")
    assert [result["successful"] for result in document["falco_load_results"]] == [True]
    assert document["lints"][-1] == {
        "code": "TK001",
        "level": "warning",
        "message": 'kar.verb is never "get"',
        "rule": "R",
        "item": "rule R",
        "file": str(rules),
        "line": 3,
        "column": 25,
        "hint": "reads never reach admission",
    }


def test_json_of_what_does_not_load(rules: Path) -> None:
    rules.write_text(GOOD.replace("WARNING", "LOUD"))
    code, out, _ = run("-r", rules, "-o", "json")
    document = json.loads(out)
    assert code == 3
    assert document["falco_load_results"][0]["errors"][0]["message"] == "Invalid priority"
    assert document["lints"] == []


def test_a_missing_file_is_named(rules: Path) -> None:
    result = CliRunner().invoke(app, ["lint", "-r", str(rules)])
    assert str(rules) in str(result.exception)


def test_the_python_of_a_rule_and_nothing_else(rules: Path) -> None:
    rules.write_text(SHADOWED)
    code, out, err = run("-r", rules, "--show-python", "S")
    assert (code, err) == (0, "")
    assert out == (
        "def fired(review, event):\n"
        "    if (kar_verb_0 := read_kar_verb_0(event)) == 'CREATE':  # 'S'\n"
        "        return (0,)\n"
        "    return ()\n"
    )


def test_the_python_of_a_rule_that_there_is_not(rules: Path) -> None:
    rules.write_text(SHADOWED)
    result = CliRunner().invoke(app, ["lint", "-r", str(rules), "--show-python", "Q"])
    assert isinstance(result.exception, ToolkitError)
    assert result.exception.exit_code == 2
    assert "no rule is named 'Q'" in str(result.exception)
