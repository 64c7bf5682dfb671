"""What `toolkit run` says at the end of logs, and its exit status."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from toolkit.cli.run_plan import Plan
    from toolkit.engine.statistics import Statistics
    from toolkit.engine.summary import Summary
    from toolkit.events.tally import Tally
    from toolkit.outputs.outputs import Outputs
    from toolkit.ruleset.rules import Rule


def status(tally: Tally, outputs: Outputs, *, strict: bool) -> int:
    """Return the exit status of a run: see `Tally.exit_code`; 4 where alerts could not be delivered."""
    from toolkit.errors import ExitCode

    found = tally.exit_code(strict=strict)
    return max(found, ExitCode.ENVIRONMENT) if outputs.lost and found != ExitCode.NOTHING_SELECTED else found


def report(plan: Plan, tally: Tally, statistics: Statistics, seconds: float, *, to_stdout: bool) -> None:
    """Say what became of the run; the statistics go to standard output where there is a configuration file."""
    words = [f"warning: {word}" for word in tally.words()]
    pace = f"{tally.reviews} events in {seconds:.2f} s, {tally.reviews / seconds if seconds else 0:,.0f} a second"
    if plan.is_configured and to_stdout:
        sys.stdout.write(statistics.text())
        sys.stdout.flush()
    else:
        words.append(statistics.text().rstrip())
    typer.echo("\n".join([*words, pace]), err=True)


def print_summary(plan: Plan, summary: Summary | None, rules: Sequence[Rule], tally: Tally) -> None:
    """Write a summary as text or JSON to standard output, where there is one. Raises OSError."""
    from toolkit.reports.summary import json_summary, text_summary

    if summary is None:
        return
    form = json_summary if plan.configuration.form.json else text_summary
    sys.stdout.buffer.write(form(summary, rules, tally).encode())
    sys.stdout.flush()


def say(line: str, word: str = "warning") -> None:
    """Print a line for people."""
    from toolkit.texts import visible

    typer.echo(f"{word}: {visible(line)}", err=True)
