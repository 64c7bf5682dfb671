"""Each verdict on a rule, and the exit status of a report."""

from __future__ import annotations

from typing import Any

import pytest

from toolkit.errors import ExitCode
from toolkit.judge.model import Finding, NearMiss, Observed, StepResult, StepVerdict
from toolkit.judge.report import BackgroundResult, Report, RuleResult, RuleVerdict, Shadow
from toolkit.judge.rules import RuleFacts, judge_rules
from toolkit.places import Place
from toolkit.scenarios.model import Claim

HERE = Place("s.yaml", 1)
RULE = RuleFacts("A", Place("r.yaml", 3))
CLAIM = Claim("A", "reads are not seen", Place("impossible.yaml", 4))
WRONG = Finding(StepVerdict.MISSED, "A should have fired and did not", HERE, "A")


def step(name: str = "t", scenario: str = "s", **changes: Any) -> StepResult:
    return StepResult("1.37", scenario, name, HERE, StepVerdict.MET, **changes)


FIRES = step("fires", fires=("A",))
HOLDS = step("holds", near_misses=(NearMiss("A", "because", ()),))


def verdict(*steps: StepResult, rule: RuleFacts = RULE, impossible: tuple[Claim, ...] = ()) -> RuleResult:
    (result,) = judge_rules([rule], steps, (), impossible)
    return result


def test_proven_needs_both() -> None:
    result = verdict(FIRES, HOLDS)
    assert (result.verdict, result.fires, result.near_misses) == (RuleVerdict.PROVEN, ("s::fires",), ("s::holds",))
    assert not result.off_by_default


def test_a_step_counts_once_however_many_datasets_show_it() -> None:
    assert verdict(FIRES, FIRES, HOLDS, HOLDS).fires == ("s::fires",)


def test_fires_only() -> None:
    assert verdict(FIRES).verdict is RuleVerdict.FIRES_ONLY


def test_a_rule_that_fires_on_every_event_needs_no_near_miss() -> None:
    result = verdict(FIRES, rule=RuleFacts("A", HERE, reads_event=False))
    assert result.verdict is RuleVerdict.PROVEN
    assert "no near miss exists" in result.reason
    assert verdict(rule=RuleFacts("A", HERE, reads_event=False)).verdict is RuleVerdict.UNTESTED


@pytest.mark.parametrize("steps", [(), (HOLDS,), (step(fires=("B",)),)])
def test_untested_without_a_step_where_it_fires(steps: tuple[StepResult, ...]) -> None:
    assert verdict(*steps).verdict is RuleVerdict.UNTESTED


def test_failed_whatever_else_holds() -> None:
    result = verdict(FIRES, HOLDS, step("bad", findings=(WRONG,)))
    assert (result.verdict, result.reason) == (RuleVerdict.FAILED, WRONG.message)


def test_failed_by_the_background() -> None:
    (result,) = judge_rules([RULE], (FIRES, HOLDS), (WRONG,), ())
    assert result.verdict is RuleVerdict.FAILED


def test_another_rules_failure_is_not_ones_own() -> None:
    assert verdict(FIRES, HOLDS, step(findings=(Finding(StepVerdict.MISSED, "", HERE, "B"),))).verdict == "proven"
    assert verdict(FIRES, HOLDS, step(findings=(Finding(StepVerdict.UNRECORDED, "", HERE),))).verdict == "proven"


def test_impossible_with_its_reason() -> None:
    result = verdict(HOLDS, impossible=(CLAIM,))
    assert (result.verdict, result.reason) == (RuleVerdict.IMPOSSIBLE, "reads are not seen")


def test_what_fires_is_not_impossible() -> None:
    result = verdict(FIRES, HOLDS, impossible=(CLAIM,))
    assert result.verdict is RuleVerdict.FAILED
    assert "s::fires" in result.reason


def test_impossible_rules_that_no_file_holds_are_listed() -> None:
    (result,) = judge_rules([], (), (), (CLAIM,))
    assert (result.name, result.verdict, result.place) == ("A", RuleVerdict.IMPOSSIBLE, CLAIM.place)


def test_off_by_default_when_only_overlays_make_it_fire() -> None:
    changed = RuleFacts("A", HERE, changed_in=frozenset({"s"}))
    assert verdict(FIRES, HOLDS, rule=changed).off_by_default
    assert not verdict(FIRES, HOLDS, step(scenario="plain", fires=("A",)), rule=changed).off_by_default
    assert not verdict(HOLDS, rule=changed).off_by_default
    assert verdict(rule=RuleFacts("A", HERE, enabled=False)).off_by_default


def test_what_first_would_report_instead() -> None:
    seen = (Observed(HERE, ("B", "A")), Observed(HERE, ("A",)), Observed(HERE, ("C", "B", "A")), Observed(HERE, ("B",)))
    result = verdict(step(fires=("A",), events=seen[:2], consequences=seen[2:]), step("other", events=(seen[0],)))
    assert result.events == 3
    assert set(result.shadowed_by) == {Shadow("B", 1), Shadow("C", 1)}


def report(*steps: StepResult, **changes: Any) -> Report:
    return Report((), (), **{"rules": (), "steps": steps, "background": ()} | changes)


def rules(word: RuleVerdict) -> dict[str, Any]:
    return {"rules": (RuleResult("A", word, HERE),)}


@pytest.mark.parametrize(
    ("found", "code"),
    [
        (report(FIRES, **rules(RuleVerdict.PROVEN)), ExitCode.GOOD),
        (report(FIRES, **rules(RuleVerdict.FIRES_ONLY)), ExitCode.GOOD),
        (report(FIRES, **rules(RuleVerdict.IMPOSSIBLE)), ExitCode.GOOD),
        (report(FIRES, **rules(RuleVerdict.UNTESTED)), ExitCode.CHECK_FAILED),
        (report(FIRES, **rules(RuleVerdict.FAILED)), ExitCode.CHECK_FAILED),
        (report(step(findings=(WRONG,))), ExitCode.CHECK_FAILED),
        (report(FIRES, findings=(WRONG,)), ExitCode.CHECK_FAILED),
        (report(FIRES, background=(BackgroundResult("1.37", 1, (), (WRONG,)),)), ExitCode.CHECK_FAILED),
        (report(background=(BackgroundResult("1.37", 1, (), ()),)), ExitCode.GOOD),
        (report(), ExitCode.NOTHING_SELECTED),
        (report(step(left_out="needs kubelet")), ExitCode.NOTHING_SELECTED),
        (report(step(left_out="needs kubelet"), FIRES), ExitCode.GOOD),
    ],
)
def test_exit_status(found: Report, code: ExitCode) -> None:
    assert found.exit_code is code
