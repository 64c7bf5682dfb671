"""What is left of a condition once some checks are settled says the same as the whole."""

from __future__ import annotations

from collections.abc import Mapping

from hypothesis import given
from hypothesis import strategies as st

from toolkit.conditions.nodes import And, Check, FieldRef, Macro, Node, Not, Or, fold, leaves
from toolkit.conditions.simplify import conjuncts, simplify

CHECKS = tuple(Check(FieldRef(f"a.{name}"), "exists") for name in "abcdef")
LEAVES = st.sampled_from(CHECKS)


def combined(inner: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    several = st.lists(inner, min_size=2, max_size=4).map(tuple)
    return st.builds(And, several) | st.builds(Or, several) | st.builds(Not, inner)


TREES: st.SearchStrategy[Node] = st.recursive(LEAVES, combined, max_leaves=12)
OUTCOMES = st.fixed_dictionaries({check: st.booleans() for check in CHECKS})


def holds(tree: Node, outcomes: Mapping[Check, bool]) -> bool:
    def leaf(check: Check | Macro) -> bool:
        assert isinstance(check, Check)
        return outcomes[check]

    def combine(node: And | Or | Not, parts: list[bool]) -> bool:
        return not parts[0] if isinstance(node, Not) else all(parts) if isinstance(node, And) else any(parts)

    return fold(tree, leaf, combine)


@given(TREES, OUTCOMES, st.sets(LEAVES))
def test_the_rest_says_the_same_and_asks_nothing_that_is_settled(
    tree: Node, outcomes: dict[Check, bool], settled: set[Check]
) -> None:
    rest = simplify(tree, {check: outcomes[check] for check in settled})
    if isinstance(rest, bool):
        assert rest is holds(tree, outcomes)
    else:
        assert holds(rest, outcomes) is holds(tree, outcomes)
        assert settled.isdisjoint(leaves(rest))


@given(TREES, OUTCOMES)
def test_where_a_conjunct_fails_the_condition_fails(tree: Node, outcomes: dict[Check, bool]) -> None:
    if not all(outcomes[check] for check in conjuncts(tree)):
        assert not holds(tree, outcomes)


def test_conjuncts_of_nested_conjunctions() -> None:
    a, b, c, d = CHECKS[:4]
    assert list(conjuncts(And((a, And((b, c)), Or((c, d)), Not(d))))) == [a, b, c]


def test_a_condition_nested_very_deep() -> None:
    tree: Node = CHECKS[0]
    for _ in range(5000):
        tree = Not(tree)
    assert simplify(tree, {CHECKS[0]: True}) is True
