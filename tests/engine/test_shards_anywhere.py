"""Shards that begin at any byte come to what one process comes to, down to the numbers of lines."""

from __future__ import annotations

import gzip
from collections import Counter
from io import BytesIO
from itertools import pairwise
from pathlib import Path

import pytest
from fsspec.implementations.memory import MemoryFileSystem
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from toolkit.engine import shards
from toolkit.engine.cutting import cut, most_parts, shards_of
from toolkit.engine.shards import Shard, ShardResult, Task, scan_shard
from toolkit.engine.summary import Summary
from toolkit.errors import ToolkitError
from toolkit.events.files import Input
from toolkit.events.tally import Tally
from toolkit.storage import reading

RULES = """
- {rule: a, desc: d, source: k8s_admission, priority: INFO, condition: kar.verb = CREATE, output: "%kar.target.name"}
- {rule: b, desc: d, source: k8s_admission, priority: INFO, condition: kar.verb exists, output: "%kar.user.name"}
"""
LINE = (
    b'{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","request":{"uid":"u","kind":{"group":"","version":'
    b'"v1","kind":"Pod"},"resource":{"group":"","version":"v1","resource":"pods"},"name":"n%d","operation":"%s",'
    b'"userInfo":{"username":"u%d"},"object":null,"oldObject":null},"requestReceivedTimestamp":"2026-01-02T03:04:05.5Z"}'
)
NUMBERS = st.integers(0, 30)
REVIEWS = st.builds(lambda a, verb, b: LINE % (a, verb, b), NUMBERS, st.sampled_from([b"CREATE", b"X"]), NUMBERS)
ODD = st.sampled_from(
    [
        b"",
        b" ",
        b"{broken",
        b"\r",
        b"\xff\xfe",
        b"\xef\xbb\xbf" + LINE % (1, b"CREATE", 1),
        b'{"request":{"uid":"no time","operation":"X"}}',
        b" " * 900 + LINE % (2, b"X", 2),
        b"x" * 1500,
    ]
)
CONTENTS = st.builds(
    lambda mark, lines, end, last: (mark + end.join(lines) + last).removeprefix(b"\x1f\x8b"),
    st.sampled_from([b"", b"", b"\xef\xbb\xbf"]),
    st.lists(st.one_of(REVIEWS, ODD, st.binary(max_size=6)), max_size=14),
    st.sampled_from([b"\n", b"\r\n"]),
    st.sampled_from([b"", b"\n", b"\r\n\n"]),
)


def cuts(content: bytes) -> st.SearchStrategy[list[int]]:
    return st.lists(st.integers(0, max(1, len(content))), max_size=12, unique=True).map(sorted)


CUT = CONTENTS.flatmap(lambda content: st.tuples(st.just(content), cuts(content)))


def joined(results: list[ShardResult]) -> ShardResult:
    """Put the results of one file's shards together as their order and lengths say."""
    counts, tally, summary = Counter[str](), Tally(), Summary()
    before = 0
    for number, result in enumerate(results):
        placed = result.placed(before) if number else result
        counts.update(placed.counts)
        tally.add(placed.tally)
        if placed.summary:
            summary.merge(placed.summary)
        before += result.length or 0
    return ShardResult(counts, tally, summary=summary)


def said(result: ShardResult) -> tuple[object, ...]:
    """Return all that people are told of a result."""
    rules = {
        name: (
            found.alerts,
            [(each.count, each.is_exact) for each in (found.users, found.namespaces, found.objects)],
            (found.first_ns, found.last_ns),
            [(str(example.place), example.line) for example in found.examples],
        )
        for name, found in (result.summary or Summary()).rules.items()
    }
    return result.counts, result.tally.words(), result.tally.exit_code(), rules


@given(
    CUT,
    st.sampled_from(["walk", "compiled"]),
    st.sampled_from(["corrected", "published"]),
    st.sampled_from([None, 700]),
)
@settings(max_examples=250, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_any_content_cut_anywhere(
    tmp_path: Path, cut: tuple[bytes, list[int]], kind: str, plugin: str, most: int | None
) -> None:
    content, at = cut
    log = tmp_path / "any.log"
    log.write_bytes(content)
    task = Task(plugin=plugin, engine=kind, matching="all", rendered=True, summary=True, max_bytes=most)
    whole = scan_shard(RULES, Shard(str(log)), task)
    edges = [0, *(edge for edge in at if edge), max(len(content), *at, 1)]
    cut_shards = [Shard(str(log), begin, end, None if begin else 0) for begin, end in pairwise(edges) if begin < end]
    results = [scan_shard(RULES, shard, task) for shard in cut_shards]
    assert [line for result in results for line in result.alerts] == list(whole.alerts)
    assert said(joined(results)) == said(whole)
    assert sum(result.length or 0 for result in results) == len(content.removesuffix(b"\n").split(b"\n")) - (
        not content
    )


def test_a_part_whose_place_nobody_knows_names_the_file_only(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_bytes(b"{broken\n" * 3 + LINE % (1, b"CREATE", 1))
    task = Task(summary=True)
    found = scan_shard(RULES, Shard(str(log), 3, 30, None, named="called"), task)
    assert found.tally.words()[0].startswith("called:2: not JSON")
    assert found.placed(1).tally.words()[0].startswith("called:2: not JSON")
    assert found.placed(11).tally.words()[0].startswith("called:12: not JSON")
    placed = found.placed(None)
    assert placed.tally.words()[0].startswith("called: not JSON")
    assert placed.summary
    assert [str(each.place) for each in placed.summary.rules["a"].examples] == ["called"]


def test_a_line_over_many_shards_is_not_read_by_each_to_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Counted(BytesIO):
        read_of_it = 0

        def readline(self, size: int | None = -1, /) -> bytes:
            found = super().readline(size)
            Counted.read_of_it += len(found)
            return found

    log = tmp_path / "long.log"
    log.write_bytes(LINE % (1, b"CREATE", 1) + b" " * 2**20 + b"\n" + LINE % (2, b"CREATE", 2))

    def opened(shard: Shard) -> Counted:
        stream = Counted(log.read_bytes())
        stream.seek(max(0, shard.begin - 1))
        return stream

    monkeypatch.setattr(shards, "_opened", opened)
    results = [scan_shard(RULES, shard, Task()) for shard in shards_of([log], 2**15)]
    assert sum(result.counts["a"] for result in results) == 2
    assert [number for number, result in enumerate(results) if result.length != 0] == [0, 32]
    assert Counted.read_of_it < 2 * log.stat().st_size


def test_logs_are_cut_by_their_sizes_and_small_ones_go_together(tmp_path: Path) -> None:
    sizes = {"a": 10, "b": 10, "c": 95, "d": 10, "e": 30, "f": 20}
    for name, size in sizes.items():
        (tmp_path / name).write_bytes(b"x" * size)
    (tmp_path / "g").write_bytes(gzip.compress(bytes(range(256))))
    inputs = [Input(str(tmp_path / name), tmp_path / name) for name in "abcdefg"]
    batches = list(cut(inputs, 40, 1, 7))
    found = [[(Path(each.path).name, each.begin, each.end, each.lines_before) for each in b.shards] for b in batches]
    assert found == [
        [("a", 0, None, 0), ("b", 0, None, 0)],
        [("c", 0, 40, 0)],
        [("c", 40, 80, None)],
        [("c", 80, None, None)],
        [("d", 0, None, 0), ("e", 0, None, 0)],
        [("f", 0, None, 0)],
        [("g", 0, None, 0)],
    ]
    assert [batch.size for batch in batches[:6]] == [20, 40, 40, 15, 40, 20]
    assert {(each.events_before, each.first_time_ns) for batch in batches for each in batch.shards} == {(1, 7)}
    assert len(batches) <= most_parts(inputs, 40)
    assert str(batches[2]) == f"{tmp_path}/c, bytes 40 to 80"


def test_shards_of_logs_that_are_not_there(tmp_path: Path) -> None:
    with pytest.raises(ToolkitError, match="no such file or folder") as raised:
        shards_of([tmp_path / "gone", tmp_path / "too"], 10)
    assert len(raised.value.faults) == 2


@given(CUT)
@settings(max_examples=40, deadline=None)
def test_a_log_behind_a_url_is_read_from_anywhere(cut: tuple[bytes, list[int]]) -> None:
    content, at = cut
    MemoryFileSystem.store.clear()
    MemoryFileSystem().pipe("/any.log", content)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reading, "BLOCK", 300)
        patch.setattr(reading, "_LINE", 50)
        whole = scan_shard(RULES, Shard("memory://any.log"), Task(rendered=True))
        edges = [0, *(edge for edge in at if edge), max(len(content), *at, 1)]
        parts = [
            Shard("memory://any.log", *pair, None if pair[0] else 0) for pair in pairwise(edges) if pair[1] > pair[0]
        ]
        results = [scan_shard(RULES, part, Task(rendered=True)) for part in parts]
    assert [line for result in results for line in result.alerts] == list(whole.alerts)
    assert said(joined(results)) == said(whole)


def test_of_a_shard_behind_a_url_little_more_is_fetched(monkeypatch: pytest.MonkeyPatch) -> None:
    MemoryFileSystem.store.clear()
    line = LINE % (1, b"CREATE", 1) + b"\n"
    MemoryFileSystem().pipe("/large.log", line * 1000)
    monkeypatch.setattr(reading, "BLOCK", 10 * len(line))
    monkeypatch.setattr(reading, "_LINE", len(line))
    fetched = 0
    real = MemoryFileSystem.cat_file

    def counted(self: MemoryFileSystem, path: str, start: int, end: int) -> bytes:
        nonlocal fetched
        fetched += end - start
        return bytes(real(self, path, start, end))

    monkeypatch.setattr(MemoryFileSystem, "cat_file", counted)
    result = scan_shard(RULES, Shard("memory://large.log", 100 * len(line), 200 * len(line), None), Task())
    assert result.length == 100
    assert fetched <= 102 * len(line)
