"""The report for people: a table of rules, then what is wrong, then one line that says it all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from rich.console import Console
from rich.text import Text

from toolkit.judge.model import StepResult, StepVerdict
from toolkit.judge.report import BackgroundResult, DatasetSummary, Report, RuleResult, RuleVerdict
from toolkit.reports.failures import failures, near_misses
from toolkit.reports.published import published

_STYLES = {
    RuleVerdict.FAILED: "bold red",
    RuleVerdict.UNTESTED: "red",
    RuleVerdict.FIRES_ONLY: "yellow",
    RuleVerdict.IMPOSSIBLE: "dim",
    RuleVerdict.PROVEN: "green",
}


def text_report(report: Report, console: Console, seconds: float) -> str:
    """Return the report as the console shows it, in colour on a terminal; `seconds` is how long the judging took."""
    with console.capture() as captured:
        for line in lines(report, seconds):
            console.print(line, soft_wrap=True, highlight=False)
    return captured.get()


def lines(report: Report, seconds: float) -> Iterator[Text]:
    """Yield the report line by line."""
    chosen = " that -k selects or its steps show" if report.partial else ""
    yield Text(f"{', '.join(report.rule_files)} · {_count(len(report.rules), 'rule')}{chosen}", "dim")
    yield from (Text(_dataset(dataset), "dim") for dataset in report.datasets)
    yield Text()
    yield from _table(report.rules)
    yield from map(_background, report.background)
    yield from _not_played(report)
    yield from (Text(f"  warning: {warning}", "yellow") for warning in report.warnings)
    yield Text()
    yield from near_misses(report) if report.partial else ()
    yield from published(report)
    yield from failures(report)
    yield _summary(report, seconds)


def _dataset(dataset: DatasetSummary) -> str:
    counts = (_count(dataset.scenarios, "scenario"), _count(dataset.steps, "step"), _count(dataset.events, "event"))
    made = f"Kubernetes {dataset.kubernetes} ({dataset.provider}), recorded by {dataset.recorder}"
    return " · ".join((dataset.folder, *counts, made))


def _table(rules: Sequence[RuleResult]) -> Iterator[Text]:
    if not rules:
        return
    width = max(len("rule"), *(len(rule.name) for rule in rules))
    yield Text(f"  {'rule':<{width}}  fires  near misses  with `first`  verdict", "bold")
    for rule in rules:
        counts = f"{len(rule.fires) or '-':>5}  {len(rule.near_misses) or '-':>11}  {_first(rule):>12}"
        row = Text(f"  {rule.name:<{width}}  {counts}  ")
        yield row.append(rule.verdict, _STYLES[rule.verdict]).append(_remark(rule), "dim")


def _first(rule: RuleResult) -> str:
    """Say on how many of the events where a rule fires Falco's `first` reports it."""
    return f"{rule.events - _hidden(rule)} of {rule.events}" if rule.events else "-"


def _hidden(rule: RuleResult) -> int:
    return sum(shadow.events for shadow in rule.shadowed_by)


def _remark(rule: RuleResult) -> str:
    """Say what the verdict alone does not: off by default, a reason, that `first` never reports the rule."""
    remark = ", off by default" if rule.off_by_default else ""
    if rule.reason and rule.verdict is not RuleVerdict.FAILED:
        remark += f" ({rule.reason})"
    if rule.events and _hidden(rule) == rule.events:
        remark += f" (with `first` always hidden by {', '.join(shadow.rule for shadow in rule.shadowed_by)})"
    return remark


def _background(result: BackgroundResult) -> Text:
    unclaimed = sum(rule.reason is None for rule in result.rules)
    fire = _count(len(result.rules), "rule") + (" fires" if len(result.rules) == 1 else " fire")
    claims = f"{unclaimed} unclaimed" if unclaimed else "all claimed" if result.rules else "nothing to claim"
    text = f"  background of {result.dataset}: {_count(result.shapes, 'shape')}, {fire}, {claims}"
    return Text(text, "red" if unclaimed else "dim")


def _not_played(report: Report) -> Iterator[Text]:
    reasons = Counter((step.dataset, step.left_out) for step in report.steps if step.left_out)
    for (dataset, reason), count in reasons.items():
        yield Text(f"  not played on {dataset}: {_count(count, 'step')}, {reason}", "yellow")


def _summary(report: Report, seconds: float) -> Text:
    rules = Counter(rule.verdict for rule in report.rules)
    steps = Counter(_step_word(step) for step in report.steps)
    off = sum(rule.off_by_default for rule in report.rules)
    parts = [
        f"{_count(len(report.rules), 'rule')}: "
        + (", ".join(f"{rules[verdict]} {verdict}" for verdict in reversed(RuleVerdict) if rules[verdict]) or "none")
        + (f" ({off} off by default)" if off else ""),
        f"{_count(len(report.steps), 'step')}: "
        + (", ".join(f"{steps[word]} {word}" for word in _STEP_WORDS if steps[word]) or "none"),
        f"{seconds:.1f} s",
    ]
    if report.exit_code:
        parts.append(f"exit {int(report.exit_code)}")
    return Text(" · ".join(parts), "bold red" if report.exit_code else "bold green")


_NOT_PLAYED = "not played"
_STEP_WORDS = (*reversed(StepVerdict), _NOT_PLAYED)


def _step_word(step: StepResult) -> str:
    return _NOT_PLAYED if step.left_out and not step.findings else step.verdict


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
