"""Several processes come to what one comes to: the same bytes in the same order, the same counts, the same words."""

from __future__ import annotations

import multiprocessing
import os
import sys
import threading
import time
from collections.abc import Generator, Iterator
from contextlib import closing
from pathlib import Path

import pytest
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from toolkit.engine import pool, spool
from toolkit.engine.cutting import Batch, cut
from toolkit.engine.numbering import Numbering
from toolkit.engine.pool import scan_batches
from toolkit.engine.shards import Shard, ShardResult, Task, keep_loaded, scan_shard
from toolkit.engine.spool import Block, Spool
from toolkit.engine.whole_run import counts_events, counts_time
from toolkit.errors import ToolkitError
from toolkit.events.files import Input
from toolkit.events.reader import read_reviews
from toolkit.events.review import Review
from toolkit.events.tally import Tally

RULES = """
- macro: never
  condition: (evt.num = 0)
- {rule: a, desc: d, source: k8s_admission, priority: INFO, output: "%kar.target.name %evt.reltime %evt.time",
   condition: kar.verb = CREATE and not never}
- {rule: b, desc: d, source: k8s_admission, priority: INFO, condition: kar.verb exists, output: "%kar.target.name"}
"""
LINE = (
    b'{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","request":{"uid":"u","kind":{"group":"","version":'
    b'"v1","kind":"Pod"},"resource":{"group":"","version":"v1","resource":"pods"},"name":"n%d","operation":"%s",'
    b'"object":null,"oldObject":null},"requestReceivedTimestamp":"2026-01-02T03:04:%02d.5Z"}'
)
Results = Generator[tuple[Batch, list[ShardResult]], None, None]
SECONDS = st.integers(0, 59)
LINES = st.one_of(
    st.builds(
        lambda number, verb, second: LINE % (number, verb, second), SECONDS, st.sampled_from([b"CREATE", b"X"]), SECONDS
    ),
    st.sampled_from(
        [
            b"",
            b" ",
            b"{broken",
            b"null",
            b"\xff\xfe",
            b'{"request":{}}',
            b'{"a": "\xc3"}',
            b'{"request":{"uid":"no time","operation":"X"}}',
            b"\x1f\x8b",
        ]
    ),
    st.binary(max_size=12),
)
CONTENTS = st.builds(
    lambda start, lines, end: start + end.join(lines),
    st.sampled_from([b"", b"\xef\xbb\xbf"]),
    st.lists(LINES, max_size=25),
    st.sampled_from([b"\n", b"\r\n"]),
)
SEVERAL = st.lists(CONTENTS, min_size=1, max_size=3)


def written(folder: Path, contents: list[bytes]) -> list[Input]:
    """Write files, which do not begin as compressed ones do, and return them."""
    paths = [folder / f"{number}.log" for number in range(len(contents))]
    for path, content in zip(paths, contents, strict=True):
        path.write_bytes(content.removeprefix(b"\x1f\x8b"))
    return [Input(str(path), path) for path in paths]


def in_one(inputs: list[Input], task: Task) -> tuple[list[bytes], list[str], int]:
    """Return alerts, words about lines, and the first event's time, from an engine that reads everything itself."""
    tally = Tally()
    engine = task.make_engine(RULES)
    alerts = list(engine.run([found.name for found in inputs], tally, published=task.plugin == "published"))
    reviews = read_reviews([found.name for found in inputs], published=task.plugin == "published")
    first = next((review.time_ns for review in reviews if isinstance(review, Review)), 0)
    return [alert.line(task.form) for alert in alerts], [*tally.words(), tally.exit_code().name], first


@given(SEVERAL, st.integers(1, 700), st.sampled_from(["walk", "compiled"]), st.sampled_from(["corrected", "published"]))
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_any_content_in_shards_of_any_size(
    tmp_path: Path, contents: list[bytes], size: int, kind: str, plugin: str
) -> None:
    inputs, task = written(tmp_path, contents), Task(engine=kind, plugin=plugin, rendered=True, matching="all")
    lines, words, first = in_one(inputs, task)
    tally, numbering = Tally(), Numbering()
    alerts: list[bytes] = []
    for batch in cut(inputs, size, 1, first):
        for shard in batch.shards:
            found = numbering.placed(shard, scan_shard(RULES, shard, task))
            tally.add(found.tally)
            alerts += found.alerts
    assert alerts == lines
    assert [*tally.words(), tally.exit_code().name] == words


@given(SEVERAL, st.integers(2, 4), st.integers(1, 700), st.booleans())
@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_any_content_over_any_number_of_processes(
    tmp_path: Path, contents: list[bytes], jobs: int, size: int, in_blocks: bool
) -> None:
    inputs, task = written(tmp_path, contents), Task(rendered=True, in_blocks=in_blocks, matching="all")
    lines, words, first = in_one(inputs, task)
    keep_loaded(RULES, task, task.make_engine(RULES))
    tally = Tally()
    alerts: list[bytes] = []
    with closing(scan_batches(RULES, cut(inputs, size, 1, first), task, jobs)) as results:
        for _, found in results:
            for each in found:
                tally.add(each.tally)
                alerts += b"".join(each.block).splitlines() if in_blocks else each.alerts
    assert alerts == lines
    assert [*tally.words(), tally.exit_code().name] == words


@pytest.mark.parametrize("threads", [1, 2])
def test_what_stands_before_an_error_is_had(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, threads: int) -> None:
    monkeypatch.setattr(threading, "active_count", lambda: threads)
    inputs = written(tmp_path, [LINE % (1, b"CREATE", 1), LINE % (2, b"CREATE", 1)])
    packed = tmp_path / "packed"
    packed.write_bytes(zstandard.compress(b"{}"))
    (tmp_path / "path").mkdir()
    (tmp_path / "path" / "zstandard.py").write_text("raise ImportError")  # for processes that are spawned too
    monkeypatch.syspath_prepend(tmp_path / "path")
    monkeypatch.delitem(sys.modules, "zstandard")
    batches = cut([*inputs, Input(str(packed), packed)], 10**6)
    with closing(scan_batches(RULES, batches, Task(rendered=True), 2)) as results:
        _, found = next(results)
        alerts = [line for each in found for line in each.alerts]
        with pytest.raises(ToolkitError, match="the package zstandard is not installed") as raised:
            next(results)
    assert raised.value.exit_code == 4
    assert len(alerts) == 2


def test_no_more_is_read_ahead_than_some_batches(tmp_path: Path) -> None:
    inputs = written(tmp_path, [b"\n".join(LINE % (number, b"CREATE", 1) for number in range(60))])
    taken = 0

    def counted() -> object:
        nonlocal taken
        for batch in cut(inputs, 1):
            taken += 1
            yield batch

    with closing(scan_batches(RULES, counted(), Task(rendered=True), 2)) as results:  # type: ignore[arg-type]
        next(results)
        assert taken == 2 * pool.AHEAD


@pytest.fixture
def long_answers(tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Results]:
    """Results of batches, the first of which was taken; processes wait with others, longer than a connection holds."""
    monkeypatch.setattr(threading, "active_count", lambda: request.param)
    many = b"\n".join(LINE % (number % 60, b"CREATE", 1) for number in range(3000))
    inputs = written(tmp_path, [many] * 12)
    with closing(scan_batches(RULES, cut(inputs, len(many)), Task(rendered=True, in_blocks=True), 3)) as results:
        _, (found,) = next(results)
        assert len(b"".join(found.block)) > 2**19
        time.sleep(1)
        yield results


forked_or_not = pytest.mark.parametrize("long_answers", [1, 2], indirect=True, ids=["forked", "started anew"])


@forked_or_not
def test_processes_are_ended_in_the_middle_of_a_long_answer(long_answers: Results) -> None:
    assert len(multiprocessing.active_children()) == 3
    long_answers.close()
    assert not multiprocessing.active_children()


@forked_or_not
def test_a_process_that_is_killed_in_the_middle_of_a_long_answer_is_named(long_answers: Results) -> None:
    for process in multiprocessing.active_children():
        process.kill()
    with pytest.raises(
        ToolkitError, match=r"a process of this run was killed by SIGKILL while it read .+\.log"
    ) as raised:
        list(long_answers)
    assert raised.value.exit_code == 4


def test_many_alerts_wait_in_a_file_that_goes_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spool, "IN_MEMORY", 100)
    waiting = Spool(str(tmp_path))
    put = [(number, b"line %d\n" % number) for number in range(50)]
    for number, line in put:
        waiting.put(number, line)
    waiting.close()
    assert len(list(tmp_path.iterdir())) == 1
    assert list(waiting) == put
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(("count", "files"), [(50, 1), (5, 0), (0, 0)])
def test_a_block_holds_lines_as_they_are_printed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, count: int, files: int
) -> None:
    monkeypatch.setattr(spool, "IN_MEMORY", 100)
    waiting = Block(str(tmp_path))
    for number in range(count):
        waiting.put(number, b"line %d" % number)
    waiting.close()
    assert len(list(tmp_path.iterdir())) == files
    assert b"".join(waiting) == b"".join(b"line %d\n" % number for number in range(count))
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("kind", ["walk", "compiled"])
def test_a_shard_that_is_a_run_by_itself_begins_anew(tmp_path: Path, kind: str) -> None:
    early, late = written(tmp_path, [LINE % (1, b"CREATE", 1), b"\n".join(LINE % (1, b"CREATE", 4) for _ in range(2))])
    task = Task(engine=kind, rendered=True)
    for log in (late, early, late, late):
        for alert in scan_shard(RULES, Shard(log.name), task).alerts:
            assert b'"evt.reltime":0' in alert


def test_rules_that_do_not_load_and_files_that_are_gone(tmp_path: Path) -> None:
    (log,) = written(tmp_path, [LINE % (1, b"CREATE", 1)])
    with (
        closing(scan_batches("- {rule: x}", cut([log], 1), Task(), 2)) as results,
        pytest.raises(ToolkitError, match="rules") as raised,
    ):
        list(results)
    assert raised.value.exit_code == 3
    assert scan_shard(RULES, Shard(str(tmp_path / "gone"))).fault == os.strerror(2)


@pytest.mark.parametrize(
    ("condition", "output", "counts", "times"),
    [
        ("evt.num >= 0", "x", False, False),
        ("not evt.num = 0 and evt.num exists", "x", False, False),
        ("evt.num > 3", "x", True, False),
        ("evt.num in (0, 1)", "x", True, False),
        ("evt.num = val(evt.num)", "x", True, False),
        ("evt.reltime > 3", "x", False, True),
        ("kar.uid exists", "%evt.num", True, False),
        ("kar.uid exists", "%evt.reltime.s", False, True),
    ],
)
def test_rules_that_look_at_the_whole_run(condition: str, output: str, counts: bool, times: bool) -> None:
    rules = f"""
- {{rule: r, desc: d, source: k8s_admission, priority: INFO, condition: "{condition}", output: "{output}"}}
"""
    engine = Task().make_engine(rules)
    assert (counts_events(engine), counts_time(engine)) == ("r" if counts else None, times)
