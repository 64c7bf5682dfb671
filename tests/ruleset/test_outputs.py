"""Outputs: how they are read, and how values stand in them."""

from __future__ import annotations

import pytest
from texts import CATALOG, errors, load_text, rule, warnings

from toolkit.fields.model import Value
from toolkit.ruleset.outputs import OutputError, list_text, parse_output


class Given:
    """Field values by name."""

    def __init__(self, **values: Value) -> None:
        self._values = {name.replace("_", "."): value for name, value in values.items()}

    def value(self, name: str, argument: str | None = None) -> Value:
        return self._values.get(name if argument is None else f"{name}[{argument}]")

    output_value = value

    def text(self, name: str, argument: str | None = None) -> str | None:
        value = self.value(name, argument)
        return None if value is None else str(value)


EVENT = Given(kar_verb="CREATE", kar_user_groups=["a", "b"], evt_num=7)


@pytest.mark.parametrize(
    ("output", "text"),
    [
        ("%kar.verb", "CREATE"),
        ("*%kar.verb", "CREATE"),
        ("**%kar.verb", "*CREATE"),
        ("v=%kar.verbs.", "v=CREATEs."),
        ("%kar.verb.", "CREATE."),
        ("%kar.verb[0]", "CREATE[0]"),
        ("%kar.verb%kar.verb", "CREATECREATE"),
        ("%kar.req.pod.containers.image.repositories", "<NA>.repositories"),
        ("%kar.uid", "<NA>"),
        ("%3kar.verb|%10kar.verb|%0kar.verb|%03evt.num|", "CRE|CREATE    |CREATE|7  |"),
        ("%2kar.user.groups|%6kar.uid|", "(a|<NA>  |"),
        ("%kar.user.groups %toupper(kar.user.groups) %len(kar.user.groups)", "(a,b) (A,B) 2"),
        ('%join("-", kar.user.groups)!', "a-b!"),
        ("%tolower(kar.uid)", "<NA>"),
        ("no field", "no field"),
    ],
)
def test_rendering(output: str, text: str) -> None:
    assert parse_output(output, CATALOG).text(EVENT) == text


@pytest.mark.parametrize(
    ("output", "message", "at"),
    [
        ("", "empty formatting token", 0),
        ("x %", "invalid formatting syntax: formatting cannot end with a %", 2),
        ("x %12", "invalid formatting syntax: formatting cannot end with a number", 2),
        ("100% sure", "unknown filter: unexpected token after '", 3),
        ("%%kar.verb", "unknown filter: unexpected token after '", 0),
        ("%jevt.value", "unknown filter: unexpected token after '", 0),
        ("%val(kar.verb)", "unknown filter: unexpected token after '", 0),
    ],
)
def test_an_output_that_is_wrong(output: str, message: str, at: int) -> None:
    with pytest.raises(OutputError) as error:
        parse_output(output, CATALOG)
    assert (error.value.message, error.value.at) == (message, at)


def test_fields_stand_in_output_fields_without_transformers() -> None:
    output = parse_output("%len(kar.user.groups) %kar.verb %toupper(kar.verb) %jevt.value[/a/b]", CATALOG)
    assert list(output.fields(EVENT)) == ["kar.user.groups", "kar.verb", "jevt.value[/a/b]"]


@pytest.mark.parametrize(
    ("values", "text"),
    [(["a", "b"], "(a,b)"), (["", "a"], "(a)"), (["a", ""], "(a,)"), ([""], "()"), (["", "", "b", "", "c"], "(b,,c)")],
)
def test_lists_in_texts(values: list[str], text: str) -> None:
    assert list_text(values) == text


def test_lists_are_cut_by_bytes() -> None:
    assert list_text(["x" * 1021]) == f"({'x' * 1021})"
    assert list_text(["x" * 1022]) == f"({'x' * 1022}"
    assert list_text(["é" * 600]).encode("utf-8", "surrogateescape") == b"(" + "é".encode() * 511
    assert len(list_text(["x", "é" * 600]).encode("utf-8", "surrogateescape")) == 1023


def test_an_output_of_blanks_is_empty() -> None:
    assert errors(rule(output="' '")) == [("COMPILE_OUTPUT", "empty formatting token")]


def test_an_output_is_looked_at_before_the_condition() -> None:
    assert errors(rule(condition="kar.verb =", output="'%nope'"))[0][0] == "COMPILE_OUTPUT"


def test_unknown_fields_can_be_skipped() -> None:
    skipped = rule(output="'%kar.nope'", skip_if_unknown_filter="true")
    assert warnings(skipped) == [("UNKNOWN_FILTER", "unknown filter: unexpected token after '")]
    assert load_text(skipped + rule("s")).checked().find("r") is None
    assert errors(rule(condition="kar.verb[0] exists", skip_if_unknown_filter="true"))[0][0] == "COMPILE_CONDITION"


def test_container_info_is_taken_out() -> None:
    text = rule(output="'x %container.info y'")
    assert [code for code, _ in warnings(text)] == ["DEPRECATED_ITEM"]
    assert load_text(text).checked().rules[0].output.source == "x  y"
