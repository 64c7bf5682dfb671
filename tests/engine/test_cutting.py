"""Logs are cut at line ends, whatever is in them, and nothing of them is left out."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from toolkit.engine import cutting
from toolkit.engine.cutting import Batch, can_be_cut, cut, is_one_shard
from toolkit.engine.shards import Shard
from toolkit.events.files import Input


def as_input(path: Path) -> Input:
    return Input(str(path), path)


@given(
    content=st.lists(st.sampled_from([b"a", b"bb\r", b"\n", b"\n\n", b"c" * 7]), max_size=60).map(b"".join),
    size=st.integers(1, 40),
    block=st.integers(1, 9),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_parts_are_the_file_and_end_where_lines_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes, size: int, block: int
) -> None:
    monkeypatch.setattr(cutting, "_BLOCK", block)
    log = tmp_path / "log"
    log.write_bytes(content)
    parts, at, lines = [], 0, 0
    for batch in cut([as_input(log)], size):
        (shard,) = batch.shards
        end = len(content) if shard.end is None else shard.end
        assert (shard.begin, shard.lines_before) == (at, lines)
        part = content[at:end]
        assert part.endswith(b"\n") or end == len(content)
        assert b"\n" not in part[size - 1 : -1], "a part is no longer than it has to be"
        parts.append(part)
        at, lines = end, lines + part.count(b"\n")
    assert b"".join(parts) == content


def test_small_files_are_read_together_and_compressed_ones_are_not_cut(tmp_path: Path) -> None:
    small = [tmp_path / f"{number}.log" for number in range(5)]
    for log in small:
        log.write_bytes(b"x\n" * 10)
    packed = tmp_path / "packed"
    packed.write_bytes(gzip.compress(bytes(range(256)) * 40, 0))
    batches = list(cut([as_input(path) for path in (*small, packed)], 50))
    assert [len(batch.shards) for batch in batches] == [3, 3]
    assert all((shard.begin, shard.end) == (0, None) for batch in batches for shard in batch.shards)
    assert str(batches[0]) == f"{small[0]} from line 1 and 2 files after it"


def test_a_file_that_is_gone_is_left_to_whoever_reads_it(tmp_path: Path) -> None:
    batches = list(cut([as_input(tmp_path / "gone")], 50))
    assert [shard.path for batch in batches for shard in batch.shards] == [str(tmp_path / "gone")]


def test_what_other_processes_cannot_open_is_not_cut(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_bytes(b"\n")
    assert can_be_cut([as_input(log)])
    assert not can_be_cut([as_input(log), Input("-", None)])
    assert not can_be_cut([as_input(Path("/dev/stdin"))])
    assert not is_one_shard([as_input(log)])
    log.write_bytes(gzip.compress(b""))
    assert is_one_shard([as_input(log)])


def test_the_name_of_a_part() -> None:
    shard = Shard("x.log", 10, 20, 3)
    assert str(Batch((shard,), 10)) == "x.log from line 4 (bytes 10 to 20)"


def test_files_behind_urls_are_not_cut_and_memory_is_of_one_process() -> None:
    url = "https://host/x.log?sign"
    large = Input("https://host/x.log?…", url=url, known_size=10**9)
    unknown = Input("https://host/x.log?…", url=url)
    assert list(cut([large, unknown, unknown], 50)) == [
        Batch((Shard(url),), 10**9),
        Batch((Shard(url),), 0),
        Batch((Shard(url),), 0),
    ]
    assert str(Shard(url)) == "https://host/x.log?… from line 1"
    assert can_be_cut([large])
    assert not can_be_cut([Input("memory://x", url="memory://x")])
    assert is_one_shard([large])
    assert not is_one_shard([large, unknown])
