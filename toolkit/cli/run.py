"""`toolkit run`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from toolkit.cli.options import FieldsFileOption, Output, OutputOption, Plugin, PluginOption, RulesOption

if TYPE_CHECKING:
    from toolkit.fields.catalog import Catalog
    from toolkit.ruleset.priorities import Priority
    from toolkit.ruleset.rules import Ruleset


def run(
    events: Annotated[
        list[str] | None, typer.Argument(help="Logs, folders of logs, or - for standard input (the default).")
    ] = None,
    rules: RulesOption = None,
    matching: Annotated[
        str, typer.Option(help="first: an event is done with at the first rule that fires. all: every rule is tried.")
    ] = "first",
    priority: Annotated[str, typer.Option(help="Leave out rules less severe than this.")] = "debug",
    plugin: PluginOption = Plugin.CORRECTED,
    fields_file: FieldsFileOption = None,
    hostname: Annotated[
        str | None, typer.Option(envvar="FALCO_HOSTNAME", help="Host name in JSON alerts; none without it.")
    ] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Fail (exit 1) when some lines are broken.")] = False,
    output: OutputOption = Output.TEXT,
) -> None:
    """Run rules over events and print Falco's alerts; its closing statistics go to standard error."""
    from time import perf_counter

    from toolkit.cli.catalogs import chosen_catalog, this_machine
    from toolkit.engine.run import Engine, Matching
    from toolkit.engine.statistics import Statistics
    from toolkit.events.reader import read_reviews
    from toolkit.events.tally import Tally
    from toolkit.fields.extractor import Extractor

    chosen_matching = Matching(_one_of("--matching", matching.lower(), list(Matching)))
    catalog = chosen_catalog(plugin.value, fields_file)
    ruleset = _load(rules, catalog, _priority(priority))
    engine = Engine(ruleset, Extractor(catalog, this_machine()), chosen_matching)
    statistics, tally = Statistics(ruleset.rules), Tally()
    paths = events or ["-"]
    live = "-" in paths
    out = sys.stdout.buffer
    begun = perf_counter()
    for alert in engine.alerts(tally.reviews_of(read_reviews(paths, published=plugin is Plugin.PUBLISHED))):
        statistics.count(alert.rule)
        line = alert.json(hostname) if output is Output.JSON else alert.text().encode("utf-8", "surrogateescape")
        out.write(line + b"\n")
        if live:
            out.flush()
    out.flush()
    for words in tally.words():
        typer.echo(f"warning: {words}", err=True)
    typer.echo(statistics.text(), err=True, nl=False)
    typer.echo(_pace(tally.reviews, perf_counter() - begun), err=True)
    raise typer.Exit(tally.exit_code(strict=strict))


def _load(paths: list[str] | None, catalog: Catalog, priority: Priority) -> Ruleset:
    """Return the rules; warn on standard error; raise ToolkitError (exit 3) with every fault."""
    from toolkit.ruleset.faults import place_of
    from toolkit.ruleset.files import read_rule_files
    from toolkit.ruleset.loader import load

    loaded = load(read_rule_files(paths or ()), catalog, min_priority=priority)
    ruleset = loaded.checked()
    warnings = [warning for result in loaded.results for warning in result.warnings]
    for warning in dict.fromkeys(f"{place_of(one.context)}: {one.message} ({one.code.name})" for one in warnings):
        typer.echo(f"warning: {warning}", err=True)
    return ruleset


def _priority(word: str) -> Priority:
    from toolkit.ruleset.priorities import Priority, parse_priority

    known = [priority.name.lower() for priority in Priority]
    priority = parse_priority(word)
    return Priority[_one_of("--priority", word, known)] if priority is None else priority


def _one_of(flag: str, word: str, known: list[str]) -> str:
    from toolkit.errors import closest, usage

    if word in known:
        return word
    raise usage(f"{flag} is {word!r}, expected one of {', '.join(known)}", hint=closest(word, known))


def _pace(events: int, seconds: float) -> str:
    return f"{events} events in {seconds:.2f} s, {events / seconds if seconds else 0:,.0f} a second"


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command()(run)
