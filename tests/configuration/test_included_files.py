"""`config_files`: what is merged, in which order, and how."""

from __future__ import annotations

from pathlib import Path

import pytest
from configuring import configured, refused

MAIN = """
config_files: [%s]
json_output: true
rules: [{disable: {rule: main}}]
webserver: {listen_port: 1, enabled: true}
"""
MORE = """
json_output: false
priority: error
rules: [{disable: {rule: more}}]
webserver: {listen_port: 2}
"""


@pytest.mark.parametrize(
    ("strategy", "json", "rules", "port", "enabled"),
    [
        ("append", False, ["main", "more"], 2, False),
        ("override", False, ["more"], 2, False),
        ("add-only", True, ["main"], 1, True),
    ],
)
def test_strategies(strategy: str, json: bool, rules: list[str], port: int, enabled: bool) -> None:
    Path("more.yaml").write_text(MORE, "utf-8")
    found = configured(MAIN % f"{{path: more.yaml, strategy: {strategy}}}")
    assert found.form.json is json
    assert [selector.rule for selector in found.selectors] == rules
    assert (found.webserver.listen_port, found.webserver.enabled) == (port, enabled)
    assert found.priority.name == "ERROR"
    assert found.files == ("falco.yaml", "more.yaml")


def test_folders_in_order_of_names_and_without_folders_in_them_and_missing_files_left_out() -> None:
    Path("d/inner").mkdir(parents=True)
    for name in ("b", "a.conf", "inner/c"):
        Path("d", name).write_text(f"priority: error\nrules: [{{disable: {{rule: {name}}}}}]", "utf-8")
    found = configured(MAIN % "missing.yaml, d")
    assert [selector.rule for selector in found.selectors] == ["main", "a.conf", "b"]


def test_the_command_line_adds_files_and_counts_more_than_any() -> None:
    Path("more.yaml").write_text(MORE, "utf-8")
    found = configured("json_output: true", "config_files[]=more.yaml", "priority=alert")
    assert (found.form.json, found.priority.name) == (False, "ALERT")


@pytest.mark.parametrize(
    ("included", "text", "words"),
    [
        ("falco.yaml", "", "falco.yaml:2:16: config_files names the file that it stands in"),
        ("more.yaml", "config_files: [x]", "more.yaml:1:1: config_files in an included file"),
        ("more.yaml", "json_output: [1]", "more.yaml:1:14: json_output is a list here and a scalar at falco.yaml:3:14"),
        ("more.yaml", "a: [", "more.yaml:"),
        ("more.yaml", "- a", "more.yaml:1:1: expected keys with values"),
        ("{strategy: append}", "", "falco.yaml:2:16: expected a path, or path with strategy"),
    ],
)
def test_what_is_wrong_is_named_with_its_file(included: str, text: str, words: str) -> None:
    Path("more.yaml").write_text(text, "utf-8")
    assert refused(MAIN % included)[0].startswith(words)
