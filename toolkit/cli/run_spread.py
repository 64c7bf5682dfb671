"""`toolkit run --on`: logs over the workers of a cluster, with the alerts in a folder."""

from __future__ import annotations

from collections import Counter
from contextlib import closing
from dataclasses import dataclass, replace
from time import perf_counter
from typing import TYPE_CHECKING

from toolkit.cli.options import On
from toolkit.cli.run_report import print_summary, report, say
from toolkit.cli.run_task import events_before, task_of

if TYPE_CHECKING:
    from toolkit.cli.run_plan import Plan
    from toolkit.engine.run import Engine
    from toolkit.errors import Faults
    from toolkit.events.files import Input
    from toolkit.ruleset.loader import RuleFile
    from toolkit.spread.run import SpreadRun


@dataclass(frozen=True, slots=True)
class Spread:
    """The flags of a run that is spread; None is a flag that was not given."""

    on: On | None = None
    scheduler: str | None = None
    out: str | None = None

    def check(self, jobs: int | None, output: str | None, *, is_followed: bool, summary: bool) -> None:
        """Raise ToolkitError (exit 2) for flags that do not go together."""
        from toolkit.errors import usage
        from toolkit.storage.urls import scheme_of

        if self.on is None:
            for flag, value in {"--scheduler": self.scheduler, "--out": self.out}.items():
                if value is not None:
                    raise usage(f"{flag} is given without --on", hint=f"{flag} is for --on dask")
            return
        on = f"--on {self.on.value}"
        if self.out is None:
            raise usage(f"{on} is given without --out", hint="--out names the folder or URL that alerts go to")
        if scheme_of(self.out) == "memory":
            raise usage("memory:// is of one process alone, and workers are others", hint="name a folder or a store")
        if is_followed:
            raise usage(f"{on} and --follow do not go together", hint="workers go through logs that are there")
        if jobs is not None:
            raise usage(f"{on} and --jobs do not go together", hint="the cluster says how many workers there are")
        if output is not None and output.lower() == "text" and not summary:
            raise usage(f"{on} writes alerts as JSON, and --output says text", hint="leave --output out")


def run_spread(plan: Plan, spread: Spread, *, strict: bool, summary: bool) -> int:
    """Have workers run the rules over logs; report, whatever happens; return the exit status.

    Raises ToolkitError: exit 2 for rules, logs and folders that do not go with it, exit 3 with what could not be read,
    exit 4 where the cluster or the folder fails.
    """
    from toolkit.errors import Faults, ToolkitError
    from toolkit.live.termination import termination_heard
    from toolkit.ruleset.files import read_rule_files

    assert spread.out is not None
    faults = Faults()
    rules = read_rule_files(plan.rules)
    engine = plan.engine(plan.load_rules(rules))
    inputs = _inputs(plan, engine, faults)
    if not summary:
        _say_what_is_not_used(plan, spread.out)
    with termination_heard():
        run = _prepared(plan, rules, engine, inputs, spread, is_summed_up=summary)
        try:
            run.go(faults)
        except (KeyboardInterrupt, ToolkitError):
            if run.has_come_to_something:
                run.report(spread.out)
            raise
        if not faults:
            run.finish()
        run.report(spread.out)
        faults.check()
    return run.status(strict=strict)


def _prepared(
    plan: Plan, rules: list[RuleFile], engine: Engine, inputs: list[Input], spread: Spread, *, is_summed_up: bool
) -> _Run:
    from toolkit.engine.cutting import total_size
    from toolkit.spread.cluster import check_installed
    from toolkit.spread.plan import RunPlan, shard_size
    from toolkit.spread.run import SpreadRun
    from toolkit.spread.scheduler import check_address
    from toolkit.storage.folder import Folder

    check_installed()
    scheduler = None if spread.scheduler is None else check_address(spread.scheduler)
    total = total_size(inputs)
    task = task_of(plan, is_summed_up=is_summed_up)
    task = replace(task, form=replace(task.form, json=True))
    found = RunPlan(tuple(rules), task, tuple(inputs), shard_size(total))
    before = events_before(plan, engine, inputs)
    run = SpreadRun(found, Folder(spread.out or ""), scheduler, before, lambda words: say(words, "note"))
    return _Run(plan, engine, run, total, is_summed_up=is_summed_up)


def _inputs(plan: Plan, engine: Engine, faults: Faults) -> list[Input]:
    """Return the logs. Raises ToolkitError: exit 2 where workers cannot read them by themselves, exit 3 for none."""
    from toolkit.cli.live import is_live
    from toolkit.engine.cutting import can_be_shared
    from toolkit.engine.whole_run import counts_events
    from toolkit.errors import usage
    from toolkit.events.files import find_inputs

    if is_live(plan):
        raise usage(f"--on is for logs as they are, and events are posted to {plan.inputs[0]}")
    inputs = find_inputs(plan.inputs, faults)
    if not inputs:
        faults.check()
    if not can_be_shared(inputs):
        raise usage(
            "--on takes logs that every worker can open: no standard input, no pipe",
            hint="name files, folders or patterns of them",
        )
    if rule := counts_events(engine):
        raise usage(
            f"the rule {rule!r} names evt.num, which counts all events before, and no worker has read those",
            hint="take evt.num out of the rule, or leave --on out",
        )
    return inputs


def _say_what_is_not_used(plan: Plan, out: str) -> None:
    settings = plan.configuration.outputs
    used = {
        "stdout_output": settings.stdout,
        "file_output": settings.file,
        "program_output": settings.program,
        "http_output": settings.http,
        "syslog_output": settings.syslog,
    }
    names = [name for name, is_on in used.items() if is_on]
    if plan.is_configured and names:
        say(f"alerts go to {out}, not to {', '.join(names)} of the configuration", "note")


class _Run:
    """A run over a cluster, and what it came to so far."""

    def __init__(self, plan: Plan, engine: Engine, spread: SpreadRun, total: int, *, is_summed_up: bool) -> None:
        from toolkit.engine.shards import ShardResult
        from toolkit.engine.statistics import Statistics
        from toolkit.engine.summary import Summary
        from toolkit.events.tally import Tally

        self._plan = plan
        self._engine = engine
        self._spread = spread
        self._total = total
        self._whole = ShardResult(Counter(), Tally(), summary=Summary() if is_summed_up else None)
        self._statistics = Statistics(engine.rules)
        self._begun = perf_counter()

    def go(self, faults: Faults) -> None:
        """Have everything done, and add to `faults` what could not be read. Raises ToolkitError, KeyboardInterrupt."""
        from toolkit.cli.run_progress import ReadProgress
        from toolkit.spread.documents import add

        with (
            ReadProgress(self._total, has_free_stdout=True) as progress,
            closing(self._spread.results(progress.advance)) as results,
        ):
            for part, unread in results:
                add(self._whole, part.result)
                for fault in unread:
                    faults.add(fault.message, fault.place, hint=fault.hint)

    def finish(self) -> None:
        """Write the total: everything was read."""
        tally, counts = self._whole.tally, self._whole.counts
        self._spread.finish(
            {
                "bytes": self._total,
                "events": tally.reviews,
                "broken_lines": tally.broken,
                "alerts": {rule.name: counts[rule.name] for rule in self._engine.rules if counts[rule.name]},
            }
        )

    def report(self, out: str) -> None:
        """Print the summary, where one is wanted, and say what the run came to."""
        whole, counts = self._whole, self._spread.counts
        for rule in self._engine.rules:
            self._statistics.count(rule, whole.counts[rule.name])
        print_summary(self._plan, whole.summary, self._engine.rules, whole.tally)
        seconds = perf_counter() - self._begun
        if again := counts.again:
            say(f"{again} of {counts.parts} parts were begun again, as their worker was lost", "note")
        if counts.done_before:
            say(f"{counts.done_before} of {counts.parts} parts in {out} were done before", "note")
        report(self._plan, whole.tally, self._statistics, seconds, to_stdout=whole.summary is None)

    def status(self, *, strict: bool) -> int:
        """Return the exit status."""
        return self._whole.tally.exit_code(strict=strict)

    @property
    def has_come_to_something(self) -> bool:
        """Whether there is something to report of a run that was ended."""
        return self._whole.tally.lines > 0
