"""`toolkit lint`."""

from __future__ import annotations

import sys
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from toolkit.cli.options import FieldsFileOption, Output, OutputOption, Plugin, PluginOption, RulesOption

if TYPE_CHECKING:
    from collections.abc import Iterator

    from toolkit.lints.model import Finding
    from toolkit.ruleset.loader import Loaded
    from toolkit.ruleset.rules import Ruleset


class FailOn(StrEnum):
    """From which level on findings make the command fail."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


def lint(
    rules: RulesOption = None,
    plugin: PluginOption = Plugin.CORRECTED,
    fields_file: FieldsFileOption = None,
    output: OutputOption = Output.TEXT,
    fail_on: Annotated[
        FailOn, typer.Option(help="The least grave level that makes the command fail.")
    ] = FailOn.WARNING,
    show_python: Annotated[
        str | None,
        typer.Option(metavar="RULE", help="Print the Python that a rule's condition becomes, and nothing else."),
    ] = None,
) -> None:
    """Load rules as Falco does, and find what loads but does not do what it seems to.

    Exit status 3 where a file does not load, 1 where there are findings.
    """
    from toolkit.cli.catalogs import chosen_catalog
    from toolkit.errors import ExitCode
    from toolkit.lints.model import Level
    from toolkit.lints.run import lint as find
    from toolkit.ruleset.files import read_rule_files
    from toolkit.ruleset.loader import load

    catalog = chosen_catalog(plugin.value, fields_file)
    loaded = load(read_rule_files(rules or ()), catalog)
    if show_python is not None and loaded.ruleset is not None:
        _print_python(loaded.ruleset, show_python)
        return
    findings = find(loaded, catalog, plugin.value)
    _print_json(loaded, findings) if output is Output.JSON else _print_text(loaded, findings)
    failed = any(finding.level.is_at_least(Level(fail_on.value)) for finding in findings)
    code = ExitCode.CHECK_FAILED if failed else ExitCode.GOOD
    raise typer.Exit(ExitCode.BAD_INPUT if loaded.ruleset is None else code)


def _print_python(ruleset: Ruleset, name: str) -> None:
    from toolkit.engine.predicates import unsettled
    from toolkit.errors import closest, usage

    rule = ruleset.find(name)
    if rule is None:
        known = [rule.name for rule in ruleset.rules]
        raise usage(f"no rule is named {name!r}", hint=closest(name, known) or "name a rule of these files")
    sys.stdout.write(unsettled([rule], first_only=True).explained)


def _print_json(loaded: Loaded, findings: list[Finding]) -> None:
    import orjson

    from toolkit.texts import encode_json

    document: dict[str, object] = {
        "falco_load_results": loaded.as_json(),
        "lints": [_as_json(finding) for finding in findings],
    }
    if loaded.plugin_error:
        document["plugin_error"] = loaded.plugin_error
    typer.echo(encode_json(document, orjson.OPT_INDENT_2))


def _as_json(finding: Finding) -> dict[str, object]:
    return {
        "code": finding.code,
        "level": finding.level.value,
        "message": finding.message,
        "rule": finding.rule,
        "item": finding.item,
        "file": finding.place.file,
        "line": finding.place.line,
        "column": finding.place.column,
        "hint": finding.hint,
    }


def _print_text(loaded: Loaded, findings: list[Finding]) -> None:
    for fault in loaded.faults:
        typer.echo(f"error {fault}")
    for words in _falco_warnings(loaded):
        typer.echo(words)
    for finding in findings:
        typer.echo(f"{finding.level.value} {finding.code} {finding.place}: {finding.message} ({finding.item})")
        for line in (*finding.snippet.splitlines(), f"hint: {finding.hint}"):
            typer.echo(f"  {line}")
    typer.echo(_summary(loaded, findings), err=True)


def _falco_warnings(loaded: Loaded) -> Iterator[str]:
    """Render what Falco warns about; that never makes the command fail."""
    from toolkit.ruleset.contexts import Context
    from toolkit.ruleset.faults import place_of

    for result in loaded.results:
        for warning in result.warnings:
            found = warning.context
            context = found if found.condition is None else Context(found.locations[:-1])
            name = next((location.item_name for location in reversed(context.locations) if location.item_name), "")
            message = warning.message or warning.code.value
            yield f"falco {warning.code.name} {place_of(context)}: {message}" + (f" ({name})" if name else "")


def _summary(loaded: Loaded, findings: list[Finding]) -> str:
    """Say in one line what there is."""
    from collections import Counter

    from toolkit.lints.model import Level

    counts = Counter(finding.level for finding in findings)
    parts = [_counted(counts[level], level.value) for level in Level if counts[level]]
    if loaded.faults:
        parts.insert(0, _counted(len(loaded.faults), "load error"))
    files = _counted(len(loaded.results), "file")
    return f"{', '.join(parts) or 'nothing found'} in {files}"


def _counted(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 or what == 'info' else 's'}"


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command()(lint)
