"""The cluster's own noise, and the hints about values that are nearly right."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from toolkit.judge.background import judge_background, stale_claims, unknown_claims
from toolkit.judge.hints import near_value
from toolkit.judge.model import Observed, StepVerdict
from toolkit.judge.report import BackgroundResult
from toolkit.places import Place
from toolkit.scenarios.model import Claim

FOLDER = Place("testing/k8s/background.yaml")
CLAIMS = [Claim("A", "controllers do that", Place("background.yaml", 4))]


def event(line: int, *fired: str) -> Observed:
    return Observed(Place("background.jsonl", line), fired)


def judge(*events: Observed) -> BackgroundResult:
    return judge_background("1.37", FOLDER, events, CLAIMS, lambda rule, places: None)


def test_claimed_noise_is_listed_with_its_reason() -> None:
    result = judge(event(1, "A"), event(2), event(3, "A"))
    (rule,) = result.rules
    assert (result.shapes, result.findings) == (3, ())
    assert (rule.rule, rule.reason, [place.line for place in rule.events]) == ("A", "controllers do that", [1, 3])


def test_unclaimed_noise_is_unexpected() -> None:
    result = judge(event(1), event(2, "B"), event(3, "A", "B"))
    (finding,) = result.findings
    assert (finding.verdict, finding.rule, finding.event) == (
        StepVerdict.UNEXPECTED,
        "B",
        Place("background.jsonl", 2),
    )
    assert [(rule.rule, rule.reason) for rule in result.rules] == [("B", None), ("A", "controllers do that")]


def test_a_claim_that_fires_nowhere_is_reported_and_one_that_fires_somewhere_is_not() -> None:
    silent, loud = judge(event(1)), judge(event(1, "A"))
    (warning,) = stale_claims(CLAIMS, [silent])
    assert warning.startswith("background.yaml:4: A is claimed")
    assert not list(stale_claims(CLAIMS, [silent, loud]))
    assert not list(stale_claims(CLAIMS, []))


def test_a_claim_about_no_rule_is_a_finding() -> None:
    (finding,) = unknown_claims(CLAIMS, frozenset({"B"}))
    assert (finding.verdict, finding.place) == (StepVerdict.VACUOUS, CLAIMS[0].place)
    assert not list(unknown_claims(CLAIMS, frozenset({"A"})))


@pytest.mark.parametrize(
    ("values", "wanted", "hint"),
    [
        (["/etc/"], ["/proc", "/etc"], '"/etc/" is not "/etc": a trailing slash'),
        (["/etc"], ["/etc/"], '"/etc" is not "/etc/": a trailing slash'),
        (["x", "create"], ["CREATE"], '"create" is not "CREATE": upper and lower case'),
        ([" true"], ["true"], "white space"),
        (['"a"'], ["a"], "quotes"),
    ],
)
def test_nearly_right_values_give_a_hint(values: Sequence[str], wanted: Sequence[str], hint: str) -> None:
    found = near_value(values, wanted)
    assert found is not None
    assert hint in found


@pytest.mark.parametrize(
    ("values", "wanted"), [(["/etc"], ["/etc"]), (["/etc"], ["/usr"]), ([], ["a"]), (["/"], ["/", "/etc"])]
)
def test_other_values_give_none(values: Sequence[str], wanted: Sequence[str]) -> None:
    assert near_value(values, wanted) is None
