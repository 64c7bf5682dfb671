"""Short-circuiting steps against a plain recursion over the tree, and why a condition holds or not."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from toolkit.conditions.compiler import compile_condition, compile_longest_operand
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


def test_an_inline_list_may_be_empty() -> None:
    found = compile_longest_operand('join(",", ())', CATALOG)
    assert found
    assert operand_value(found[0], of({})) == ""


def test_no_option_is_an_empty_list_that_is_there() -> None:
    def holds(text: str) -> bool:
        return evaluate(compile_condition(parse(text), CATALOG), lambda _name, _argument: ["id"])

    assert holds('getopt(kar.req.exec.command, "a") exists')
    assert holds('getopt(kar.req.exec.command, "a") in (x)')
    assert not holds('getopt(kar.req.exec.command, "a") intersects (x)')
