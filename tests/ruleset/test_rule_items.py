"""Items of rules files: kinds, keys, scalars, overrides, and Falco's words where something is wrong."""

from __future__ import annotations

import pytest
from texts import condition_of, errors, load_text, rule, warnings

from toolkit.ruleset.priorities import Priority


def yaml_fault(message: str) -> list[tuple[str, str]]:
    return [("YAML_VALIDATE", message)]


def fault(message: str) -> list[tuple[str, str]]:
    return [("VALIDATE", message)]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("just words", "Rules content is not yaml"),
        ("rule: r", "Rules content is not yaml array of objects"),
        ("- words", "Unexpected element type. Each element should be a yaml associative array."),
        ("- [a]", "Unexpected element type. Each element should be a yaml associative array."),
        ("- list:\n  items: []", "Mapping for key 'list' is empty"),
        ("- list: ''\n  items: []", "Value must be non-empty"),
        ("- list: {a: b}\n  items: []", "Value is not a scalar value"),
        ("- list: l\n  items:", "Value is not a sequence"),
        ("- list: l\n  items: [[a]]", "sequence value is not scalar"),
        ("- list: l\n  items: []\n  append: maybe", "Can't decode YAML scalar value"),
        ("- macro: m", "Item has no mapping for key 'condition'"),
        ("- rule: r\n  tags: [a]", "Item has no mapping for key 'enabled'"),
        (rule(priority="WARN"), "Invalid priority"),
        (rule(source="''"), "Value must be non-empty"),
        (rule(source=""), "Mapping for key 'source' is empty"),
        (rule(source="[a]"), "Value is not a scalar value"),
        (rule(tags=""), "Value is not a sequence"),
        (rule(capture_duration="x"), "Can't decode YAML scalar value"),
        (
            "- required_engine_version: 0.26",
            "Unable to parse engine version '0.26' as a semver string. Expected \"x.y.z\" semver format.",
        ),
        ("- required_plugin_versions: x", "Value of required_plugin_versions must be a sequence"),
        ("- required_plugin_versions: [x]", "Plugin version must be a mapping"),
        (
            "- required_plugin_versions: [{name: a, version: 1.0.0, alternatives: x}]",
            "Value of plugin version alternatives must be a sequence",
        ),
        (
            "- required_plugin_versions: [{name: a, version: 1.0.0, alternatives: [x]}]",
            "Plugin version alternative must be a mapping",
        ),
    ],
)
def test_a_structure_that_is_wrong(text: str, message: str) -> None:
    assert errors(text) == yaml_fault(message)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("- required_engine_version: 0.63.0", "Rules require engine version 0.63.0, but engine version is 0.62.0"),
        ("- required_engine_version: 99", "Rules require engine version 0.99.0, but engine version is 0.62.0"),
        ("- required_engine_version: 1.0.0", "Rules require engine version 1.0.0, but engine version is 0.62.0"),
        ("- required_plugin_versions: [{name: a, version: x}]", "Invalid required version 'x' for plugin 'a'"),
        (
            "- required_plugin_versions: [{name: a, version: 1.0.0, alternatives: [{name: a, version: 2.0.0}]}]",
            "Defined multiple alternative version requirements for plugin 'a'",
        ),
        (
            "- {list: l, items: [a], append: true}",
            "List uses 'append' or 'override.items: append' but no list by that name already exists",
        ),
        (
            "- {macro: m, condition: x, override: {condition: append}}",
            "Macro uses 'append' or 'override.condition: append' but no macro by that name already exists",
        ),
        (
            "- {rule: r, condition: x, override: {condition: append}}",
            "Rule uses 'append' or 'override.<key>: append' but no rule by that name already exists",
        ),
        (
            "- {rule: r, condition: x, override: {condition: replace}}",
            "An 'override.<key>: replace' to a rule was requested but no rule by that name already exists",
        ),
        ("- {rule: r, enabled: true}", "Rule has 'enabled' key but no rule by that name already exists"),
        (rule() + rule(source="syscall"), "Rule has been re-defined with a different source"),
        (
            rule() + "- {rule: r, condition: and x, append: true, source: other}",
            "Rule has been re-defined with a different source",
        ),
        (
            rule() + "- {rule: r, append: true, enabled: false}",
            "Appended rule must have exceptions or condition property",
        ),
    ],
)
def test_an_item_that_is_wrong(text: str, message: str) -> None:
    assert errors(text) == fault(message)


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ("priority: INFO, override: {priority: append}", "Key 'priority' cannot be appended to, use 'replace' instead"),
        ("override: {nonsense: replace}", "Key 'nonsense' cannot be replaced"),
        ("override: {nonsense: append}", "Key 'nonsense' cannot be appended to, use 'replace' instead"),
        (
            "desc: e, override: {desc: remove}",
            "Invalid override operation for key 'desc': 'remove'. Allowed values are: append replace ",
        ),
        (
            "enabled: no, override: {enabled: remove}",
            "Invalid override operation for key 'enabled': 'remove'. Allowed values are: replace ",
        ),
        ("override: {desc: append}", "An append override for 'desc' was specified but 'desc' is not defined"),
        ("override: {desc: replace}", "An replace override for 'desc' was specified but 'desc' is not defined"),
        (
            "desc: e, output: y, override: {desc: append}",
            "Unexpected key 'output': no corresponding entry under 'override' is defined.",
        ),
        (
            "desc: e, append: true, override: {desc: append}",
            "Keys 'override' and 'append: true' cannot be used together. "
            "Add an 'append' entry (e.g. 'condition: append') under 'override' instead.",
        ),
    ],
)
def test_an_override_that_is_wrong(keys: str, message: str) -> None:
    assert errors(rule() + f"- {{rule: r, {keys}}}") == yaml_fault(message)


def test_the_first_key_in_order_decides_the_kind() -> None:
    text = "- {rule: r, list: l, items: [a]}"
    assert warnings(text) == [
        ("UNKNOWN_KEY", "Unknown key 'rule'. The key will be ignored."),
        ("UNUSED_LIST", "List not referred to by any other rule/macro"),
    ]
    assert warnings("- {thing: x}") == [("UNKNOWN_ITEM", "Unknown top level item")]


def test_null_documents_and_null_items_are_skipped() -> None:
    loaded = load_text("---\n---\n-\n" + rule() + "...\n---\n" + rule("s"))
    assert [one.name for one in loaded.checked().rules] == ["r", "s"]


@pytest.mark.parametrize("word", ["true", "True", "TRUE", "yes", "Yes", "y", "Y", "on", "ON", "'on'", '"y"'])
def test_words_that_are_true(word: str) -> None:
    assert load_text(rule(enabled=word)).checked().rules[0].enabled


@pytest.mark.parametrize("word", ["false", "False", "no", "NO", "n", "off", "'no'"])
def test_words_that_are_false(word: str) -> None:
    assert not load_text(rule(enabled=word)).checked().rules[0].enabled


@pytest.mark.parametrize("word", ["tRue", "oN", "1", "0", "t"])
def test_words_that_are_neither(word: str) -> None:
    assert errors(rule(enabled=word)) == yaml_fault("Can't decode YAML scalar value")


@pytest.mark.parametrize("version", ["26", "0x1A", "0.62.0", "0.26.0rc1", "0.0.1", "'26'"])
def test_an_engine_version_that_is_met(version: str) -> None:
    assert errors(f"- required_engine_version: {version}") == []


@pytest.mark.parametrize("word", ["emergency", "Info", "INFORMATIONAL", "debug"])
def test_priorities_in_any_case(word: str) -> None:
    priority = load_text(rule(priority=word)).checked().rules[0].priority
    assert priority.name in {word.upper(), "INFORMATIONAL"}


def test_the_first_of_two_keys_counts_and_merge_keys_mean_nothing() -> None:
    text = "- &base {list: l, items: [a], items: [b]}\n- <<: *base\n  list: m\n  items: [c]\n"
    lists = load_text(text).checked().lists
    assert (lists["l"].items, lists["m"].items) == (("a",), ("c",))
    assert ("UNKNOWN_KEY", "Unknown key '<<'. The key will be ignored.") in warnings(text)


def test_a_full_definition_replaces_everything_but_the_place() -> None:
    text = rule("a", tags="[t]", enabled="false") + rule("b") + rule("a", priority="ERROR")
    first, second = load_text(text).checked().rules
    assert (first.name, first.tags, first.enabled, first.priority) == ("a", (), True, Priority.ERROR)
    assert second.name == "b"


def test_appending_in_the_old_way_looks_at_condition_and_exceptions_only() -> None:
    text = (
        rule(condition="kar.verb = a") + "- {rule: r, condition: or kar.verb = b, append: true, output: y, tags: [t]}\n"
    )
    changed = load_text(text).checked().rules[0]
    assert changed.condition_text == "kar.verb = a or kar.verb = b"
    assert (changed.output.source, changed.tags) == ("x", ())
    assert [code for code, _ in warnings(text)] == ["DEPRECATED_ITEM"]


def test_appends_come_before_replacements() -> None:
    text = rule(tags="[z, a]", output="'  x  '") + (
        "- {rule: r, condition: and kar.verb = b, output: y, desc: new, tags: [m], priority: ERROR, enabled: no, "
        "override: {condition: append, output: append, tags: append, "
        "desc: replace, priority: replace, enabled: replace}}"
    )
    changed = load_text(text).checked().rules[0]
    assert changed.condition_text == "kar.verb exists and kar.verb = b"
    assert (changed.output.source, changed.description) == ("x y", "new")
    assert (changed.tags, changed.priority, changed.enabled) == (("a", "m", "z"), Priority.ERROR, False)


@pytest.mark.parametrize("override", ["{}", "[]", "word", ""])
def test_an_override_that_says_nothing_is_as_good_as_none(override: str) -> None:
    assert errors(rule(override=override)) == []


def test_an_empty_source_on_an_update_is_not_compared() -> None:
    for source in ("", "''", "k8s_admission"):
        assert errors(rule(), f"- rule: r\n  source: {source}\n  desc: e\n  override: {{desc: append}}") == []


def test_a_list_or_macro_can_be_replaced_before_it_is_there() -> None:
    listed = "- {list: l, items: [a], override: {items: replace}}\n"
    macro = "- {macro: m, condition: kar.verb in (l), override: {condition: replace}}\n"
    assert errors(listed + macro + rule(condition="m")) == []


def test_an_unknown_source_is_a_warning_and_nothing_of_the_rule_is_compiled() -> None:
    text = rule("gone", condition="nomacro and kar.nope", source="elsewhere") + rule()
    assert warnings(text) == [("UNKNOWN_SOURCE", "Unknown source elsewhere, skipping")]
    assert [one.name for one in load_text(text).checked().rules] == ["r"]
    shape = "exceptions: [{name: e, fields: [kar.nope], comps: [like], values: [[a]]}]"
    assert errors(rule(source="elsewhere") + f"  {shape}\n") == fault("'like' is not a supported comparison operator")


def test_names_that_cannot_be_used_are_warned_about() -> None:
    text = "- {list: 'a b', items: [c]}\n- {macro: 1m, condition: kar.verb exists}\n"
    assert [code for code, _ in warnings(text)][:2] == ["INVALID_LIST_NAME", "INVALID_MACRO_NAME"]


def test_a_later_file_may_not_be_needed_by_an_earlier_one() -> None:
    macro = "- {macro: m, condition: kar.verb exists}"
    assert load_text(macro, rule(condition="m")).ruleset
    loaded = load_text(rule(condition="m"), macro)
    assert [result.successful for result in loaded.results] == [False, True]
    assert loaded.ruleset is None


def test_rules_below_the_least_priority_are_checked_and_left_out() -> None:
    text = rule("a", priority="ERROR") + rule("b", priority="NOTICE")
    assert [one.name for one in load_text(text, min_priority=Priority.WARNING).checked().rules] == ["a"]
    assert (
        errors(rule(condition="kar.nope exists", priority="DEBUG"), min_priority=Priority.ERROR)[0][0]
        == "COMPILE_CONDITION"
    )


def test_an_error_in_reading_leaves_what_stood_before_it() -> None:
    loaded = load_text(
        "- {list: l, items: [a]}\n- {list: }\n- {list: later, items: []}", "- {list: l, items: [b], append: true}"
    )
    assert [result.successful for result in loaded.results] == [False, True]


def test_scalars_keep_their_text() -> None:
    text = "- {list: l, items: [0x10, 1.10, yes, 2024-01-01]}\n" + rule(condition="kar.verb in (l)")
    assert condition_of(text) == "kar.verb in ( 0x10, 1.10, yes, 2024-01-01 )"


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("[append]", "invalid node; this may result from using a map iterator as a sequence iterator, or vice-versa"),
        ("{desc: [append]}", "yaml-cpp: error at line 7, column 39: bad conversion"),
        ("{[desc]: append}", "yaml-cpp: error at line 7, column 33: bad conversion"),
    ],
)
def test_overrides_that_the_reader_cannot_convert_are_placed_at_the_whole_file(override: str, message: str) -> None:
    text = rule() + f"- {{rule: r, desc: e, override: {override}}}\n"
    (error,) = load_text(text).results[0].errors
    assert (error.code.name, error.message) == ("LOAD_ERR_VALIDATE", message)
    assert [location.item_type for location in error.context.locations] == ["rules content"]


@pytest.mark.parametrize("override", ["append", "[]", "{}", "~"])
def test_an_override_that_holds_nothing_counts_as_absent(override: str) -> None:
    assert condition_of(rule() + rule(condition="kar.uid exists", override=override)) == "kar.uid exists"


def test_an_unsafe_comparison_is_warned_about_beside_a_wrong_check() -> None:
    text = rule(condition="jevt.value[/a] = <NA> and kar.nope exists")
    assert errors(text) == [("COMPILE_CONDITION", "filter_check called with nonexistent field kar.nope")]
    assert warnings(text) == [("UNSAFE_NA_CHECK", "")]
