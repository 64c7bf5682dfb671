"""Lists are put into conditions as text, macros as trees, exceptions around the whole condition."""

from __future__ import annotations

import pytest
from texts import condition_of, errors, load_text, rule, warnings

from toolkit.conditions.text import render


def with_lists(condition: str, **lists: str) -> str:
    """Return a condition with lists put in; lists are given as the text of their items."""
    items = "".join(f"- {{list: {name}, items: {items}}}\n" for name, items in lists.items())
    return condition_of(items + rule(condition=f'"{condition}"'))


@pytest.mark.parametrize(
    ("condition", "items", "expected"),
    [
        ("kar.verb in (A)", "[a, b]", "kar.verb in ( a, b )"),
        ("kar.verb in (x, A, y)", "[a, b]", "kar.verb in (x, a, b , y)"),
        ("kar.verb = A", "[a]", "kar.verb = a "),
        ("kar.verb in (A)", "[]", "kar.verb in (  )"),
        ("kar.verb in (x, A, y)", "[]", "kar.verb in (x  , y)"),
        ("kar.verb in (A, y)", "[]", "kar.verb in (   y)"),
        ("kar.verb in (A)", "['a b', '\\'c d\\'', e]", ""),
        ("kar.verb = 'x A y'", "[zz]", "kar.verb = 'x zz y'"),
        ("kar.verb = 'A'", "[zz]", "kar.verb = 'A'"),
        ("kar.verb in (Ab, bA)", "[zz]", "kar.verb in (Ab, bA)"),
        ("kar.verb in (A)", "[A, b]", "kar.verb in ( A, b )"),
        ("kar.verb in (A)", "['', b]", "kar.verb in ( b )"),
        ("kar.verb =A", "[a]", "kar.verb = a "),
    ],
)
def test_a_list_is_put_in_as_text(condition: str, items: str, expected: str) -> None:
    if expected:
        assert with_lists(condition, A=items) == expected
    else:
        text = f'- list: A\n  items: ["a b", "\'c d\'", e]\n{rule(condition=condition)}'
        assert condition_of(text) == "kar.verb in ( \"a b\", 'c d', e )"


def test_lists_inside_lists() -> None:
    assert with_lists("kar.verb in (B)", A="[a]", B="[A, b]") == "kar.verb in ( a, b )"
    assert with_lists("kar.verb in (B)", B="[A, b]", A="[a]") == "kar.verb in ( a , b )"
    # One level: the innermost name stays what it is, its list was put in before.
    assert with_lists("kar.verb in (C)", A="[a]", B="[A]", C="[B, c]") == "kar.verb in ( A, c )"


def test_a_list_that_grows_without_end_is_refused() -> None:
    lists = "".join(f"- {{list: l{n}, items: [{', '.join([f'l{n + 1}'] * 20)}]}}\n" for n in range(12))
    found = errors(lists + rule(condition="kar.verb in (l0)"))
    assert found == [("TOOLKIT_TOO_LARGE", "list 'l5' makes the condition longer than 32,000,000 characters")]


def test_what_is_used() -> None:
    text = "- {list: A, items: [a]}\n- {list: B, items: [A]}\n- {macro: m, condition: kar.verb in (B)}\n"
    assert warnings(text) == [("UNUSED_MACRO", "Macro not referred to by any other rule/macro")]
    loaded = load_text(text + "- {macro: n, condition: m}\n" + rule(condition="n")).checked()
    assert loaded.rules[0].macros_used == {"m", "n"}
    assert {name: macro.used for name, macro in loaded.macros.items()} == {"m": True, "n": True}
    assert loaded.macros["m"].lists_used == {"B"}
    assert loaded.lists["A"].used


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("- {macro: a, condition: b}\n- {macro: b, condition: kar.verb exists}", "Undefined macro 'b' used in filter."),
        ("- {macro: a, condition: a}", "Undefined macro 'a' used in filter."),
        (
            "- {macro: a, condition: kar.verb exists}\n- {macro: b, condition: a}\n- {macro: a, condition: b}",
            "reference loop in macro 'b'",
        ),
        (
            "- {macro: a, condition: kar.verb exists}\n- {macro: a, condition: or a, append: true}",
            "reference loop in macro 'a'",
        ),
        (rule(condition="not"), "Undefined macro 'not' used in filter."),
    ],
)
def test_a_macro_that_is_not_there_or_leads_back(text: str, message: str) -> None:
    assert errors(text) == [("VALIDATE", message)]


def test_a_macro_is_a_tree() -> None:
    text = "- {macro: m, condition: kar.verb = a or kar.verb = b}\n" + rule(condition="m and not m")
    tree = load_text(text).checked().rules[0].condition.tree
    inner = "(kar.verb = a or kar.verb = b)"
    assert render(tree) == f"({inner} and not {inner})"


def test_appending_to_a_macro_joins_texts() -> None:
    first = "- {macro: m, condition: kar.verb = a or kar.verb = b}\n"
    more = "- {macro: m, append: true, condition: and kar.verb = c}\n"
    assert (
        render(load_text(first + more).checked().macros["m"].tree)
        == "(kar.verb = a or (kar.verb = b and kar.verb = c))"
    )


def test_macros_that_double_again_and_again_are_refused() -> None:
    macros = "- {macro: m0, condition: kar.verb exists and kar.verb exists}\n"
    macros += "".join(f"- {{macro: m{n}, condition: m{n - 1} and m{n - 1}}}\n" for n in range(1, 60))
    code, message = errors(macros)[0]
    assert (code, message) == ("TOOLKIT_TOO_LARGE", "131,072 checks with macros put in, at most 100,000")


@pytest.mark.parametrize(
    ("exceptions", "expected"),
    [
        ("[]", "kar.verb exists"),
        ("", "kar.verb exists"),
        ("[{name: e, fields: kar.verb}]", "(kar.verb exists)"),
        ("[{name: e, fields: kar.verb, values: []}]", "(kar.verb exists)"),
        ("[{name: e, fields: kar.verb, values: [a, b c]}]", '(kar.verb exists) and not (kar.verb in (a, "b c"))'),
        (
            "[{name: e, fields: kar.verb, comps: ' startswith anyof ', values: [a]}]",
            "(kar.verb exists) and not (kar.verb startswith anyof (a))",
        ),
        (
            "[{name: e, fields: [kar.verb, kar.uid], values: [[a, x], [b, y z]]}]",
            '(kar.verb exists) and not (( kar.verb = a and  kar.uid = x) or ( kar.verb = b and  kar.uid = "y z"))',
        ),
        (
            "[{name: e, fields: [kar.verb, kar.uid, kar.timestamp], comps: [in, '!= allof', contains],"
            " values: [[a, (b), c], [[d, e f], [], val(kar.uid)]]}]",
            "(kar.verb exists) and not (( kar.verb in (a) and  kar.uid != allof (b) and  kar.timestamp contains c) or"
            ' ( kar.verb in (d, "e f") and  kar.uid != allof () and  kar.timestamp contains val(kar.uid)))',
        ),
        (
            "[{name: e, fields: kar.verb, values: [a]},"
            " {name: f, fields: [kar.uid], comps: [startswith], values: [[b]]}]",
            "(kar.verb exists) and not (kar.verb in (a)) and not (( kar.uid startswith b))",
        ),
    ],
)
def test_exceptions_as_text(exceptions: str, expected: str) -> None:
    assert condition_of(rule(exceptions=exceptions)) == expected


@pytest.mark.parametrize(
    ("exceptions", "code", "message"),
    [
        ("{name: e}", "YAML_VALIDATE", "Rule exceptions must be a sequence"),
        ("[e]", "YAML_VALIDATE", "Rule exception must be a mapping"),
        ("[{fields: kar.verb}]", "YAML_VALIDATE", "Item has no mapping for key 'name'"),
        ("[{name: e}]", "YAML_VALIDATE", "Item has no mapping for key 'fields'"),
        ("[{name: e, fields: kar.verb, values: x}]", "YAML_VALIDATE", "Rule exception values must be a sequence"),
        ("[{name: e, fields: kar.verb, values: }]", "YAML_VALIDATE", "Rule exception values must be a sequence"),
        ("[{name: e, fields: kar.verb, values: ['']}]", "YAML_VALIDATE", "Value must be non-empty"),
        ("[{name: e, fields: kar.verb, comps: [in]}]", "VALIDATE", "Fields and comps must both be strings"),
        ("[{name: e, fields: []}]", "VALIDATE", "Rule exception item must have fields property with a list of fields"),
        ("[{name: e, fields: [kar.verb], comps: [=, =]}]", "VALIDATE", "Fields and comps lists must have equal length"),
        (
            "[{name: e, fields: [kar.verb], comps: [exist]}]",
            "VALIDATE",
            "'exist' is not a supported comparison operator",
        ),
        (
            "[{name: e, fields: [kar.verb], comps: [in oneof]}]",
            "VALIDATE",
            "'in oneof' is not a supported comparison operator",
        ),
        ("[{name: e, fields: [kar.verb, kar.nope]}]", "VALIDATE", "'kar.nope' is not a supported filter field"),
        ("[{name: e, fields: tolower(kar.nope)}]", "VALIDATE", "'tolower(kar.nope)' is not a supported filter field"),
        (
            "[{name: e, fields: kar.verb, values: [[a]]}]",
            "VALIDATE",
            "Expected values array to contain a list of strings",
        ),
        ("[{name: e, fields: [kar.verb], values: [a]}]", "VALIDATE", "Fields and values lists must have equal length"),
    ],
)
def test_an_exception_that_is_wrong(exceptions: str, code: str, message: str) -> None:
    assert errors(rule(exceptions=exceptions)) == [(code, message)]


@pytest.mark.parametrize("field", ["jevt.value[/a]", "tolower(kar.verb)", "kar.req.pod.containers.image[0]"])
def test_fields_of_exceptions_may_have_arguments_and_transformers(field: str) -> None:
    assert errors(rule(exceptions=f"[{{name: e, fields: '{field}', values: [a]}}]")) == []


def test_appending_to_exceptions() -> None:
    first = rule(exceptions="[{name: e, fields: kar.verb, values: [a]}]")
    more = "- {rule: r, exceptions: [{name: e, values: [b]}, {name: f, fields: kar.uid, values: [x]}], append: true}\n"
    assert condition_of(first + more) == "(kar.verb exists) and not (kar.verb in (a, b)) and not (kar.uid in (x))"
    for entry, message in (
        ("{name: e, fields: kar.verb}", "Can not append exception fields to existing exception, only values"),
        ("{name: e, comps: in}", "Can not append exception comps to existing exception, only values"),
        ("{name: f, values: [a]}", "Rule exception must have fields property with a list of fields"),
        ("{name: f, fields: kar.uid}", "Rule exception must have values property with a list of values"),
    ):
        assert errors(first + f"- {{rule: r, exceptions: [{entry}], append: true}}") == [("VALIDATE", message)]
    assert ("APPEND_NO_VALUES", "Overriding/appending exception with no values") in warnings(
        first + "- {rule: r, exceptions: [{name: e}], override: {exceptions: append}}"
    )


def test_replacing_exceptions() -> None:
    first = rule(exceptions="[{name: e, fields: kar.verb, values: [a]}]")
    swapped = "- {rule: r, exceptions: [{name: f, fields: kar.uid, values: [x]}], override: {exceptions: replace}}"
    assert condition_of(first + swapped) == "(kar.verb exists) and not (kar.uid in (x))"
    unnamed = "- {rule: r, exceptions: [{name: f, values: [x]}], override: {exceptions: replace}}"
    assert errors(first + unnamed) == [("YAML_VALIDATE", "Item has no mapping for key 'fields'")]


def test_an_exception_of_endless_aliases_is_refused() -> None:
    many = ", ".join(["*a"] * 1000)
    text = rule() + f"  x: [&a a, &b [{many}]]\n  exceptions:\n  - name: e\n    fields: [kar.verb]\n    values: "
    text += "[" + ", ".join(["*c"] * 1000) + "]\n"
    text = text.replace(f"&b [{many}]", f"&b [{many}], &c [{', '.join(['*b'] * 1000)}]")
    message = "more than 5,000,000 values in one file; what an alias stands for counts each time"
    assert errors(text) == [("TOOLKIT_TOO_LARGE", message)]
