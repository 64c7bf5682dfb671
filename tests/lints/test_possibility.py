"""What a condition comes to when only some fields are known, against all values that the others could have."""

from __future__ import annotations

from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from toolkit.conditions.compiler import compile_condition
from toolkit.conditions.nodes import And, Check, Constant, FieldRef, ListLiteral, Node, Not, Or
from toolkit.conditions.walk import evaluate
from toolkit.fields.catalog import load_catalog
from toolkit.fields.model import Value
from toolkit.lints.implication import implies
from toolkit.lints.possibility import outcome

CATALOG = load_catalog("corrected")
NAMES = ("kar.verb", "kar.user.name", "kar.target.name")
VALUES = ("x", "y", None)
FIELDS = st.builds(FieldRef, st.sampled_from(NAMES))
LISTS = st.builds(ListLiteral, st.lists(st.sampled_from("xyz"), min_size=1, max_size=2).map(tuple))
CHECKS = st.one_of(
    st.builds(Check, FIELDS, st.just("exists")),
    st.builds(Check, FIELDS, st.sampled_from(["=", "!="]), st.none(), st.builds(Constant, st.sampled_from("xyz"))),
    st.builds(Check, FIELDS, st.sampled_from(["in", "intersects"]), st.none(), LISTS),
)


def combined(inner: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    several = st.lists(inner, min_size=2, max_size=3).map(tuple)
    return st.builds(And, several) | st.builds(Or, several) | st.builds(Not, inner)


TREES = st.recursive(CHECKS, combined, max_leaves=6)
EVENTS: list[dict[str, Value]] = [
    dict(zip(NAMES, values, strict=True)) for values in product(("x", "y", "z", None), repeat=len(NAMES))
]


def holds(tree: Node, event: dict[str, Value]) -> bool:
    return evaluate(compile_condition(tree, CATALOG), lambda name, _argument: event[name])


@settings(max_examples=100, deadline=None)
@given(TREES, st.sampled_from(VALUES))
def test_what_is_said_of_all_events_holds_of_each(tree: Node, verb: Value) -> None:
    said = outcome(compile_condition(tree, CATALOG), {"kar.verb": verb})
    for event in EVENTS:
        if event["kar.verb"] == verb:
            assert said is None or holds(tree, event) is said


@settings(max_examples=100, deadline=None)
@given(TREES, TREES)
def test_what_is_implied_holds_wherever_the_other_does(tree: Node, other: Node) -> None:
    if implies(tree, other):
        assert all(holds(other, event) for event in EVENTS if holds(tree, event))


@settings(max_examples=100, deadline=None)
@given(TREES, TREES)
def test_a_narrowed_condition_implies_itself(tree: Node, other: Node) -> None:
    assert implies(And((tree, other)), tree)
    assert implies(tree, Or((other, tree)))


def test_with_everything_known_the_answer_is_the_outcome() -> None:
    tree = And((Check(FieldRef("kar.verb"), "exists"), Not(Check(FieldRef("kar.uid"), "=", None, Constant("x")))))
    assert outcome(compile_condition(tree, CATALOG), {"kar.verb": "x", "kar.uid": "y"}) is True
    assert outcome(compile_condition(tree, CATALOG), {"kar.verb": "x", "kar.uid": "x"}) is False
    assert outcome(compile_condition(tree, CATALOG), {"kar.verb": "x"}) is None
    assert outcome(compile_condition(tree, CATALOG), {"kar.verb": None}) is False
