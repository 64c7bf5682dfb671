"""Logs are cut by their sizes, and nothing of them is left out."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from toolkit.engine.cutting import Batch, can_be_shared, cut, is_one_shard
from toolkit.engine.shards import Shard, scan_shard
from toolkit.events.files import Input


def as_input(path: Path) -> Input:
    return Input(str(path), path)


@pytest.mark.parametrize("size", [1, 7, 59, 60])
def test_a_large_file_is_cut_wherever_that_is(tmp_path: Path, size: int) -> None:
    log = tmp_path / "log"
    log.write_bytes(b"abcdefghi\n" * 6)
    shards = [shard for batch in cut([as_input(log)], size) for shard in batch.shards]
    ends = [60 if shard.end is None else shard.end for shard in shards]
    assert [shard.begin for shard in shards] == [0, *ends[:-1]]
    assert ends[-1] == 60
    assert all(end - shard.begin == size for shard, end in zip(shards[:-1], ends[:-1], strict=True))
    assert [shard.lines_before for shard in shards] == [0, *[None] * (len(shards) - 1)]


def test_what_is_written_meanwhile_is_read_too(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_bytes(b"{}\n" * 20)
    shards = [shard for batch in cut([as_input(log)], 25) for shard in batch.shards]
    with log.open("ab") as stream:
        stream.write(b"{}\n" * 5)
    assert [scan_shard("[]", shard).tally.broken for shard in shards] == [9, 8, 8]
    assert str(shards[-1]) == f"{log} from byte 50"


def test_small_files_are_read_together_and_compressed_ones_are_not_cut(tmp_path: Path) -> None:
    small = [tmp_path / f"{number}.log" for number in range(5)]
    for log in small:
        log.write_bytes(b"x\n" * 10)
    packed = tmp_path / "packed"
    packed.write_bytes(gzip.compress(bytes(range(256)) * 40, 0))
    batches = list(cut([as_input(path) for path in (*small, packed)], 50))
    assert [len(batch.shards) for batch in batches] == [2, 2, 1, 1]
    assert all((shard.begin, shard.end) == (0, None) for batch in batches for shard in batch.shards)
    assert str(batches[0]) == f"{small[0]} from line 1 and 1 files after it"


def test_a_file_that_is_gone_is_left_to_whoever_reads_it(tmp_path: Path) -> None:
    batches = list(cut([as_input(tmp_path / "gone")], 50))
    assert [shard.path for batch in batches for shard in batch.shards] == [str(tmp_path / "gone")]


def test_what_other_processes_cannot_open_is_not_cut(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_bytes(b"\n")
    assert can_be_shared([as_input(log)])
    assert not can_be_shared([as_input(log), Input("-", None)])
    assert not can_be_shared([as_input(Path("/dev/stdin"))])
    assert not is_one_shard([as_input(log)])
    log.write_bytes(gzip.compress(b""))
    assert is_one_shard([as_input(log)])


def test_the_name_of_a_part() -> None:
    shard = Shard("x.log", 10, 20, 3)
    assert str(Batch((shard,), 10)) == "x.log from line 4 (bytes 10 to 20)"


def test_files_behind_urls_of_unknown_size_are_not_cut_and_memory_is_of_one_process() -> None:
    url = "https://host/x.log?sign"
    unknown = Input("https://host/x.log?…", url=url)
    assert list(cut([unknown, unknown], 50)) == [Batch((Shard(url),), 50), Batch((Shard(url),), 50)]
    assert str(Shard(url)) == "https://host/x.log?… from line 1"
    assert can_be_shared([unknown])
    assert not can_be_shared([Input("memory://x", url="memory://x")])
    assert is_one_shard([unknown])
    assert not is_one_shard([unknown, unknown])
