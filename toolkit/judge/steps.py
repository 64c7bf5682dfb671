"""One step held against its recorded events: exactly what it claims must have happened."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from toolkit.errors import closest
from toolkit.judge.model import Finding, NearMiss, Observed, StepResult, StepVerdict, Why
from toolkit.places import Place
from toolkit.scenarios.model import Consequence, Step

Explain = Callable[[str, Sequence[Place]], Why | None]
"""Tells of a rule why it did what it did on the most telling of some events."""


@dataclass(frozen=True, slots=True)
class Recording:
    """What was recorded of a step: its own events, and one for each of its consequences.

    `left_out` says why it was not played, "" when it was.
    """

    own: tuple[Observed, ...] = ()
    consequences: tuple[Observed, ...] = ()
    left_out: str = ""


@dataclass(frozen=True, slots=True)
class RuleNames:
    """The rules of a scenario by name: those that are evaluated, and those that are switched off."""

    evaluated: frozenset[str]
    off: frozenset[str] = frozenset()

    def fault(self, rule: str) -> tuple[str, str] | None:
        """Return what keeps a claim about `rule` from being judged, with a hint; None when nothing does."""
        if rule in self.evaluated:
            return None
        if rule in self.off:
            return f"{rule} is switched off", "switch it on in the scenario's `rules:`, with an override of `enabled`"
        near = closest(rule, self.evaluated | self.off)
        return f'no rule is named "{rule}"', near or "name the file that holds it with -r"


def judge_step(
    dataset: str, scenario: str, step: Step, recording: Recording, names: RuleNames, explain: Explain
) -> StepResult:
    """Return what the step came to on one dataset."""
    findings = (*_about_names(step, names), *_about_recording(step, recording, names, explain))
    wrong = {finding.rule for finding in findings}
    return StepResult(
        dataset=dataset,
        scenario=scenario,
        step=step.name,
        place=step.place,
        verdict=StepVerdict.VACUOUS if recording.left_out and not findings else _worst(findings),
        fires=tuple(rule for rule in _claimed_rules(step, recording) if rule not in wrong),
        near_misses=tuple(_held(step, recording, explain, wrong)),
        events=recording.own,
        consequences=recording.consequences,
        findings=findings,
        left_out=recording.left_out,
    )


def _held(step: Step, recording: Recording, explain: Explain, wrong: Collection[str | None]) -> Iterator[NearMiss]:
    """Yield the near misses that held, with what held them on the event where the rule came nearest."""
    places = [event.place for event in recording.own]
    for rule, reason in step.near_miss.items() if places else ():
        if rule not in wrong:
            why = explain(rule, places)
            yield NearMiss(rule, reason, why.decided_by if why else ())


def _worst(findings: Sequence[Finding]) -> StepVerdict:
    found = {finding.verdict for finding in findings}
    return next((verdict for verdict in StepVerdict if verdict in found), StepVerdict.MET)


def _claimed_rules(step: Step, recording: Recording) -> Mapping[str, None]:
    """Return the rules that the step says fire, each once, of those parts of it that left events."""
    rules = dict.fromkeys(step.fires) if recording.own else {}
    for consequence, _ in zip(step.consequences, recording.consequences, strict=False):
        rules |= dict.fromkeys(consequence.fires)
    return rules


def _about_names(step: Step, names: RuleNames) -> Iterator[Finding]:
    """Yield the claims about rules that are not evaluated, played or not."""
    for rule, place in _names_in(step):
        if fault := names.fault(rule):
            if rule in step.near_miss:
                message = f"{fault[0]}, so that its near miss shows nothing"
                yield Finding(StepVerdict.VACUOUS, message, place, rule, hint=fault[1])
            else:
                yield Finding(StepVerdict.MISSED, f"{fault[0]}, and it should fire", place, rule, hint=fault[1])


def _names_in(step: Step) -> Iterator[tuple[str, Place]]:
    for rule in (*step.fires, *step.near_miss):
        yield rule, step.rule_places.get(rule, step.place)
    for consequence in step.consequences:
        yield from ((rule, consequence.place) for rule in consequence.fires if rule not in step.near_miss)


def _about_recording(step: Step, recording: Recording, names: RuleNames, explain: Explain) -> Iterator[Finding]:
    if recording.left_out:
        return
    yield from _about_lines(step, recording)
    if recording.own:
        yield from _about_rules(step.fires, recording.own, names, explain, _Words(step))
    for consequence, event in zip(step.consequences, recording.consequences, strict=True):
        yield from _about_rules(consequence.fires, [event], names, explain, _Words(step, consequence))


def _about_lines(step: Step, recording: Recording) -> Iterator[Finding]:
    if step.records_nothing and recording.own:
        message = f"the step left {_events(len(recording.own))} and says `records: nothing`"
        yield Finding(StepVerdict.UNEXPECTED, message, step.place, event=recording.own[0].place)
    elif not step.records_nothing and not recording.own:
        hint = "reads, and requests refused before admission, leave no event: such a step says `records: nothing`"
        yield Finding(StepVerdict.UNRECORDED, "the step should have left an event and left none", step.place, hint=hint)


@dataclass(frozen=True, slots=True)
class _Words:
    """Where a claim about a rule stands, and how to speak of it."""

    step: Step
    consequence: Consequence | None = None

    def place(self, rule: str) -> Place:
        return self.consequence.place if self.consequence else self.step.rule_places.get(rule, self.step.place)

    @property
    def where(self) -> str:
        if self.consequence is None:
            return ""
        return f" on {self.consequence.verb} {self.consequence.resource} by {self.consequence.user}"


def _about_rules(
    fires: Mapping[str, int], events: Sequence[Observed], names: RuleNames, explain: Explain, words: _Words
) -> Iterator[Finding]:
    """Yield what differs between the rules that should fire over some events and those that do."""
    counts = Counter(rule for event in events for rule in event.fired)
    for rule, expected in fires.items():
        if rule in names.evaluated and counts[rule] < expected:
            yield _missed(rule, counts[rule], expected, events, explain, words)
    for rule, count in counts.items():
        if count > fires.get(rule, 0):
            hit = [event for event in events if rule in event.fired]
            reason = None if words.consequence else words.step.near_miss.get(rule)
            message = _too_often(rule, count, fires.get(rule, 0), reason) + words.where
            yield _unexpected(rule, message, words.place(rule), hit, explain)


def _missed(
    rule: str, count: int, expected: int, events: Sequence[Observed], explain: Explain, words: _Words
) -> Finding:
    silent = [event.place for event in events if rule not in event.fired] or [events[0].place]
    why = explain(rule, silent)
    did = "did not" if count == 0 else f"fired {_times(count)}"
    often = "" if expected == 1 else f" {_times(expected)}"
    message = f"{rule} should have fired{often} and {did}{words.where}"
    return Finding(StepVerdict.MISSED, message, words.place(rule), rule, why.event if why else silent[0], why)


def _too_often(rule: str, count: int, expected: int, near_miss: str | None) -> str:
    if near_miss is not None:
        return f"{rule} fired and should have stayed silent: {near_miss}"
    if expected:
        return f"{rule} fired {_times(count)} and should have fired {_times(expected)}"
    return f"{rule} fired and is not claimed"


def _unexpected(rule: str, message: str, place: Place, events: Sequence[Observed], explain: Explain) -> Finding:
    places = [event.place for event in events]
    return Finding(StepVerdict.UNEXPECTED, message, place, rule, places[0], explain(rule, places))


def _times(count: int) -> str:
    return {1: "once", 2: "twice"}.get(count, f"{count} times")


def _events(count: int) -> str:
    return "an event" if count == 1 else f"{count} events"
