"""How `toolkit run` goes through logs: in this process, or in several, and what becomes of the alerts."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from typing import TYPE_CHECKING

import typer

from toolkit.cli.options import Plugin
from toolkit.cli.run_report import print_summary
from toolkit.cli.run_task import events_before, task_of

if TYPE_CHECKING:
    from toolkit.cli.run_plan import Plan
    from toolkit.cli.run_progress import ReadProgress
    from toolkit.engine.run import Engine
    from toolkit.engine.shards import ShardResult
    from toolkit.engine.statistics import Statistics
    from toolkit.events.files import Input
    from toolkit.events.tally import Tally
    from toolkit.outputs.outputs import Outputs
    from toolkit.ruleset.loader import RuleFile

LARGE = 32 * 2**20
"""Logs of so many bytes are worth more than one process."""
_SHARD_SIZES = 2**16, 2**23
"""The least and the most bytes of a shard."""
_SHARDS_A_PROCESS = 8


class Scan:
    """A run over logs; counts alerts in `statistics` and lines in `tally`, as far as they were passed on."""

    def __init__(
        self,
        plan: Plan,
        rules: Sequence[RuleFile],
        engine: Engine,
        statistics: Statistics,
        tally: Tally,
        jobs: int | None,
        *,
        summary: bool,
    ) -> None:
        from toolkit.engine.summary import Summary
        from toolkit.errors import Faults

        self._plan = plan
        self._rules = rules
        self._engine = engine
        self._statistics = statistics
        self._tally = tally
        self._wanted = jobs
        self._summary = Summary() if summary else None
        self._faults = Faults()
        self._inputs: list[Input] = []

    def run(self, outputs: Outputs) -> None:
        """Give all alerts to the outputs, in reading order. Raises ToolkitError with what could not be read."""
        from toolkit.cli.run_progress import ReadProgress
        from toolkit.engine.cutting import total_size
        from toolkit.events.files import find_inputs

        self._inputs = find_inputs(self._plan.inputs, self._faults)
        size = total_size(self._inputs)
        jobs = min(self._jobs(self._inputs), len(self._inputs) + size // _SHARD_SIZES[0])
        with ReadProgress(size if size >= LARGE else 0, has_free_stdout=self._summary is not None) as progress:
            if jobs > 1:
                self._run_shards(outputs, jobs, size, progress)
            else:
                self._run_here(outputs, progress)

    def print_summary(self) -> None:
        """Write the summary as text or JSON to standard output, where one was asked for. Raises OSError."""
        print_summary(self._plan, self._summary, self._engine.rules, self._tally)

    def _jobs(self, inputs: Sequence[Input]) -> int:
        from toolkit.engine.cutting import can_be_shared, is_one_shard, total_size
        from toolkit.engine.whole_run import counts_events

        if self._wanted == 1 or not can_be_shared(inputs):
            return 1
        if self._wanted is None and (total_size(inputs) < LARGE or self._has_slow_output()):
            return 1
        if is_one_shard(inputs):  # asks a server, where the one log is behind a URL
            return 1
        if rule := counts_events(self._engine):
            typer.echo(f"note: one process: the rule {rule!r} names evt.num, which counts all events before", err=True)
            return 1
        return self._wanted or _cores()

    def _has_slow_output(self) -> bool:
        """Return whether alerts go where each takes its time, so that faster reading gains little."""
        outputs = self._plan.configuration.outputs
        return self._summary is None and bool(outputs.http or outputs.program or outputs.syslog)

    def _run_here(self, outputs: Outputs, progress: ReadProgress) -> None:
        is_published = self._plan.plugin is Plugin.PUBLISHED
        watch, max_bytes = progress.watch, self._plan.max_bytes
        for alert in self._engine.run(
            self._inputs, self._tally, published=is_published, max_bytes=max_bytes, watch=watch, faults=self._faults
        ):
            self._statistics.count(alert.rule)
            if self._summary:
                self._summary.add(alert)
            else:
                outputs.put(alert)

    def _run_shards(self, outputs: Outputs, jobs: int, size: int, progress: ReadProgress) -> None:
        from toolkit.engine.cutting import cut
        from toolkit.engine.pool import scan_batches
        from toolkit.engine.shards import keep_loaded
        from toolkit.places import Place

        task = task_of(self._plan, is_summed_up=self._summary is not None, in_blocks=outputs.takes_blocks)
        keep_loaded(self._rules, task, self._engine)
        least, most = _SHARD_SIZES
        shard_size = max(least, min(most, size // (jobs * _SHARDS_A_PROCESS)))
        batches = cut(self._inputs, shard_size, *events_before(self._plan, self._engine, self._inputs))
        with closing(scan_batches(self._rules, batches, task, jobs)) as results:
            for batch, found in results:
                for shard, result in zip(batch.shards, found, strict=False):
                    self._take(result, outputs)
                    if result.fault:
                        self._faults.add(f"cannot be read: {result.fault}", Place(shard.name))
                progress.advance(batch.size)
        self._faults.check()

    def _take(self, result: ShardResult, outputs: Outputs) -> None:
        from toolkit.outputs.channel import Line

        rules = self._engine.rules
        self._tally.add(result.tally)
        if self._summary and result.summary:
            self._summary.merge(result.summary)
        if outputs.takes_blocks:
            outputs.put_block(result.block, result.counts.total())
            for rule in rules:
                self._statistics.count(rule, result.counts[rule.name])
        for number, line in result.lines:
            self._statistics.count(rules[number])
            outputs.put_line(Line(line, rules[number].priority))


def _cores() -> int:
    from toolkit.engine.pool import cores  # brings what processes need

    return cores()
