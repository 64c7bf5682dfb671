"""`toolkit run`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from toolkit.cli.options import (
    EngineKind,
    EngineOption,
    EventsArgument,
    FieldsFileOption,
    Output,
    OutputOption,
    Plugin,
    PluginOption,
    RulesOption,
    StrictOption,
)

if TYPE_CHECKING:
    from toolkit.engine.alerts import Alert
    from toolkit.engine.statistics import Statistics
    from toolkit.events.tally import Tally
    from toolkit.fields.catalog import Catalog
    from toolkit.ruleset.priorities import Priority
    from toolkit.ruleset.rules import Ruleset


def run(
    events: EventsArgument = None,
    rules: RulesOption = None,
    matching: Annotated[
        str,
        typer.Option(
            metavar="first|all",
            help="first: an event is done with at the first rule that fires. all: every rule is tried.",
        ),
    ] = "first",
    priority: Annotated[str, typer.Option(metavar="PRIORITY", help="Leave out rules less severe than this.")] = "debug",
    plugin: PluginOption = Plugin.CORRECTED,
    fields_file: FieldsFileOption = None,
    hostname: Annotated[
        str | None,
        typer.Option(envvar="FALCO_HOSTNAME", metavar="NAME", help="Host name in JSON alerts; none without it."),
    ] = None,
    strict: StrictOption = False,
    engine_kind: EngineOption = EngineKind.COMPILED,
    output: OutputOption = Output.TEXT,
) -> None:
    """Run rules over events and print Falco's alerts; its closing statistics go to standard error."""
    from time import perf_counter

    from toolkit.cli.catalogs import chosen_catalog, this_machine
    from toolkit.engine.choice import make_engine
    from toolkit.engine.run import Matching
    from toolkit.engine.statistics import Statistics
    from toolkit.errors import ToolkitError
    from toolkit.events.tally import Tally
    from toolkit.fields.extractor import Extractor

    chosen_matching = Matching(_one_of("--matching", matching.lower(), list(Matching)))
    catalog = chosen_catalog(plugin.value, fields_file)
    ruleset = _load(rules, catalog, _priority(priority))
    engine = make_engine(engine_kind.value, ruleset, Extractor(catalog, this_machine()), chosen_matching)
    statistics, tally = Statistics(ruleset.rules), Tally()
    paths = events or ["-"]
    begun = perf_counter()
    try:
        for alert in engine.run(paths, tally, published=plugin is Plugin.PUBLISHED):
            statistics.count(alert.rule)
            _print(alert, output, hostname, flush="-" in paths)
        sys.stdout.flush()
    except (BrokenPipeError, KeyboardInterrupt, ToolkitError):
        if tally.lines:
            _close(tally, statistics, perf_counter() - begun)
        raise
    _close(tally, statistics, perf_counter() - begun)
    raise typer.Exit(tally.exit_code(strict=strict))


def _close(tally: Tally, statistics: Statistics, seconds: float) -> None:
    words = [*(f"warning: {word}" for word in tally.words()), statistics.text().rstrip()]
    pace = f"{tally.reviews} events in {seconds:.2f} s, {tally.reviews / seconds if seconds else 0:,.0f} a second"
    typer.echo("\n".join([*words, pace]), err=True)


def _print(alert: Alert, output: Output, hostname: str | None, *, flush: bool) -> None:
    line = alert.json(hostname) if output is Output.JSON else alert.text().encode("utf-8", "surrogateescape")
    sys.stdout.buffer.write(line + b"\n")
    if flush:
        sys.stdout.buffer.flush()


def _load(paths: list[str] | None, catalog: Catalog, priority: Priority) -> Ruleset:
    """Return the rules; warn on standard error; raise ToolkitError (exit 3) with every fault."""
    from toolkit.ruleset.faults import warning_words
    from toolkit.ruleset.files import read_rule_files
    from toolkit.ruleset.loader import load

    loaded = load(read_rule_files(paths or ()), catalog, min_priority=priority)
    ruleset = loaded.checked()
    warnings = [warning for result in loaded.results for warning in result.warnings]
    for warning in dict.fromkeys(map(warning_words, warnings)):
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


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command()(run)
