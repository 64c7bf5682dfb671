"""What holds of every text and every tree."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from toolkit.conditions.errors import ConditionError
from toolkit.conditions.grammar import (
    LIST_OPERATORS,
    MODIFIERS,
    NUMBER_OPERATORS,
    SIMPLE_TRANSFORMERS,
    SYMBOL_OPERATORS,
    WORD_OPERATORS,
)
from toolkit.conditions.nodes import (
    And,
    Argument,
    Check,
    Constant,
    FieldRef,
    InlineList,
    ListLiteral,
    Macro,
    Node,
    Not,
    Or,
    Transformer,
)
from toolkit.conditions.parser import parse
from toolkit.conditions.text import render

WORDS = st.from_regex(r"[a-zA-Z][a-zA-Z0-9_]{0,4}", fullmatch=True)
VALUES = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8)
NUMBERS = st.from_regex(r"[+-]?[0-9]{1,4}(\.[0-9]?)?(e\+[0-9])?|0x[0-9a-f]{1,4}", fullmatch=True)
FIELDS = st.builds(FieldRef, st.lists(WORDS, min_size=2, max_size=3).map(".".join), st.none() | VALUES)


def calls(inner: st.SearchStrategy[Argument]) -> st.SearchStrategy[Transformer]:
    items = st.builds(InlineList, st.lists(FIELDS | st.builds(Constant, VALUES), max_size=2).map(tuple))
    many = st.lists(inner | st.builds(Constant, VALUES) | items, min_size=1, max_size=3).map(tuple)
    return st.builds(Transformer, st.sampled_from(SIMPLE_TRANSFORMERS), st.tuples(inner)) | st.builds(
        Transformer, st.sampled_from(["join", "concat", "getopt"]), many, st.none() | VALUES
    )


OPERANDS = st.recursive(FIELDS, calls, max_leaves=4)
TRANSFORMED = calls(FIELDS) | st.builds(Transformer, st.just("val"), st.tuples(FIELDS))
LISTS = st.builds(ListLiteral, st.lists(VALUES, max_size=3).map(tuple))
TEXT_OPERATORS = st.sampled_from([*SYMBOL_OPERATORS, *WORD_OPERATORS])
CHECKS = st.one_of(
    st.builds(Check, OPERANDS, st.just("exists")),
    st.builds(
        Check, OPERANDS, st.sampled_from(NUMBER_OPERATORS), st.none(), st.builds(Constant, NUMBERS) | TRANSFORMED
    ),
    st.builds(Check, OPERANDS, TEXT_OPERATORS, st.none(), st.builds(Constant, VALUES) | TRANSFORMED),
    st.builds(Check, OPERANDS, TEXT_OPERATORS, st.sampled_from(MODIFIERS), LISTS),
    st.builds(Check, OPERANDS, st.sampled_from(LIST_OPERATORS), st.none(), LISTS | TRANSFORMED),
)
MACROS = st.builds(Macro, WORDS.filter(lambda word: not word.startswith("not")))


def combined(inner: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    several = st.lists(inner, min_size=2, max_size=4).map(tuple)
    return st.builds(And, several) | st.builds(Or, several) | st.builds(Not, inner)


TREES = st.recursive(CHECKS | MACROS, combined, max_leaves=8)
SNIPPETS = st.sampled_from(
    [
        "kar.verb",
        " = ",
        " in ",
        "(",
        ")",
        ",",
        "'",
        '"',
        "\\",
        " and ",
        " or ",
        "not ",
        "not(",
        "len(",
        "val(",
        "[",
        "]",
    ]
)


@settings(max_examples=300, deadline=None)
@given(TREES)
def test_the_canonical_text_reads_back_as_the_same_tree(tree: Node) -> None:
    assert parse(render(tree)) == tree


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=60) | st.lists(SNIPPETS | st.text(max_size=3), max_size=15).map("".join))
def test_any_text_parses_or_gives_an_error_with_a_place_in_it(text: str) -> None:
    read = tree_or_error(text)
    if isinstance(read, ConditionError):
        size = len(text.encode("utf-8", "surrogateescape"))
        assert 0 <= read.index <= size
        assert 1 <= read.column <= size + 1
        assert 1 <= read.line <= text.count("\n") + text.count("\r") + 1
    else:
        assert parse(render(read)) == read


def tree_or_error(text: str) -> Node | ConditionError:
    try:
        return parse(text)
    except ConditionError as error:
        return error
