"""`toolkit doctor`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from toolkit.cli.options import Output, OutputOption

if TYPE_CHECKING:
    from toolkit.cluster.survey.finding import Finding


def doctor(output: OutputOption = Output.TEXT) -> None:
    """Say what this machine has of what `generate` needs, what is wrong with it, and the command that mends it.

    Exits 4 when something is missing without which nothing can be captured here; warnings are no failure.
    """
    from toolkit.cluster.survey import survey
    from toolkit.cluster.survey.finding import State
    from toolkit.errors import ExitCode

    findings = survey()
    is_well = all(finding.state is not State.MISSING for finding in findings)
    if output is Output.JSON:
        from dataclasses import asdict

        import orjson

        facts = {"ok": is_well, "findings": [asdict(finding) for finding in findings]}
        typer.echo(orjson.dumps(facts).decode())
    else:
        for finding in findings:
            typer.echo(_lines(finding))
    raise typer.Exit(ExitCode.GOOD if is_well else ExitCode.ENVIRONMENT)


def _lines(finding: Finding) -> str:
    """Render for people: one line, and below it the command that mends it."""
    purpose = f" (for {finding.purpose})" if finding.state in {"lacking", "missing"} else ""
    head = f"{finding.state:<8} {finding.name:<16} {finding.found}{purpose}"
    return f"{head}\n{'':<25} {finding.remedy}" if finding.remedy else head


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command()(doctor)
