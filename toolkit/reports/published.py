"""For people: which rules would behave otherwise in a Falco with the published plugin."""

from __future__ import annotations

from collections.abc import Iterator

from rich.text import Text

from toolkit.judge.report import PublishedRule, Report

_SHOWN_EVENTS = 3


def published(report: Report) -> Iterator[Text]:
    """Yield the rules that differ, or that none does; nothing where it was not asked for."""
    if report.published is None:
        return
    if not report.published:
        yield Text("With the published plugin every rule does the same on these events.\n", "bold")
        return
    yield Text(f"With the published plugin {len(report.published)} of {len(report.rules)} rules differ:", "bold")
    for rule in report.published:
        yield from _rule(rule)
    yield Text()


def _rule(rule: PublishedRule) -> Iterator[Text]:
    if rule.unknown_fields:
        yield Text(f"  {rule.rule}: keeps its file from loading, {', '.join(rule.unknown_fields)} unknown")
        return
    yield Text(f"  {rule.rule}: {rule.verdict}")
    for difference in rule.differences[:_SHOWN_EVENTS]:
        does = "fires" if difference.fires_published else "stays silent"
        yield Text(f"    {difference.event}: {does}, for {', '.join(difference.fields) or 'its time'}", "dim")
    if len(rule.differences) > _SHOWN_EVENTS:
        yield Text(f"    and {len(rule.differences) - _SHOWN_EVENTS} more events", "dim")
