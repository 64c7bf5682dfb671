"""Whatever bytes come as a rules file, loading says what is wrong with them, at a place inside them."""

from __future__ import annotations

import json

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from texts import load_text, rule

_WORDS = st.sampled_from(
    [
        *(
            "- ",
            "\n",
            "  ",
            ": ",
            "rule",
            "list",
            "macro",
            "condition",
            "output",
            "desc",
            "priority",
            "items",
            "source",
        ),
        *("exceptions", "override", "append", "enabled", "tags", "fields", "comps", "values", "name", "k8s_admission"),
        *("kar.verb", "kar.user.groups", " = ", " in ", "(", ")", "[", "]", "{", "}", ",", "'", '"', "\\", "%", "and "),
        *("or ", "not ", "exists", "INFO", "&a", "*a", "!t", "|", ">", "#", "\t", "\r", "é", "---", "...", "?", "~"),
        *("required_engine_version", "required_plugin_versions", "0.62.0", "replace", "true"),
    ]
)
_TEXTS = st.lists(_WORDS, max_size=60).map("".join)


def check(data: bytes) -> None:
    loaded = load_text(data)
    result = loaded.results[0]
    text = json.dumps(loaded.as_json())
    assert text
    assert result.successful or loaded.faults
    for fault in loaded.faults:
        if fault.place and fault.place.line:
            assert 1 <= fault.place.line <= data.count(b"\n") + 1
            assert (fault.place.column or 1) >= 1
    contexts = [*(error.context for error in result.errors), *(warning.context for warning in result.warnings)]
    for context in contexts:
        assert all(0 <= one.mark.offset <= len(data) for one in context.locations if one.file == "0.yaml")


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.binary(max_size=200))
def test_any_bytes(data: bytes) -> None:
    check(data)


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(_TEXTS)
def test_any_words_of_rules_files(text: str) -> None:
    check(text.encode())


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_a_rules_file_with_something_changed_in_it(data: st.DataObject) -> None:
    text = "- {list: l, items: [a, b]}\n- {macro: m, condition: kar.verb in (l)}\n" + rule(
        condition="m and not kar.uid = x", tags="[t]", exceptions="[{name: e, fields: [kar.uid], values: [[a]]}]"
    )
    at = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(at, min(len(text), at + 10)))
    check((text[:at] + data.draw(_TEXTS) + text[end:]).encode())


@settings(max_examples=100, deadline=None)
@given(st.text(alphabet=st.characters(exclude_characters="\0"), max_size=40))
def test_any_text_can_be_an_output(text: str) -> None:
    quoted = json.dumps(text, ensure_ascii=True)
    loaded = load_text(rule(output=quoted))
    assert loaded.ruleset or loaded.results[0].errors[0].code.name in (
        "LOAD_ERR_COMPILE_OUTPUT",
        "LOAD_ERR_YAML_VALIDATE",
    )
