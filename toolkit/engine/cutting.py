"""Logs cut into shards as they are needed: at line ends, by reading, or at any byte, by their sizes alone."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO

from toolkit.engine.shards import Shard
from toolkit.errors import Faults
from toolkit.events.files import Input, find_inputs, is_compressed

_BLOCK = 2**18
_MOST = 256
"""So many small files are gone through together."""
_Part = tuple[int, int | None, int, int]
"""Where a part begins and ends, the lines before it, and its bytes."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Shards that one process goes through one after the other, and how many bytes of files they are."""

    shards: tuple[Shard, ...]
    size: int

    def __str__(self) -> str:
        """Name the shards for people."""
        more = f" and {len(self.shards) - 1} files after it" if len(self.shards) > 1 else ""
        return f"{self.shards[0]}{more}"


def can_be_cut(inputs: Sequence[Input]) -> bool:
    """Return whether all are files that any process can open by name: no standard input, pipe or descriptor."""
    return all(found.path and found.path.is_file() and not _is_of_this_process(found.path) for found in inputs)


def is_one_shard(inputs: Sequence[Input]) -> bool:
    """Return whether there is no more than one file, and it is compressed."""
    if len(inputs) != 1 or inputs[0].path is None:
        return not inputs
    return _is_compressed(inputs[0])


def total_size(inputs: Sequence[Input]) -> int:
    """Return how many bytes the files are together."""
    return sum(size_of(found) for found in inputs)


def cut(inputs: Sequence[Input], size: int, events_before: int = 0, first_time_ns: int = 0) -> Iterator[Batch]:
    """Yield the files in shards of at least `size` bytes up to the next line end, small files together.

    Files that cannot be read are shards too: whoever reads them finds out why.
    """
    waiting: list[Shard] = []
    waits = 0
    for found in inputs:
        for begin, end, lines, length in _parts(found, size):
            waiting.append(Shard(found.name, begin, end, lines, events_before, first_time_ns))
            waits += length
            if waits >= size or len(waiting) >= _MOST:
                yield Batch(tuple(waiting), waits)
                waiting, waits = [], 0
    if waiting:
        yield Batch(tuple(waiting), waits)


def shards_of(paths: Sequence[str | Path], size: int) -> Iterator[Shard]:
    """Yield logs, named as for `toolkit run`, in shards of `size` bytes, none of which is read here to be cut.

    A compressed file is one shard. Raises ToolkitError (exit 3) with every path that is missing or cannot be read.
    """
    faults = Faults()
    inputs = find_inputs(paths, faults)
    faults.check()
    return (shard for batch in cut_by_size(inputs, size) for shard in batch.shards)


def cut_by_size(inputs: Sequence[Input], size: int, events_before: int = 0, first_time_ns: int = 0) -> Iterator[Batch]:
    """Yield the files in shards of `size` bytes that begin wherever that is, one by one; small files together.

    Nobody knows how many lines come before a shard that does not begin its file. For the rest see `cut`.
    """
    waiting: list[Shard] = []
    waits = 0
    for found in inputs:
        length = size_of(found)
        whole = Shard(found.name, 0, None, 0, events_before, first_time_ns)
        is_cut = length > size and not _is_compressed(found)
        if waiting and (is_cut or waits + length > size or len(waiting) >= _MOST):
            yield Batch(tuple(waiting), waits)
            waiting, waits = [], 0
        if is_cut:
            yield from _ranges(whole, length, size)
        else:
            waiting.append(whole)
            waits += length
    if waiting:
        yield Batch(tuple(waiting), waits)


def _ranges(whole: Shard, length: int, size: int) -> Iterator[Batch]:
    for begin in range(0, length, size):
        end = min(begin + size, length)
        yield Batch((replace(whole, begin=begin, end=end, lines_before=None if begin else 0),), end - begin)


def most_parts(inputs: Sequence[Input], size: int) -> int:
    """Return how many batches `cut_by_size` yields at most."""
    return sum(1 + size_of(found) // size for found in inputs)


def _is_compressed(found: Input) -> bool:
    """Return whether a file is compressed; one that cannot be read counts as such: whoever reads it finds out why."""
    assert found.path is not None
    try:
        with found.path.open("rb") as stream:
            return is_compressed(stream)
    except OSError:
        return True


def _parts(found: Input, size: int) -> Iterator[_Part]:
    whole: _Part = (0, None, 0, size_of(found))
    assert found.path is not None
    try:
        with found.path.open("rb") as stream:
            if size_of(found) <= size or is_compressed(stream):
                yield whole
            else:
                yield from _plain_parts(stream, size)
    except OSError:
        yield whole


def _plain_parts(stream: IO[bytes], size: int) -> Iterator[_Part]:
    begin = lines_before = 0
    is_last = False
    while not is_last:
        end, lines, is_last = _next_end(stream, begin, size)
        if end > begin:
            yield begin, end, lines_before, end - begin
        begin, lines_before = end, lines_before + lines


def _next_end(stream: IO[bytes], begin: int, size: int) -> tuple[int, int, bool]:
    """Return where the line ends that a part's last byte is in, the line ends of the part, and whether it is the last.

    The stream stands at `begin`, and is put at the end of the part.
    """
    at, lines, target = begin, 0, begin + size - 1
    while block := stream.read(min(_BLOCK, target - at) if at < target else _BLOCK):
        if at >= target and (found := block.find(b"\n")) >= 0:
            end = at + found + 1
            stream.seek(end)
            return end, lines + 1, False
        lines += block.count(b"\n")
        at += len(block)
    return at, lines, True


def size_of(found: Input) -> int:
    """Return how many bytes a file has, 0 where it is gone."""
    try:
        return os.stat(found.path).st_size if found.path else 0  # noqa: PTH116
    except OSError:
        return 0


def _is_of_this_process(path: Path) -> bool:
    return str(path.absolute()).startswith(("/dev/", "/proc/"))
