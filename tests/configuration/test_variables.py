"""`${VAR}` in values, as Falco's YAML helper replaces it."""

from __future__ import annotations

import pytest
from configuring import configured, refused
from hypothesis import given
from hypothesis import strategies as st

from toolkit.configuration.variables import EndlessError, substituted

VARIABLES = {"A": "a", "B": "${A}b", "EMPTY": "", "NUMBER": "8080", "ME": "x${ME}", "DOLLAR": "$"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("${A}", "a"),
        ("x${A}y${A}z", "xayaz"),
        ("${UNSET}", ""),
        ("x${UNSET}y", "xy"),
        ("${EMPTY}", ""),
        ("${B}", "ab"),  # what a variable holds is read again
        ("$${A}", "${A}"),
        ("$${A} ${A}", "${A} a"),
        ("${A", "${A"),
        ("$${A", "$${A"),
        ("$A", "$A"),
        ("$A ${A}", "$A ${A}"),  # another $ ends the work
        ("${A} $A ${A}", "a $A ${A}"),
        ("100$", "100$"),
        ("${A${A}}", "}"),  # the name is `A${A`, which is not set
        ("${}", ""),
        ("", ""),
    ],
)
def test_replacing(text: str, expected: str) -> None:
    assert substituted(text, VARIABLES) == expected


@given(st.text("$${}AB x", max_size=12))
def test_any_text_comes_to_an_end(text: str) -> None:
    done = substituted(text, VARIABLES)
    assert "$" in text or done == text


def test_values_are_replaced_wherever_they_stand_and_keys_are_not() -> None:
    text = """
http_output: {enabled: "${ON}", url: "http://${HOST}:${NUMBER}/", headers: {"${A}": "${A}"}}
webserver: {listen_port: "${NUMBER}"}
rules: [{disable: {rule: "${A}*"}}]
"""
    variables = {**VARIABLES, "ON": "true", "HOST": "h"}
    found = configured(text, variables=variables)
    assert found.outputs.http
    assert (found.outputs.http.url, found.webserver.listen_port) == ("http://h:8080/", 8080)
    assert found.selectors[0].rule == "a*"
    assert refused("priority: ${UNSET}")[0].startswith("falco.yaml:1:11: priority is ''")


def test_a_variable_that_names_itself_is_refused() -> None:
    with pytest.raises(EndlessError):
        substituted("${ME}", VARIABLES)
    assert refused("priority: ${ME}", variables=VARIABLES) == ["falco.yaml:1:11: the variable in it names itself"]


def test_what_stays_as_it_is_is_told() -> None:
    found = configured("file_output: {enabled: true, filename: 'a$b ${A}'}", variables=VARIABLES)
    assert str(found.outputs.file.filename if found.outputs.file else "") == "a$b ${A}"
    assert [words for words in found.warnings if words.startswith("falco.yaml:1:40: ${…} stays as it is")]
