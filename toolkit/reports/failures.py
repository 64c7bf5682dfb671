"""Why, for people: what is wrong or held, the lines it is about, the fields read and the checks that decided."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from rich.text import Text

from toolkit.judge.model import Decision, Finding, Reading, StepResult, Why
from toolkit.judge.report import Report

_SHOWN = 12


def failures(report: Report) -> Iterator[Text]:
    """Yield what failed: steps (once for all datasets on which they fail alike), then what is about no step."""
    failed = sorted(report.failed_steps, key=_alike)
    order = {step.name: number for number, step in enumerate(report.failed_steps)}
    groups = [list(group) for _, group in groupby(failed, _alike)]
    for group in sorted(groups, key=lambda steps: order[steps[0].name]):
        where = f" (Kubernetes {', '.join(step.dataset for step in group)})"
        yield Text.assemble(("FAILED", "bold red"), f"  {group[0].scenario} :: {group[0].step}", (where, "dim"))
        yield from _findings(group[0].findings)
    for result in report.background:
        if result.findings:
            yield Text.assemble(("FAILED", "bold red"), f"  background of Kubernetes {result.dataset}")
            yield from _findings(result.findings)
    if report.findings:
        yield Text.assemble(("FAILED", "bold red"), "  claims")
        yield from _findings(report.findings)
    for rule in report.failed_rules:
        if rule.name not in _named(report):
            yield Text.assemble(("FAILED", "bold red"), f"  {rule.name}: {rule.verdict}, {rule.reason}")
            yield Text(f"    {rule.place}\n")


def near_misses(report: Report) -> Iterator[Text]:
    """Yield what held each near miss, on the first dataset that shows it."""
    held = [(near_miss, step) for step in report.steps for near_miss in step.near_misses]
    shown = {(near_miss.rule, step.name): (near_miss, step) for near_miss, step in reversed(held)}
    if shown:
        yield Text("Near misses that held", "bold")
    for near_miss, step in reversed(shown.values()):
        yield Text(f"  {near_miss.rule} · {step.scenario} :: {step.step}: {near_miss.reason}")
        for decision in near_miss.held_by[:_SHOWN]:
            yield _line(decision)
    if shown:
        yield Text()


def _alike(step: StepResult) -> tuple[str, tuple[str, ...]]:
    return step.name, tuple(finding.message for finding in step.findings)


def _named(report: Report) -> set[str | None]:
    """Return the rules that some finding is about."""
    of_steps = (finding for step in report.steps for finding in step.findings)
    of_background = (finding for result in report.background for finding in result.findings)
    return {finding.rule for finding in (*of_steps, *of_background)}


def _findings(findings: Sequence[Finding]) -> Iterator[Text]:
    for finding in findings:
        yield Text.assemble("  ", (f"{finding.verdict:<10}", "red"), f"  {finding.message}")
        yield Text(f"    {finding.place}")
        if finding.why:
            yield from _why(finding.why)
        elif finding.event:
            yield Text(f"    {finding.event}")
        for hint in filter(None, (finding.why and finding.why.hint, finding.hint)):
            yield Text(f"    {hint}", "yellow")
    yield Text()


def _why(why: Why) -> Iterator[Text]:
    if why.manifest:
        yield Text(f"    {why.manifest.place}   {why.manifest.text}")
    yield Text(f"    {why.event}")
    if len(why.decided_by) == 1:
        yield from _decision(why.decided_by[0], why)
    else:
        yield from _decisions(why)
    decisive = {reading for decision in why.decided_by for reading in decision.reads}
    others = [reading for reading in why.reads if reading not in decisive]
    if others:
        more = f", and {len(others) - _SHOWN} more" if len(others) > _SHOWN else ""
        yield Text(f"    also read: {_readings(others[:_SHOWN])}{more}", "dim")


def _decision(decision: Decision, why: Why) -> Iterator[Text]:
    yield Text(f"    {decision.place or why.rule}   {decision.inside or ''}".rstrip())
    yield Text(f"        {decision.text}")
    yield Text.assemble("        ", (f"^ {_word(decision)}", "bold"), f": {_readings(decision.reads)}")


def _decisions(why: Why) -> Iterator[Text]:
    """Yield several checks that together settled it, one a line."""
    yield Text(f"    {why.rule}   {'fired' if why.fired else 'stayed silent'}, since")
    for decision in why.decided_by[:_SHOWN]:
        yield _line(decision)
    if len(why.decided_by) > _SHOWN:
        yield Text(f"        and {len(why.decided_by) - _SHOWN} more checks", "dim")


def _line(decision: Decision) -> Text:
    inside = f"   {decision.inside} {decision.place}" if decision.inside else ""
    line = Text.assemble("        ", (f"{_word(decision):<5}", "bold"), f"  {decision.text}")
    return line.append(f"   {_readings(decision.reads)}{inside}", "dim")


def _word(decision: Decision) -> str:
    return "true" if decision.holds else "false"


def _readings(readings: Sequence[Reading]) -> str:
    return ", ".join(f"{reading.field} is {reading.value}" for reading in readings)
