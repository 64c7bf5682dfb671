"""`toolkit run`."""

from __future__ import annotations

import threading
from contextlib import suppress
from time import perf_counter
from typing import TYPE_CHECKING, Annotated

import typer

from toolkit.cli.options import (
    EngineKind,
    EngineOption,
    FieldsFileOption,
    FollowOption,
    OnOption,
    OutOption,
    Plugin,
    PluginOption,
    RulesOption,
    SchedulerOption,
    StateOption,
    StrictOption,
)

if TYPE_CHECKING:
    from toolkit.cli.run_plan import Plan

_INTERRUPTED = 2.0
"""Seconds that alerts which wait have after Ctrl-C."""


def run(
    events: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="EVENTS",
            help="Logs, folders of logs, patterns such as 'logs/**/*.log', by path or by URL (s3://bucket/logs/, gs://…,"
            " https://host/x.log.gz); - for standard input; or an endpoint that reviews are posted to: "
            "http://:port/path or https://…, which does not end as the name of a log does. By default what open_params "
            "of the configuration names, else standard input.",
        ),
    ] = None,
    config: Annotated[
        str | None,
        typer.Option("--config", "-c", metavar="FILE", help="Falco's configuration file; flags count more than it."),
    ] = None,
    overrides: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="KEY=VALUE",
            help="Override a key of the configuration, as Falco's own -o does (-o is the output here): "
            "json_output=true, rules[].disable.rule=*, outputs_queue.capacity=50; repeatable.",
        ),
    ] = None,
    rules: RulesOption = None,
    matching: Annotated[
        str | None,
        typer.Option(
            metavar="first|all",
            help="first: an event is done with at the first rule that fires (default). all: every rule is tried.",
        ),
    ] = None,
    priority: Annotated[
        str | None,
        typer.Option(metavar="PRIORITY", help="Leave out rules less severe than this; by default none is."),
    ] = None,
    plugin: PluginOption = Plugin.CORRECTED,
    fields_file: FieldsFileOption = None,
    hostname: Annotated[
        str | None,
        typer.Option(
            envvar="FALCO_HOSTNAME",
            metavar="NAME",
            help="Host name in JSON alerts; without it this machine's with -c, none otherwise.",
        ),
    ] = None,
    strict: StrictOption = False,
    engine_kind: EngineOption = EngineKind.COMPILED,
    output: Annotated[
        str | None,
        typer.Option("--output", "-o", metavar="text|json", help="Alerts as text (default) or JSON."),
    ] = None,
    follow: FollowOption = False,
    state: StateOption = None,
    jobs: Annotated[
        int | None,
        typer.Option(
            "--jobs", "-j", min=1, metavar="N", help="Processes; by default one a core, once logs are large, else 1."
        ),
    ] = None,
    summary: Annotated[
        bool,
        typer.Option(
            "--summary", help="Print no alerts, but what each rule comes to: how often, for whom, when, examples."
        ),
    ] = False,
    on: OnOption = None,
    scheduler: SchedulerOption = None,
    out: OutOption = None,
) -> None:
    """Run rules over events and print Falco's alerts.

    With -c the closing statistics go to standard output, as Falco's do; else to standard error.
    """
    from toolkit.cli.follow import run_follow
    from toolkit.cli.live import is_live, run_live
    from toolkit.cli.run_plan import Flags, make_plan
    from toolkit.cli.run_spread import Spread, run_spread

    spread = Spread(on, scheduler, out)
    spread.check(jobs, output, is_followed=follow or state is not None, summary=summary)
    words = (events, config, overrides or (), rules, matching, priority, plugin, fields_file, hostname, output)
    plan = make_plan(Flags(*words, engine_kind))
    if spread.on:
        raise typer.Exit(run_spread(plan, spread, strict=strict, summary=summary))
    is_followed = follow or state is not None
    if is_followed or is_live(plan):
        _check_no_logs_are_meant(jobs, summary=summary)
    if is_followed:
        raise typer.Exit(run_follow(plan, state, is_asked=follow, strict=strict))
    if is_live(plan):
        raise typer.Exit(run_live(plan, strict=strict))
    raise typer.Exit(_run_logs(plan, jobs, strict=strict, summary=summary))


def _check_no_logs_are_meant(jobs: int | None, *, summary: bool) -> None:
    from toolkit.errors import usage

    if jobs or summary:
        raise usage(f"{'--summary' if summary else '--jobs'} is for logs as they are, and events are still coming here")


def _run_logs(plan: Plan, jobs: int | None, *, strict: bool, summary: bool) -> int:
    """Run the rules over logs, losing no alert; returns the exit status."""
    from toolkit.cli.run_jobs import Scan
    from toolkit.cli.run_report import report, say, status
    from toolkit.engine.statistics import Statistics
    from toolkit.errors import ExitCode, ToolkitError
    from toolkit.events.tally import Tally
    from toolkit.live.termination import TerminatedError, termination_heard
    from toolkit.outputs.outputs import Outputs, make_outputs
    from toolkit.ruleset.files import read_rule_files

    rules = read_rule_files(plan.rules)
    ruleset = plan.load_rules(rules)
    statistics, tally = Statistics(ruleset.rules), Tally()
    scan = Scan(plan, rules, plan.engine(ruleset), statistics, tally, jobs, summary=summary)
    settings, form = plan.configuration.outputs, plan.configuration.form
    outputs = Outputs((), form)
    if not summary:
        outputs = make_outputs(settings, form, plan.hostname, say, lossless=True, flush="-" in plan.inputs)
    begun = perf_counter()
    try:
        with termination_heard():
            scan.run(outputs)
            outputs.close(threading.TIMEOUT_MAX)
    except (BrokenPipeError, KeyboardInterrupt, ToolkitError) as error:
        with suppress(OSError):
            outputs.close(threading.TIMEOUT_MAX if isinstance(error, ToolkitError) else _INTERRUPTED)
        if tally.lines:
            if not (is_gone := isinstance(error, BrokenPipeError)):
                scan.print_summary()
            report(plan, tally, statistics, perf_counter() - begun, to_stdout=not (is_gone or summary))
        if isinstance(error, TerminatedError) and "-" in plan.inputs:
            return ExitCode.GOOD  # standard input of a service: ended by its supervisor, in good order
        raise
    scan.print_summary()
    report(plan, tally, statistics, perf_counter() - begun, to_stdout=not summary)
    return status(tally, outputs, strict=strict)


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command()(run)
