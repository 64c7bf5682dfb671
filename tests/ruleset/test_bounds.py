"""What all rules together may come to, held with bounds that are small enough to try."""

from __future__ import annotations

import random

import pytest
from texts import errors, load_text, rule

from toolkit.conditions.nodes import And, Check, FieldRef, Node, Not, Or, Transformer
from toolkit.lints.earlier import Earlier
from toolkit.lints.implication import implies
from toolkit.ruleset import bounds, yaml_nodes
from toolkit.ruleset.loader import Loaded

SHARED = "- macro: m\n  condition: kar.verb glob anyof (a, b)\n"
TWO = "".join(rule(f"r{n}", "kar.verb = a and kar.uid = b") for n in range(3))
FIVE = "".join(rule(f"r{n}", "kar.verb in (l)") for n in range(5))
LIST = "- {list: l, items: [aaaaaaaaaa, bbbbbbbbbb]}\n"


@pytest.mark.parametrize(
    ("bound", "most", "text", "says"),
    [
        ("ALL_TEXT", 100, LIST + rule("a", "kar.verb in (l)") * 5, None),
        ("ALL_TEXT", 100, LIST + FIVE, "more than 100 characters"),
        ("ALL_CHECKS", 5, TWO, "more than 5 checks"),
        ("ALL_CHECKS", 6, TWO, None),
        ("MOST_PATTERNS", 3, rule(condition="kar.verb glob anyof (a, b) and kar.uid regex anyof (a, b)"), "3 patterns"),
        ("MOST_PATTERNS", 2, SHARED + rule("a", "m") + rule("b", "m"), None),
        ("LONGEST", 50, rule(exceptions="[{name: e, fields: kar.verb, values: [%s]}]" % ("a, " * 30)), "at most 50"),
        ("MOST_ITEMS", 3, LIST + "- {list: m, items: [l, l]}\n", "more than 3 items of all lists"),
    ],
)  # fmt: skip
def test_what_is_beyond_a_bound_is_refused(
    bound: str, most: int, text: str, says: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounds, bound, most)
    found = errors(text)
    if says is None:
        assert not found
        return
    (code, message), *others = found
    assert (code, others) == ("TOOLKIT_TOO_LARGE", [])
    assert says in message
    assert load_text(text).faults[0].hint


def test_an_alias_counts_as_what_it_stands_for(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "- list: a\n  items: &a [x, y, z]\n- list: b\n  items: *a\n"
    assert not errors(text)
    monkeypatch.setattr(yaml_nodes, "MOST_VALUES", 17)
    assert not errors(text + " ")
    monkeypatch.setattr(yaml_nodes, "MOST_VALUES", 16)
    assert errors(text + "  ")[0][0] == "TOOLKIT_TOO_LARGE"


def test_deep_trees_are_compared_and_hashed() -> None:
    def deep(name: str) -> tuple[Node, Transformer]:
        tree: Node = Check(FieldRef(name), "exists")
        call = Transformer("tolower", (FieldRef(name),))
        for number in range(3000):
            tree = Not(tree) if number % 2 else And((tree, tree)) if number > 2990 else Or((tree,))
            call = Transformer("tolower", (call,))
        return tree, call

    assert deep("a.b") == deep("a.b")
    assert hash(deep("a.b")) == hash(deep("a.b"))
    assert deep("a.b")[0] != deep("a.c")[0]
    assert deep("a.b")[1] != deep("a.c")[1]
    assert And((Check(FieldRef("a.b"), "exists"),)) != Or((Check(FieldRef("a.b"), "exists"),))


def test_few_earlier_rules_are_compared_and_none_is_missed() -> None:
    source = random.Random(1)

    def check() -> str:
        field, value = source.choice(("kar.verb", "kar.uid")), source.choice("ab")
        return source.choice(
            (f"{field} = {value}", f"{field} in (a, {value})", f"{field} exists", f"not {field} = {value}")
        )

    def condition(depth: int) -> str:
        if not depth:
            return check()
        word = source.choice((" and ", " or "))
        return word.join(f"({condition(depth - 1)})" for _ in range(2))

    text = "".join(rule(f"r{number}", condition(source.randrange(3))) for number in range(150))
    rules = load_text(text).checked().rules
    before, compared = Earlier(), 0
    for number, later in enumerate(rules):
        tried = list(before.that_may_hold_with(later))
        compared += len(tried)
        shadowing = [each for each in rules[:number] if implies(later.condition.tree, each.condition.tree)]
        assert [each for each in tried if implies(later.condition.tree, each.condition.tree)] == shadowing
        before.add(later)
    assert compared < 150 * 149 / 2


def test_rules_share_what_a_macro_compiles_to() -> None:
    loaded: Loaded = load_text(SHARED + rule("a", "m") + rule("b", "m"))
    first, second = loaded.checked().rules
    assert first.condition.steps[0].check is second.condition.steps[0].check
