"""What `-k` selects."""

from __future__ import annotations

import pytest

from toolkit.errors import ExitCode, ToolkitError
from toolkit.scenarios.selection import parse_selection

NAMES = ("create-privileged-pod", "a deployment's pod", "Create Privileged Pod")


@pytest.mark.parametrize(
    ("expression", "selected"),
    [
        ("privileged", True),
        ("PRIVILEGED", True),
        ("hostpath", False),
        ("Create Privileged Pod", True),
        ("Create  Privileged   Pod", True),
        ("Privileged Create", False),
        ("create pod", False),
        ("create and pod", True),
        ("hostpath or privileged", True),
        ("not hostpath", True),
        ("not not privileged", True),
        ("not (hostpath or privileged)", False),
        ("hostpath and x or privileged", True),
        ("privileged or hostpath and x", True),
        ("(privileged or hostpath) and x", False),
        ("not hostpath and not x", True),
        ('"deployment\'s pod"', True),
        ("deployment's pod", True),
        ("'and'", False),
        ('privileged and ""', True),
        ("Orders", False),
        ("  privileged  ", True),
    ],
)
def test_texts_and_operators(expression: str, selected: bool) -> None:
    assert parse_selection(expression)(NAMES) is selected


def test_a_text_lies_within_one_name() -> None:
    assert not parse_selection("pod a deployment")(NAMES)


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("", "expected a text, found the end"),
        ("a and", "expected a text, found the end"),
        ("or a", 'expected a text, found "or"'),
        ("a not b", 'expected an operator or the end, found "not"'),
        ("(a", 'expected ")", found the end'),
        ("a)", 'expected an operator or the end, found ")"'),
        ("a (b)", 'expected an operator or the end, found "("'),
        ("'a", "a quote is not closed"),
        ("(" * 5000, "nested more than"),
        ("not " * 5000 + "a", "nested more than"),
    ],
)
def test_what_is_no_expression_is_a_usage_error(expression: str, message: str) -> None:
    with pytest.raises(ToolkitError) as caught:
        parse_selection(expression)
    assert caught.value.exit_code == ExitCode.USAGE
    assert message in str(caught.value)
