"""The grammar at its edges: depth, length, positions, and the quirks that rules rely on."""

from __future__ import annotations

import pytest

from toolkit.conditions.errors import ConditionError, Position
from toolkit.conditions.nodes import And, Check, Constant, FieldRef, ListLiteral, Macro, Not, Or, leaves, replace_leaves
from toolkit.conditions.parser import parse, parse_operand_prefix
from toolkit.conditions.text import render

A = Check(FieldRef("a.b"), "=", None, Constant("x"))


def nested(opening: str, count: int, inside: str = "a.b exists", behind: str = "") -> str:
    return opening * count + inside + ")" * count + behind


@pytest.mark.parametrize(
    ("opening", "inside", "behind", "deepest"),
    [("(", "a.b exists", "", 198), ("not(", "a.b exists", "", 248), ("len(", "a.b", " = 1", 497)],
    ids=["parentheses", "not", "transformers"],
)
def test_the_depth_limit_is_where_falco_has_it(opening: str, inside: str, behind: str, deepest: int) -> None:
    text = nested(opening, deepest, inside, behind)
    assert render(parse(render(parse(text)))) == render(parse(text))
    with pytest.raises(ConditionError, match="exceeded max depth limit of 1000"):
        parse(nested(opening, deepest + 1, inside, behind))


def test_the_limit_can_be_set() -> None:
    assert parse("(a.b exists)", max_depth=20) == Check(FieldRef("a.b"), "exists")
    with pytest.raises(ConditionError, match="exceeded max depth limit of 5"):
        parse("(a.b exists)", max_depth=5)


@pytest.mark.parametrize("word", ["and", "or"])
def test_long_chains_cost_no_depth(word: str) -> None:
    tree = parse(f" {word} ".join(["a.b = x"] * 5000))
    assert isinstance(tree, And | Or)
    assert len(tree.children) == 5000


def test_trees_deeper_than_the_parser_makes_are_handled() -> None:
    tree = parse("m and a.b = x")
    for _ in range(2000):
        tree = replace_leaves(parse("m and a.b = x"), lambda leaf, inner=tree: inner if leaf == Macro("m") else leaf)  # type: ignore[misc]
    assert sum(1 for _ in leaves(tree)) == 2002
    assert render(tree).count("(") == 2001


def test_negations_cancel_in_pairs() -> None:
    assert parse("not not a.b = x") == A
    assert parse("not not not a.b = x") == Not(A)
    assert parse("not not(a.b = x)") == A


def test_and_binds_tighter_than_or() -> None:
    assert parse("m or n and o") == Or((Macro("m"), And((Macro("n"), Macro("o")))))
    assert parse("m and n or o") == Or((And((Macro("m"), Macro("n"))), Macro("o")))


def test_or_with_its_parenthesis_takes_no_and() -> None:
    assert parse("m or(n)or o") == Or((Macro("m"), Macro("n"), Macro("o")))
    with pytest.raises(ConditionError, match=r"unexpected token after '\)', expecting 'or', 'and'"):
        parse("m or(n) and o")
    assert parse("m and(n)and o") == And((Macro("m"), Macro("n"), Macro("o")))


def test_a_fault_in_the_first_element_makes_an_empty_list() -> None:
    assert parse(r"a.b in ('x\.y')") == Check(FieldRef("a.b"), "in", None, ListLiteral(()))
    with pytest.raises(ConditionError, match=r"unsupported string escape sequence: \\\."):
        parse(r"a.b in (x, 'x\.y')")


@pytest.mark.parametrize(
    ("text", "value"),
    [(r"'a\ '", "a\\"), (r"'a\/b\\c'", "a/b\\c"), (r'"it\"s"', 'it"s'), ("été", "été"), ("''", ""), (r"a\b", r"a\b")],
)
def test_values_are_read(text: str, value: str) -> None:
    assert parse(f"a.b = {text}") == Check(FieldRef("a.b"), "=", None, Constant(value))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (r"'a\"b'", "invalid \\\" escape in '-quoted string"),
        (r'''"a\'b"''', "invalid \\' escape in \"-quoted string"),
        (r"'a\x41'", r"unsupported string escape sequence: \x"),
    ],
)
def test_wrong_escapes_are_named(text: str, message: str) -> None:
    with pytest.raises(ConditionError) as caught:
        parse(f"a.b = {text}")
    assert caught.value.message == message
    assert caught.value.index == len(f"a.b = {text}")


def test_positions_count_bytes_and_both_line_ends() -> None:
    tree = parse("a.b = été\r\n  and m")
    assert isinstance(tree, And)
    assert tree.children[1].position == Position(19, 3, 7)


def test_an_operand_ends_where_it_ends() -> None:
    assert parse_operand_prefix("kar.verb, and more") == (FieldRef("kar.verb"), 8)
    assert parse_operand_prefix('jevt.value["/é"] x') == (FieldRef("jevt.value", "/é"), 16)
    assert parse_operand_prefix("no field") is None


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("a.b=x", "a.b = x"),
        ("not( m )and n", "(not m and n)"),
        ("a.b   ==  'a b'", 'a.b == "a b"'),
        ("a.b startswith  oneof ( x,y )", "a.b startswith oneof (x, y)"),
        ("a.b in ()", "a.b in ()"),
        ('a.b[""] exists', 'a.b[""] exists'),
        ("join( ',' ,(a.b, 1)) = x", 'join(",",(a.b, 1)) = x'),
        ("a.b = ''", 'a.b = ""'),
        ("a.b in ('x,y')", 'a.b in ("x,y")'),
        (r"a.b = 'a b\ '", r'a.b = "a b\ "'),
        ("getopt(a.b, 'x:')[x] = val( c.d )", 'getopt(a.b,"x:")[x] = val(c.d)'),
        ("not (not m)", "not(not m)"),
    ],
)
def test_the_canonical_text(text: str, canonical: str) -> None:
    assert render(parse(text)) == canonical
    assert parse(canonical) == parse(text)
