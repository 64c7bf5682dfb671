"""Short-circuiting steps against a plain recursion over the tree, and why a condition holds or not."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from toolkit.conditions.compiler import compile_condition, compile_longest_operand
from toolkit.conditions.errors import ConditionError
from toolkit.conditions.explain import explain
from toolkit.conditions.nodes import And, Check, Constant, FieldRef, Node, Not, Or, replace_leaves
from toolkit.conditions.parser import parse
from toolkit.conditions.text import render
from toolkit.conditions.walk import Lookup, evaluate, operand_value
from toolkit.fields.catalog import load_catalog
from toolkit.fields.model import Value

CATALOG = load_catalog("corrected")
NAMES = ["kar.verb", "kar.user.name", "kar.target.name"]
CHECKS = st.builds(
    Check,
    st.builds(FieldRef, st.sampled_from(NAMES)),
    st.just("="),
    st.none(),
    st.builds(Constant, st.sampled_from("xy")),
)


def combined(inner: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    several = st.lists(inner, min_size=2, max_size=3).map(tuple)
    return st.builds(And, several) | st.builds(Or, several) | st.builds(Not, inner)


TREES = st.recursive(CHECKS, combined, max_leaves=10)
EVENTS = st.fixed_dictionaries({name: st.sampled_from(["x", "y", None]) for name in NAMES})


def of(event: dict[str, str | None]) -> Lookup:
    def lookup(name: str, _argument: str | None) -> Value:
        return event[name]

    return lookup


def plainly(node: Node, event: dict[str, str | None]) -> bool:
    match node:
        case And(children):
            return all(plainly(child, event) for child in children)
        case Or(children):
            return any(plainly(child, event) for child in children)
        case Not(child):
            return not plainly(child, event)
        case Check(FieldRef(name), _, _, Constant(value)):
            return event[name] == value
    raise AssertionError(node)


@settings(max_examples=300, deadline=None)
@given(TREES, EVENTS)
def test_the_steps_say_what_the_tree_says(tree: Node, event: dict[str, str | None]) -> None:
    compiled = compile_condition(tree, CATALOG)
    expected = plainly(tree, event)
    assert evaluate(compiled, of(event)) is expected
    explanation = explain(compiled, of(event))
    assert explanation.holds is expected
    assert set(explanation.decided_by) <= set(explanation.tried)
    for outcome in explanation.tried:
        assert outcome.holds is plainly(outcome.check, event)


@settings(max_examples=200, deadline=None)
@given(TREES, EVENTS, EVENTS)
def test_what_decided_suffices(tree: Node, event: dict[str, str | None], other: dict[str, str | None]) -> None:
    """Whatever the other checks say, the outcome stays as long as the deciding ones do."""
    compiled = compile_condition(tree, CATALOG)
    explanation = explain(compiled, of(event))
    decided = {outcome.number: outcome.holds for outcome in explanation.decided_by}
    numbers = iter(range(len(compiled.steps)))

    def held(check: object) -> Node:
        assert isinstance(check, Check)
        holds = decided.get(next(numbers), plainly(check, other))
        return Check(FieldRef("kar.verb"), "=", None, Constant("yes" if holds else "no"))

    assert plainly(replace_leaves(tree, held), {"kar.verb": "yes"}) is explanation.holds


def test_an_explanation_names_the_fields_and_their_values() -> None:
    compiled = compile_condition(
        parse("kar.verb = CREATE and not tolower(kar.target.name) = val(kar.user.name)"), CATALOG
    )
    values = {"kar.verb": "CREATE", "kar.target.name": "Bob", "kar.user.name": "bob"}
    explanation = explain(compiled, lambda name, _argument: values[name])
    assert not explanation.holds
    (last,) = explanation.decided_by
    assert render(last.check) == "tolower(kar.target.name) = val(kar.user.name)"
    assert last.holds
    assert [(str(read.field), read.value) for read in last.reads] == [
        ("kar.target.name", "Bob"),
        ("kar.user.name", "bob"),
    ]


def test_deep_and_long_conditions_are_evaluated() -> None:
    event = of(dict.fromkeys(NAMES, "x"))
    deep = "len(" + "tolower(" * 495 + "kar.verb" + ")" * 496 + " = 2"
    assert not evaluate(compile_condition(parse(deep), CATALOG), event)
    assert evaluate(compile_condition(parse("not(" * 248 + "kar.verb = x" + ")" * 248), CATALOG), event)
    assert evaluate(compile_condition(parse(" and ".join(["kar.verb = x"] * 3000)), CATALOG), event)


def test_the_fields_of_a_condition_are_listed_once_in_order() -> None:
    compiled = compile_condition(parse('concat(kar.verb, "/", kar.user.name) = a or kar.verb = val(kar.uid)'), CATALOG)
    assert [str(field) for field in compiled.fields_used] == ["kar.verb", "kar.user.name", "kar.uid"]


def test_the_longest_valid_operand_is_taken() -> None:
    def taken(text: str) -> tuple[str, int] | None:
        found = compile_longest_operand(text, CATALOG)
        return found and (render(found[0].node), found[1])

    assert taken("kar.verbs") == ("kar.verb", 8)
    assert taken("kar.verb[0] x") == ("kar.verb", 8)
    assert taken("kar.req.pod.containers.image.repositories") == ("kar.req.pod.containers.image", 28)
    assert taken("toupper(kar.verb)[x]") == ("toupper(kar.verb)", 17)
    assert taken("jevt.value[/a b]") is None
    assert taken("nothing here") is None


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('join(",", ())', ""),
        ('join("-", (kar.verb, "x", 1, len(kar.verb), evt.is_async, kar.user.groups))', "a-x-1-1-false-g-h"),
        ("join(len(kar.verb), kar.user.groups)", "g1h"),
        ('concat(kar.verb, "/", toupper(kar.verb))', "a/A"),
        ('getopt(kar.user.groups, "x")', []),
        ('getopt(kar.user.groups, "x")[x]', None),
        ("len(basename(kar.user.groups))", 2),
        ("concat(kar.verb, kar.target.name)", None),
        ('join(",", (kar.verb, kar.target.name))', None),
    ],
)
def test_transformers_of_several_arguments(text: str, value: Value) -> None:
    fields: dict[str, Value] = {"kar.verb": "a", "kar.user.groups": ["g", "h"], "evt.is_async": False}
    found = compile_longest_operand(text, CATALOG)
    assert found
    assert found[1] == len(text)
    assert operand_value(found[0], lambda name, _argument: fields.get(name)) == value


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "tolower(len(kar.verb)) = 1",
            "can't add field transformer: type 'UINT64' is not supported by 'tolower' "
            "transformer applied on field 'kar.verb'",
        ),
        (
            "len(evt.num) = 1",
            "can't add field transformer: type 'UINT64' is not supported by 'len' transformer applied "
            "on field 'evt.num'",
        ),
        ("toupper(kar.verb)[x] = A", "filter error: transformer 'toupper' does not support field arguments"),
        ('len("x") = 1', "filter error: found null child node on 'len' transformer"),
        ("join(kar.user.groups) = A", "unknown field transfomer 'join'"),
        ("concat(kar.user.groups, kar.verb) = A", "concat() arguments must be strings"),
        ("join(kar.verb, kar.verb) = A", "join() second argument must be a list"),
        ('join(",", getopt(kar.user.groups, "a")) = A', "join() second argument must be a list"),
        (
            "join(kar.user.groups, kar.user.groups) = A",
            "join() first argument (separator) must be a single value, not a list",
        ),
        ('getopt(kar.user.groups, "a")[ab] = A', "getopt() field argument must be a single option character"),
        ('getopt(kar.verb, "a") in (A)', "getopt() first argument must be a list"),
        ("kar.verb regex val(kar.uid)", "operator 'REGEX' doesn't support right-hand side fields"),
        (
            "kar.verb in val(kar.user.groups)",
            "field 'kar.verb' has type 'CHARBUF' while the right-hand side field "
            "'kar.user.groups' has incompatible type 'CHARBUF (list)'",
        ),
        ("evt.num contains 1", "filter error: 'contains' operator not supported for numeric filters"),
        ("evt.is_async > 1", "filter error: '>' operator not supported for numeric filters"),
        ("evt.is_async = False", "filter error: unrecognized boolean value False"),
        ("evt.num = 0x10", "0x10 is not a valid number"),
        ("kar.user.groups == a", "filter error: '=' operator not supported list filters"),
        ("kar.verb bcontains 41", "filter error: 'bcontains' operator not supported for string filters"),
        (
            'kar.req.volume.hostpath[""] = true',
            "filter 'kar.req.volume.hostpath[]': kar.req.volume.hostpath requires an argument that is not empty",
        ),
        (
            'kar.req.pod.containers.image[""] exists',
            "filter kar.req.pod.containers.image[] kar.req.pod.containers.image "
            "has an invalid index argument starting with 0: ",
        ),
        ("nowhere", "filter error: unexpected identifier 'nowhere'"),
    ],
)
def test_what_does_not_fit_is_refused(text: str, message: str) -> None:
    with pytest.raises(ConditionError) as caught:
        compile_condition(parse(f"kar.uid exists and {text}"), CATALOG)
    assert caught.value.message == message
    assert caught.value.index == len("kar.uid exists and ")


@pytest.mark.parametrize(
    ("text", "number", "holds"),
    [("-1", 2**64 - 1, True), ("99999999999999999999", 2**64 - 1, True), ("'  +7'", 7, True), ("'7 '", 7, None)],
)
def test_numbers_are_read_as_c_reads_them(text: str, number: int, holds: bool | None) -> None:
    if holds is None:
        with pytest.raises(ConditionError, match="is not a valid number"):
            compile_condition(parse(f"evt.num = {text}"), CATALOG)
    else:
        assert (
            evaluate(compile_condition(parse(f"evt.num = {text}"), CATALOG), lambda _name, _argument: number) is holds
        )


@pytest.mark.parametrize(
    ("text", "messages"),
    [
        ("kar.verb = kar.uid", ["'kar.uid' may be a valid field misused as a const string value"]),
        (
            "kar.verb in ('jevt.value[/a b]', x)",
            ["'jevt.value[/a b]' may be a valid field misused as a const string value"],
        ),
        (
            "kar.verb = 'len( kar.uid )'",
            ["'len( kar.uid )' may be a valid field transformer misused as a const string value"],
        ),
        ("kar.verb = kar.nope", []),
        ("kar.verb = kar.uid[0]", []),
        ("kar.verb regex a.*b", []),
        ("kar.verb regex ^.*ab.+$", []),
        ("kar.verb regex .", []),
        ("jevt.value[/a] in (<NA>, x)", [""]),
        ("kar.verb = <NA>", []),
        ("jevt.value[/a] contains <NA>", []),
    ],
)
def test_doubtful_constants_are_warned_about(text: str, messages: list[str]) -> None:
    warnings = compile_condition(parse(text), CATALOG).warnings
    assert [warning.message for warning in warnings] == messages


def test_no_option_is_an_empty_list_that_is_there() -> None:
    def holds(text: str) -> bool:
        return evaluate(compile_condition(parse(text), CATALOG), lambda _name, _argument: ["id"])

    assert holds('getopt(kar.req.exec.command, "a") exists')
    assert holds('getopt(kar.req.exec.command, "a") in (x)')
    assert not holds('getopt(kar.req.exec.command, "a") intersects (x)')
