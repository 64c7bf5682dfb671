"""Each verdict on a step, and each way to fail it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from toolkit.judge.model import Finding, Observed, StepResult, StepVerdict, Why
from toolkit.judge.steps import Recording, RuleNames, judge_step
from toolkit.located import Located
from toolkit.places import Place
from toolkit.scenarios.model import ADMIN, Consequence, Step

STEP_PLACE = Place("s.yaml", 7, 7)
STEP = Step(
    name="a step", verb="create", body=Located({}, STEP_PLACE), manifests=(), identity=ADMIN, dry_run=True,
    status=None, fires={}, near_miss={}, consequences=(), records_nothing=False, wait_for=None, needs=frozenset(),
    place=STEP_PLACE, rule_places={"A": Place("s.yaml", 9, 16), "B": Place("s.yaml", 9, 19)},
)  # fmt: skip
NAMES = RuleNames(frozenset({"A", "B", "Create Pod"}), frozenset({"Off"}))
CONSEQUENCE = Consequence("controller", "CREATE", "pods", None, None, None, {"A": 1}, Place("s.yaml", 20, 9))


def event(line: int, *fired: str) -> Observed:
    return Observed(Place("e.jsonl", line), fired)


def last_of(rule: str, events: Sequence[Place]) -> Why:
    """Explain by the last event, so that a test sees which events were offered."""
    return Why(events[-1], Place("r.yaml", 1), False, (), ())


def judge(recording: Recording, **changes: Any) -> StepResult:
    return judge_step("1.37", "s", replace(STEP, **changes), recording, NAMES, last_of)


def held(result: StepResult) -> list[str]:
    return [near_miss.rule for near_miss in result.near_misses]


def only(result: StepResult) -> Finding:
    (finding,) = result.findings
    return finding


def test_met_when_exactly_what_is_claimed_fires_and_near_misses_hold() -> None:
    result = judge(Recording((event(1, "A"),)), fires={"A": 1}, near_miss={"B": "because"})
    assert (result.verdict, result.findings) == (StepVerdict.MET, ())
    assert (result.fires, held(result)) == (("A",), ["B"])
    assert (result.name, result.dataset, result.place) == ("s::a step", "1.37", STEP_PLACE)


def test_met_when_nothing_is_claimed_and_nothing_fires() -> None:
    result = judge(Recording((event(1),)))
    assert (result.verdict, result.fires, result.near_misses) == (StepVerdict.MET, (), ())


def test_counts_are_over_all_events_of_the_step() -> None:
    recording = Recording((event(1, "A"), event(2, "A", "B")))
    assert judge(recording, fires={"A": 2, "B": 1}).verdict is StepVerdict.MET


def test_missed() -> None:
    result = judge(Recording((event(1),)), fires={"A": 1})
    finding = only(result)
    assert result.verdict is StepVerdict.MISSED
    assert result.fires == ()
    assert finding.message == "A should have fired and did not"
    assert (finding.rule, finding.place, finding.event) == ("A", Place("s.yaml", 9, 16), Place("e.jsonl", 1))


def test_missed_once_of_twice_is_explained_by_an_event_where_it_stayed_silent() -> None:
    result = judge(Recording((event(1), event(2, "A"))), fires={"A": 2})
    assert only(result).message == "A should have fired twice and fired once"
    assert only(result).event == Place("e.jsonl", 1)


def test_missed_with_every_event_firing() -> None:
    assert only(judge(Recording((event(1, "A"),)), fires={"A": 2})).event == Place("e.jsonl", 1)


def test_unexpected() -> None:
    result = judge(Recording((event(1, "A", "B"),)), fires={"A": 1})
    assert result.verdict is StepVerdict.UNEXPECTED
    assert (only(result).rule, only(result).message) == ("B", "B fired and is not claimed")
    assert only(result).why is not None
    assert result.fires == ("A",)


def test_unexpected_more_often_than_claimed() -> None:
    result = judge(Recording((event(1, "A"), event(2, "A"), event(3, "A"))), fires={"A": 2})
    assert only(result).message == "A fired 3 times and should have fired twice"
    assert result.fires == ()


def test_unexpected_where_a_near_miss_was_claimed_gives_its_reason() -> None:
    result = judge(Recording((event(1, "B"),)), near_miss={"B": "the flag is false"})
    assert only(result).message == "B fired and should have stayed silent: the flag is false"
    assert only(result).place == Place("s.yaml", 9, 19)
    assert result.near_misses == ()


def test_missed_and_unexpected_in_one_step() -> None:
    result = judge(Recording((event(1, "B"),)), fires={"A": 1})
    assert result.verdict is StepVerdict.MISSED
    assert [finding.verdict for finding in result.findings] == [StepVerdict.MISSED, StepVerdict.UNEXPECTED]


def test_unrecorded_proves_nothing() -> None:
    result = judge(Recording(), fires={"A": 1}, near_miss={"B": "because"})
    assert result.verdict is StepVerdict.UNRECORDED
    assert (result.fires, result.near_misses) == ((), ())
    assert "left none" in only(result).message


def test_records_nothing_is_met_without_events_and_unexpected_with_one() -> None:
    assert judge(Recording(), records_nothing=True).verdict is StepVerdict.MET
    result = judge(Recording((event(4),)), records_nothing=True)
    assert result.verdict is StepVerdict.UNEXPECTED
    assert only(result).event == Place("e.jsonl", 4)


def test_what_was_not_played_is_vacuous_and_no_failure() -> None:
    result = judge(Recording(left_out="needs kubelet"), fires={"A": 1}, near_miss={"B": "because"})
    assert (result.verdict, result.findings, result.left_out) == (StepVerdict.VACUOUS, (), "needs kubelet")
    assert (result.fires, result.near_misses) == ((), ())


@pytest.mark.parametrize("left_out", ["", "needs kubelet"])
def test_unknown_rules_fail_even_where_nothing_was_played(left_out: str) -> None:
    recording = Recording(() if left_out else (event(1),), left_out=left_out)
    result = judge(recording, fires={"Create Pood": 1})
    assert result.verdict is StepVerdict.MISSED
    assert 'no rule is named "Create Pood"' in only(result).message
    assert only(result).hint == 'did you mean "Create Pod"?'
    result = judge(recording, near_miss={"Create Pood": "because"})
    assert result.verdict is StepVerdict.VACUOUS
    assert result.near_misses == ()


def test_a_near_miss_of_a_rule_that_is_off_is_vacuous() -> None:
    result = judge(Recording((event(1),)), near_miss={"Off": "because"})
    assert result.verdict is StepVerdict.VACUOUS
    assert result.near_misses == ()
    assert "Off is switched off" in only(result).message
    assert "`rules:`" in str(only(result).hint)


def test_a_rule_that_is_off_cannot_fire() -> None:
    assert "Off is switched off" in only(judge(Recording((event(1),)), fires={"Off": 1})).message


def test_consequences_are_judged_on_events_of_their_own() -> None:
    step = {"consequences": (CONSEQUENCE,)}
    good = judge(Recording((event(1),), (event(2, "A"),)), **step)
    assert (good.verdict, good.fires) == (StepVerdict.MET, ("A",))
    assert [seen.place.line for seen in good.consequences] == [2]
    bad = judge(Recording((event(1),), (event(3),)), **step)
    assert bad.verdict is StepVerdict.MISSED
    assert only(bad).message == "A should have fired and did not on CREATE pods by controller"
    assert (only(bad).place, only(bad).event) == (CONSEQUENCE.place, Place("e.jsonl", 3))
    assert bad.fires == ()


def test_a_consequence_fires_nothing_else() -> None:
    result = judge(Recording((event(1),), (event(2, "A", "B"),)), consequences=(CONSEQUENCE,))
    assert result.verdict is StepVerdict.UNEXPECTED
    assert only(result).message == "B fired and is not claimed on CREATE pods by controller"


def test_a_near_miss_is_about_the_steps_own_events() -> None:
    recording = Recording((event(1),), (event(2, "A"),))
    result = judge(recording, consequences=(CONSEQUENCE,), near_miss={"A": "the deployment itself"})
    assert result.verdict is StepVerdict.MET
    assert (result.fires, held(result)) == (("A",), ["A"])


def test_a_consequence_may_not_name_an_unknown_rule() -> None:
    unknown = replace(CONSEQUENCE, fires={"X": 1})
    result = judge(Recording((event(1),), (event(2),)), consequences=(unknown,))
    assert only(result).message == 'no rule is named "X", and it should fire'
