"""`append_output`: what is added to outputs, to which rules, and what is wrong with it."""

from __future__ import annotations

import pytest
from texts import CATALOG, rule

from toolkit.places import Place
from toolkit.ruleset.additions import Addition
from toolkit.ruleset.loader import Loaded, RuleFile, load
from toolkit.ruleset.rules import Rule

TEXT = rule("a", tags="[x, y]") + rule("b", tags="[x]") + rule("c")


def loaded(*additions: Addition, text: str = TEXT) -> Loaded:
    return load([RuleFile("r.yaml", text.encode())], CATALOG, additions=additions)


def outputs(*additions: Addition) -> dict[str, str]:
    return {each.name: each.output.source for each in loaded(*additions).checked().rules}


@pytest.mark.parametrize(
    ("addition", "hit"),
    [
        (Addition(text="+"), "abc"),
        (Addition(rule="a", text="+"), "a"),
        (Addition(rule="A", text="+"), ""),
        (Addition(source="k8s_admission", text="+"), "abc"),
        (Addition(source="syscall", text="+"), ""),
        (Addition(tags=frozenset("x"), text="+"), "ab"),
        (Addition(tags=frozenset("xy"), text="+"), "a"),
        (Addition(rule="b", tags=frozenset("xy"), text="+"), ""),
    ],
)
def test_an_addition_fits_rules_that_meet_all_its_conditions(addition: Addition, hit: str) -> None:
    assert {name for name, output in outputs(addition).items() if output.endswith(" +")} == set(hit)


def test_additions_follow_each_other_after_a_blank() -> None:
    found = outputs(Addition(text="one %evt.num"), Addition(text="two"))
    assert all(output.endswith(" one %evt.num two") for output in found.values())


def extra(found: Rule) -> dict[str, tuple[str, bool]]:
    return {each.name: (each.format.source, each.as_value) for each in found.extra_fields}


def test_extra_fields_are_formats_and_values_and_the_last_of_equal_names_counts() -> None:
    first = Addition(formats=(("n", "is %evt.num"), ("m", "")), fields=("kar.verb",))
    second = Addition(rule="b", formats=(("n", "x"),))
    a, b, _ = loaded(first, second).checked().rules
    assert extra(a) == {"n": ("is %evt.num", False), "kar.verb": ("%kar.verb", True)}
    assert extra(b)["n"] == ("x", False)


@pytest.mark.parametrize(
    ("addition", "hint"),
    [
        (Addition(text="x %no.field", place=Place("f.yaml", 3, 5)), "append_output adds 'x %no.field' (f.yaml:3:5)"),
        (
            Addition(fields=("no.field",), place=Place("f.yaml", 4)),
            "append_output adds no.field: '%no.field' (f.yaml:4)",
        ),
        (Addition(formats=(("n", "%"),), place=Place("f", 1)), "append_output adds n: '%' (f:1)"),
    ],
)
def test_a_rule_whose_addition_is_not_well_formed_does_not_load(addition: Addition, hint: str) -> None:
    found = loaded(addition, text=rule("a"))
    assert not found.results[0].successful
    assert found.as_json()[0]["errors"][0]["code"] == "LOAD_ERR_COMPILE_OUTPUT"
    assert [fault.hint for fault in found.faults] == [hint]
