"""`--set key=value`, as Falco's `-o`."""

from __future__ import annotations

import pytest
from configuring import configured, refused

from toolkit.configuration.load import load_configuration
from toolkit.errors import ToolkitError
from toolkit.ruleset.selection import Selector


def test_values_are_set_where_they_are_and_where_they_are_not() -> None:
    found = configured(
        "json_output: false\noutputs_queue: {capacity: 5}\nrules: [{disable: {rule: a}}]\n",
        "json_output=true",
        "outputs_queue.capacity=7",
        "webserver.listen_port=1",
        "rules[].enable.tag=t",
        "rules[0].disable.rule=b",
        "rules[]={disable: {rule: 'x y'}}",
    )
    assert (found.form.json, found.outputs.queue_capacity, found.webserver.listen_port) == (True, 7, 1)
    assert found.selectors == (
        Selector(enable=False, rule="b"),
        Selector(enable=True, tag="t"),
        Selector(enable=False, rule="x y"),
    )


def test_a_value_may_hold_anything_and_variables_are_not_replaced() -> None:
    found = configured("", "file_output={enabled: true, filename: /x}", "file_output.filename=a=${HOME}{}")
    assert found.outputs.file
    assert str(found.outputs.file.filename) == "a=${HOME}{}"


def test_a_backslash_makes_a_dot_or_a_bracket_part_of_a_name() -> None:
    found = configured("", r"static_fields.a\.b\[0\]\\=x", "static_fields.c]=y")
    assert found.static_fields == (("a.b[0]\\", "x"), ("c]", "y"))


def test_a_scalar_may_stand_for_a_list() -> None:
    assert load_configuration(None, ["rules_files=a.yaml"]).rules_files == ("a.yaml",)
    assert load_configuration(None, ["rules_files[]=a.yaml", "rules_files[1]=b"]).rules_files == ("a.yaml", "b")


@pytest.mark.parametrize(
    ("option", "words"),
    [
        ("json_output", "--set json_output: expected key=value or key.subkey=value"),
        ("=true", "--set =true: expected key=value"),
        ("a..b=1", "--set a..b=1: the key is not well formed at '..b'"),
        (".a=1", "--set .a=1: the key is not well formed at '.a'"),
        ("a.=1", "--set a.=1: the key is not well formed at '.'"),
        ("a[0]b=1", "--set a[0]b=1: the key is not well formed at 'b'"),
        ("a\\b=1", "--set a\\b=1: the key is not well formed at '\\\\b'"),
        ("a[0=1", "--set a[0=1: the key is not well formed at '[0'"),
        ("rules[2]=1", "--set rules[2]=1: [2] is no index of a list of 1"),
        ("rules[x]=1", "--set rules[x]=1: [x] is no index of a list of 1"),
        ("rules.a=1", "--set rules.a=1: 'a' is asked of a sequence, which has no keys"),
        ("priority[]=1", "--set priority[]=1: [] is asked of a scalar, which is no list"),
        ("rules[0].disable=x", "--set rules[0].disable=x: expected enable or disable with a rule or a tag"),
        ("priority=low", "--set priority=low: priority is 'low', expected one of "),
    ],
)
def test_what_is_not_well_formed_is_named(option: str, words: str) -> None:
    faults = refused("rules: [{disable: {rule: a}}]\npriority: info\n", option)
    assert len(faults) == 1
    assert faults[0].startswith(words)


def test_an_unknown_key_is_told_at_the_option() -> None:
    found = load_configuration(None, ["jsn_output=true"])
    assert found.warnings[0].startswith("--set jsn_output=true: unknown key jsn_output")
    with pytest.raises(ToolkitError, match="cannot be read: No such file"):
        load_configuration("missing.yaml")
