"""Which rules are on, and where rules files come from."""

from __future__ import annotations

from pathlib import Path

import pytest
from texts import load_text, rule

from toolkit.errors import ToolkitError
from toolkit.ruleset.faults import warning_words
from toolkit.ruleset.files import read_rule_files
from toolkit.ruleset.rules import Ruleset
from toolkit.ruleset.selection import Selector, fits


@pytest.mark.parametrize(
    ("name", "pattern", "expected"),
    [
        ("Pod started", "Pod *", True),
        ("Pod started", "*started", True),
        ("Pod started", "*o*t*r*", True),
        ("Pod started", "*", True),
        ("Pod started", "**", True),
        ("Pod started", "pod *", False),
        ("Pod started", "Pod", False),
        ("Pod started", "Pod started", True),
        ("xabcyabc", "*abc", False),
        ("xabcyabc", "*abc*abc", True),
        ("", "", True),
        ("", "*", True),
    ],
)
def test_patterns(name: str, pattern: str, expected: bool) -> None:
    assert fits(name, pattern) is expected


@pytest.fixture
def ruleset() -> Ruleset:
    text = rule("a", tags="[x]") + rule("b", enabled="false", tags="[x, y]") + rule("c")
    return load_text(text).checked()


def on(ruleset: Ruleset, *selectors: Selector) -> list[str]:
    return [one.name for one in ruleset.select(selectors).enabled]


def test_rules_are_turned_on_and_off_in_order(ruleset: Ruleset) -> None:
    assert on(ruleset) == ["a", "c"]
    assert on(ruleset, Selector(enable=True, rule="b")) == ["a", "c", "b"]
    assert on(ruleset, Selector(enable=True, rule="a")) == ["a", "c"]
    assert on(ruleset, Selector(enable=False, rule="a"), Selector(enable=True, rule="*")) == ["c", "b", "a"]
    assert on(ruleset, Selector(enable=False, rule="*"), Selector(enable=True, tag="y")) == ["b"]
    assert on(ruleset, Selector(enable=False, rule="c", tag="x")) == []
    assert on(ruleset, Selector(enable=False, tag="x*")) == ["a", "c"]
    assert len(ruleset.select([Selector(enable=False, rule="*")]).rules) == 3


def test_folders_are_read_in_bytewise_order_without_folders_in_them(tmp_path: Path) -> None:
    for name in ("b.yaml", "B.yml", "a.txt", "ä.yaml", "_.yaml"):
        (tmp_path / name).write_text(name, "utf-8")
    (tmp_path / "deeper.yaml").mkdir()
    assert [Path(file.name).name for file in read_rule_files([tmp_path])] == ["B.yml", "_.yaml", "b.yaml", "ä.yaml"]
    one = read_rule_files([tmp_path / "a.txt"])
    assert [file.text for file in one] == [b"a.txt"]


def test_every_path_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(ToolkitError) as error:
        read_rule_files([tmp_path / "one", tmp_path / "two", tmp_path])
    assert len(error.value.faults) == 3
    assert error.value.exit_code == 3


def test_all_faults_of_a_file_are_told_in_one_run() -> None:
    text = (
        "- {list: l, items: [a, ~]}\n- {macro: m, condition: kar.verb =}\n"
        + rule("a", priority="HIGH")
        + rule("b", condition="creatin and kar.verb exists")
        + rule("c", condition="m", output="'%kar.nope'")
        + rule("d", condition="m and kar.target.nam = x")
        + "- {macro: creating, condition: kar.verb = CREATE}\n"
    )
    loaded = load_text(text)
    assert len(loaded.results[0].errors) == 1
    told = [
        (fault.place.line if fault.place else None, fault.message.partition(" in ")[0], fault.hint)
        for fault in loaded.faults
    ]
    assert told == [
        (1, "sequence value is not scalar", None),
        (
            7,
            "Invalid priority",
            "one of EMERGENCY, ALERT, CRITICAL, ERROR, WARNING, NOTICE, INFORMATIONAL, DEBUG, INFO",
        ),
        (2, told[2][1], None),
        (11, "Undefined macro 'creatin' used", 'did you mean "creating"?'),
        (18, "unknown filter: unexpected token after '", "no field begins at '%kar.nope'"),
    ]
    assert told[2][1].startswith("expected a string value")


def test_a_rule_without_a_source_is_told_so() -> None:
    fault = load_text(rule(output="'%kar.verb'", source="syscall")).faults[0]
    assert fault.hint == "its source is syscall, where only evt.* fields are known here; add `source: k8s_admission`"


def test_a_warning_stands_where_its_condition_begins() -> None:
    loaded = load_text(rule() + rule("s", condition=">\n    kar.verb\n    regex abc or jevt.value[/a] = <NA>"))
    unsafe, regex = [warning_words(warning) for warning in loaded.results[0].warnings]
    assert unsafe.startswith("0.yaml:9:14: Comparing a field value with <NA> is unsafe")
    assert regex.startswith("0.yaml:9:14: regex check with 'abc' may be optimized")
    assert regex.endswith("(LOAD_COMPILE_CONDITION)")
