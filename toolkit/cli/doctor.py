"""`toolkit doctor`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from toolkit.cli.options import Output, OutputOption

if TYPE_CHECKING:
    from toolkit.cluster.survey import Finding


def doctor(output: OutputOption = Output.TEXT) -> None:
    """Say what this machine has of what `generate` needs, what is missing, and the command that gets it."""
    from toolkit.cluster.survey import survey
    from toolkit.errors import ExitCode

    findings = survey()
    is_well = all(finding.is_well for finding in findings)
    if output is Output.JSON:
        from dataclasses import asdict

        import orjson

        facts = {"ok": is_well, "findings": [asdict(finding) for finding in findings]}
        typer.echo(orjson.dumps(facts).decode())
    else:
        for finding in findings:
            typer.echo(_line(finding))
    raise typer.Exit(ExitCode.GOOD if is_well else ExitCode.ENVIRONMENT)


def _line(finding: Finding) -> str:
    mark = "found" if finding.found else ("missing" if finding.required else "absent")
    head = f"{mark:<8} {finding.name:<16} {finding.found or 'for ' + finding.purpose}"
    return head if finding.found else f"{head}\n{'':<26}{finding.remedy}"


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command()(doctor)
