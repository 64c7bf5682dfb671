"""Runs whose results, and logs, are in memory, on workers that are threads of this process."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import distributed
import pytest
import zstandard
from fsspec.implementations.memory import MemoryFileSystem
from spread_samples import BROKEN, CAPTURED, RULES

from toolkit.engine.shards import ShardResult, Task
from toolkit.engine.summary import Summary
from toolkit.errors import Faults, ToolkitError
from toolkit.events.files import find_inputs
from toolkit.events.tally import Tally
from toolkit.reports.summary import text_summary
from toolkit.ruleset.loader import RuleFile
from toolkit.spread.cluster import quiet
from toolkit.spread.documents import add
from toolkit.spread.plan import RunPlan
from toolkit.spread.run import SpreadRun
from toolkit.storage.folder import Folder

OUT = "memory://results/run"


@pytest.fixture(scope="module")
def scheduler() -> Iterator[str]:
    """The address of a cluster in this process: two workers of two threads each."""
    with (
        quiet(),
        distributed.LocalCluster(
            n_workers=2,
            threads_per_worker=2,
            processes=False,
            protocol="tcp://",
            host="127.0.0.1",
            dashboard_address=None,
            silence_logs=logging.CRITICAL,
        ) as cluster,
    ):
        yield cluster.scheduler_address


@pytest.fixture(autouse=True)
def logs() -> Iterator[str]:
    """A folder in memory with logs: plain ones, one of which is cut, and a compressed one."""
    system = MemoryFileSystem()
    whole = b"".join(path.read_bytes() for path in CAPTURED)
    system.pipe("/logs/a.log", CAPTURED[0].read_bytes())
    system.pipe("/logs/b.log", b"\xef\xbb\xbf" + whole + BROKEN + whole)
    system.pipe("/logs/c.log.zst", zstandard.compress(CAPTURED[1].read_bytes() + BROKEN))
    yield "memory://logs"
    system.rm("/logs", recursive=True)
    if system.exists("/results"):
        system.rm("/results", recursive=True)


def plan_of(url: str, task: Task, size: int = 200_000) -> RunPlan:
    faults = Faults()
    inputs = tuple(find_inputs([url], faults))
    faults.check()
    return RunPlan((RuleFile("rules.yaml", RULES.encode()),), task, inputs, size)


def gone_through(run: SpreadRun) -> tuple[ShardResult, int]:
    """Return what a run comes to, and the bytes that it told of."""
    whole = ShardResult(Counter(), Tally(), summary=Summary())
    told: list[int] = []
    for part, faults in run.results(told.append):
        assert not faults
        add(whole, part.result)
    run.finish({})
    return whole, sum(told)


def alerts() -> bytes:
    folder = Folder(OUT)
    names = [name for name in folder.names() if name.endswith(".zst")]
    return b"".join(zstandard.ZstdDecompressor().decompressobj().decompress(each) for each in folder.read(names))


def run_on(scheduler: str, plan: RunPlan, out: str = OUT) -> SpreadRun:
    return SpreadRun(plan, Folder(out), scheduler, (1, 7), lambda words: pytest.fail(words))


@pytest.mark.parametrize("kind", ["walk", "compiled"])
def test_results_and_logs_in_memory(scheduler: str, logs: str, kind: str) -> None:
    task = Task(engine=kind, rendered=True, matching="all")
    engine, tally = task.make_engine(RULES), Tally()
    engine.begin(1, 7)
    alone = [alert.line(task.form) + b"\n" for alert in engine.run([logs], tally)]
    run = run_on(scheduler, plan_of(logs, task))
    whole, told = gone_through(run)
    assert alerts() == b"".join(alone)
    assert whole.tally.words() == tally.words()
    assert whole.counts == Counter(engine_alert_names(task, logs))
    assert told == sum(found.size for found in plan_of(logs, task).inputs)
    assert run.counts.parts > 10
    assert (run.counts.done_before, run.counts.begun, run.counts.again) == (0, run.counts.parts, 0)
    contents = {name: Folder(OUT).find(name) for name in Folder(OUT).names()}
    Folder(OUT).remove("part-000003.json")
    Folder(OUT).remove("part-000005.jsonl.zst")
    again = run_on(scheduler, plan_of(logs, task))
    assert said(gone_through(again)[0]) == said(whole)
    assert (again.counts.begun, again.counts.done_before) == (2, run.counts.parts - 2)
    assert {name: Folder(OUT).find(name) for name in Folder(OUT).names()} == contents


def engine_alert_names(task: Task, logs: str) -> list[str]:
    return [alert.rule.name for alert in task.make_engine(RULES).run([logs], Tally())]


def said(result: ShardResult) -> tuple[object, ...]:
    return result.counts, result.tally.words()


def test_summaries_have_the_places_of_one_process(scheduler: str, logs: str) -> None:
    task = Task(summary=True, matching="all")
    engine, tally, summary = task.make_engine(RULES), Tally(), Summary()
    for alert in engine.run([logs], tally):
        summary.add(alert)
    run = SpreadRun(plan_of(logs, task), Folder(OUT), scheduler, (0, 0), pytest.fail)
    whole, _ = gone_through(run)
    assert whole.summary
    assert text_summary(whole.summary, engine.rules, whole.tally) == text_summary(summary, engine.rules, tally)
    assert "memory://logs/b.log:" in text_summary(summary, engine.rules, tally)
    assert not [name for name in Folder(OUT).names() if name.endswith(".zst")]


def test_rules_that_do_not_load_on_a_worker_name_it(scheduler: str, logs: str) -> None:
    plan = plan_of(logs, Task())
    faulty = RunPlan((RuleFile("faulty.yaml", b"- {rule: x}"),), plan.task, plan.inputs, plan.shard_size)
    run = SpreadRun(faulty, Folder(OUT), scheduler, (0, 0), pytest.fail)
    with pytest.raises(ToolkitError, match=r"the worker tcp://127.0.0.1:\d+: .*") as raised:
        gone_through(run)
    assert raised.value.exit_code == 3
    assert str(raised.value.faults[0].place).startswith("faulty.yaml")


def test_a_log_that_is_gone_meanwhile_names_the_worker(scheduler: str, tmp_path: Path) -> None:
    log = tmp_path / "x.log"
    log.write_bytes(CAPTURED[0].read_bytes())
    run = SpreadRun(plan_of(str(log), Task()), Folder(OUT), scheduler, (0, 0), pytest.fail)
    log.unlink()
    ((part, faults),) = run.results(lambda _: None)
    assert part.result.tally.lines == 0
    assert str(faults[0]).startswith(f"{log}: cannot be read: No such file or directory (on the worker tcp://127.0.0.1")
    assert Folder(OUT).names() == ["run.json"]
