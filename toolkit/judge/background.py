"""The cluster's own noise: what fires there must be claimed, and what is claimed should fire."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from toolkit.errors import closest
from toolkit.judge.model import Finding, Observed, StepVerdict
from toolkit.judge.report import BackgroundResult, BackgroundRule
from toolkit.judge.steps import Explain
from toolkit.places import Place
from toolkit.scenarios.model import Claim

CLAIMS = "background.yaml"


def judge_background(
    dataset: str, folder: Place, events: Sequence[Observed], claims: Sequence[Claim], explain: Explain
) -> BackgroundResult:
    """Return what the noise of one dataset came to; `folder` is the place of claims that nobody made."""
    reasons = {claim.rule: claim.reason for claim in claims}
    hits: dict[str, list[Place]] = {}
    for event in events:
        for rule in event.fired:
            hits.setdefault(rule, []).append(event.place)
    rules = tuple(BackgroundRule(rule, reasons.get(rule), tuple(places)) for rule, places in hits.items())
    findings = tuple(_unclaimed(each, folder, explain) for each in rules if each.reason is None)
    return BackgroundResult(dataset, len(events), rules, findings)


def _unclaimed(rule: BackgroundRule, folder: Place, explain: Explain) -> Finding:
    message = f"{rule.rule} fires on the cluster's own noise and is not claimed"
    hint = f"narrow the rule, or give the reason in {CLAIMS}"
    why = explain(rule.rule, rule.events)
    return Finding(StepVerdict.UNEXPECTED, message, folder, rule.rule, rule.events[0], why, hint)


def stale_claims(claims: Iterable[Claim], results: Sequence[BackgroundResult]) -> Iterator[str]:
    """Yield a warning for each claim whose rule fires in no dataset's noise: shapes come and go with timing."""
    fired = {each.rule for result in results for each in result.rules}
    for claim in claims:
        if results and claim.rule not in fired:
            yield f"{claim.place}: {claim.rule} is claimed to fire on the cluster's own noise and fires on none of it"


def unknown_claims(claims: Iterable[Claim], known: frozenset[str]) -> Iterator[Finding]:
    """Yield a finding for each claim about a rule that does not exist."""
    for claim in claims:
        if claim.rule not in known:
            message = f'no rule is named "{claim.rule}", so that its claim shows nothing'
            hint = closest(claim.rule, known)
            yield Finding(StepVerdict.VACUOUS, message, claim.place, claim.rule, hint=hint)
