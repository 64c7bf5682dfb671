"""`toolkit validate`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from toolkit.cli.options import (
    EngineKind,
    EngineOption,
    FieldsFileOption,
    Output,
    OutputOption,
    Plugin,
    PluginOption,
    RulesOption,
)

if TYPE_CHECKING:
    from toolkit.judge.report import Report


def validate(
    select: Annotated[
        str | None, typer.Option("-k", metavar="EXPR", help="Only what matches: scenarios, steps, rules, background.")
    ] = None,
    rules: RulesOption = None,
    scenarios: Annotated[Path | None, typer.Option(metavar="DIR", help="Folder of scenarios.")] = None,
    dataset: Annotated[
        list[Path] | None,
        typer.Option(metavar="DIR", help="Dataset, or folder of datasets of several versions; repeatable."),
    ] = None,
    plugin: PluginOption = Plugin.CORRECTED,
    output: OutputOption = Output.TEXT,
    fields_file: FieldsFileOption = None,
    engine_kind: EngineOption = EngineKind.COMPILED,
) -> None:
    """Judge rules on recorded events: each fires where it must, holds still where it must, and nothing else fires.

    With --plugin published the report also says which rules would behave otherwise in a Falco with that plugin.
    """
    import time

    from toolkit.cli.catalogs import chosen_catalog
    from toolkit.fields.catalog import load_catalog
    from toolkit.home import find_home
    from toolkit.judge.inputs import read_inputs
    from toolkit.judge.validate import validate as judged
    from toolkit.scenarios.selection import parse_selection

    started = time.perf_counter()
    home = find_home()
    selection = None if select is None else parse_selection(select)
    catalog = chosen_catalog("corrected", fields_file)
    inputs = read_inputs(
        rules or (), scenarios or home.scenarios, dataset or [home.dataset], catalog, engine_kind.value
    )
    published = load_catalog("published") if plugin is Plugin.PUBLISHED else None
    report = judged(inputs, catalog, selection, published)
    _print(report, output, time.perf_counter() - started)
    if not report.steps and not report.rules and not report.background:
        _complain(select)
    raise typer.Exit(report.exit_code)


def _print(report: Report, output: Output, seconds: float) -> None:
    if output is Output.JSON:
        from toolkit.reports.document import json_report

        sys.stdout.buffer.write(json_report(report))
    else:
        from rich.console import Console

        from toolkit.reports.text import text_report

        text = text_report(report, Console(), seconds)
        sys.stdout.buffer.write(text.encode(sys.stdout.encoding or "utf-8", "replace"))
    sys.stdout.flush()


def _complain(select: str | None) -> None:
    words = "there are no scenarios and no rules" if select is None else f"-k {select!r} selects nothing"
    hint = "-k takes parts of the names of scenarios, steps and rules, with and, or, not"
    typer.echo(f"error: {words}\n  hint: {hint}", err=True)


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command()(validate)
