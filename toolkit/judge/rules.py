"""One rule over all its steps: proven, firing only, untested, impossible or failed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from toolkit.judge.model import Finding, StepResult
from toolkit.judge.report import RuleResult, RuleVerdict, Shadow
from toolkit.places import Place
from toolkit.scenarios.model import Claim


@dataclass(frozen=True, slots=True)
class RuleFacts:
    """What the verdict on a rule needs to know of it.

    `changed_in` names the scenarios whose overlay changes it; `reads_event` is False for a rule that fires on
    every event, whatever is in it, so that no near miss of it exists.
    """

    name: str
    place: Place
    enabled: bool = True
    changed_in: frozenset[str] = frozenset()
    reads_event: bool = True


def judge_rules(
    rules: Sequence[RuleFacts],
    steps: Sequence[StepResult],
    noise: Iterable[Finding],
    impossible: Iterable[Claim],
) -> list[RuleResult]:
    """Return a verdict on every rule in the order given, then on the impossible ones that no file holds.

    `noise` is what is wrong with the cluster's own events.
    """
    findings = [*(finding for step in steps for finding in step.findings), *noise]
    reasons = {claim.rule: claim for claim in impossible}
    wrong = {finding.rule: finding for finding in reversed(findings) if finding.rule}
    fires = _by_rule((step, rule) for step in steps for rule in step.fires)
    near_misses = _by_rule((step, near_miss.rule) for step in steps for near_miss in step.near_misses)
    reported = _reported(steps)
    results = [
        _judge(
            rule,
            fires.get(rule.name, {}),
            near_misses.get(rule.name, {}),
            wrong.get(rule.name),
            reasons,
            reported.get(rule.name, Counter()),
        )
        for rule in rules
    ]
    known = {rule.name for rule in rules}
    absent = [claim for claim in reasons.values() if claim.rule not in known]
    return results + [RuleResult(c.rule, RuleVerdict.IMPOSSIBLE, c.place, reason=c.reason) for c in absent]


def _by_rule(shown: Iterable[tuple[StepResult, str]]) -> dict[str, dict[str, str]]:
    """Return by rule the steps that showed it (name to scenario), each once."""
    found: dict[str, dict[str, str]] = {}
    for step, rule in shown:
        found.setdefault(rule, {})[step.name] = step.scenario
    return found


def _reported(steps: Sequence[StepResult]) -> dict[str, Counter[str]]:
    """Return by rule which rule Falco's `first` reports on the events where it fires as claimed."""
    found: dict[str, Counter[str]] = {}
    for step in steps:
        for event in (*step.events, *step.consequences):
            for rule in event.fired:
                if rule in step.fires:
                    found.setdefault(rule, Counter())[event.fired[0]] += 1
    return found


def _judge(
    rule: RuleFacts,
    fires: Mapping[str, str],
    near_misses: Mapping[str, str],
    wrong: Finding | None,
    impossible: Mapping[str, Claim],
    reported: Counter[str],
) -> RuleResult:
    verdict, reason = _verdict(rule, fires, near_misses, wrong, impossible.get(rule.name))
    off = not rule.enabled or (bool(fires) and set(fires.values()) <= rule.changed_in)
    shadows = tuple(Shadow(other, count) for other, count in reported.most_common() if other != rule.name)
    events = reported.total()
    return RuleResult(rule.name, verdict, rule.place, tuple(fires), tuple(near_misses), off, reason, events, shadows)


def _verdict(
    rule: RuleFacts,
    fires: Mapping[str, str],
    near_misses: Mapping[str, str],
    wrong: Finding | None,
    impossible: Claim | None,
) -> tuple[RuleVerdict, str]:
    if wrong:
        return RuleVerdict.FAILED, wrong.message
    if impossible and fires:
        return RuleVerdict.FAILED, f"declared impossible ({impossible.reason}), and fires in {next(iter(fires))}"
    if impossible:
        return RuleVerdict.IMPOSSIBLE, impossible.reason
    if not fires:
        return RuleVerdict.UNTESTED, "no step where it fires"
    if near_misses:
        return RuleVerdict.PROVEN, ""
    if not rule.reads_event:
        return RuleVerdict.PROVEN, "it fires on every event: no near miss exists"
    return RuleVerdict.FIRES_ONLY, "no step names it under nearMiss"
