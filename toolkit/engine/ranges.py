"""Logs cut into shards by their sizes alone, as they are needed: nothing is read but how a large file begins."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from toolkit.engine.cutting import Batch
from toolkit.engine.shards import Shard
from toolkit.errors import Faults
from toolkit.events.files import COMPRESSED, Input, find_inputs
from toolkit.storage.beginning import beginning_of

_MOST = 256
"""So many small files are gone through together."""


def shards_of(paths: Sequence[str | Path], size: int) -> Iterator[Shard]:
    """Yield logs, named by path or URL as for `toolkit run`, in shards of `size` bytes.

    A compressed file is one shard. Raises ToolkitError: exit 3 with everything that is missing or cannot be read, else
    as `find_inputs` does.
    """
    faults = Faults()
    inputs = find_inputs(paths, faults)
    faults.check()
    return (shard for batch in cut_by_size(inputs, size) for shard in batch.shards)


def cut_by_size(inputs: Sequence[Input], size: int, events_before: int = 0, first_time_ns: int = 0) -> Iterator[Batch]:
    """Yield the files in shards of `size` bytes that begin wherever that is, one by one; small files together.

    Nobody knows how many lines come before a shard that does not begin its file. Files that cannot be read are shards
    too: whoever reads them finds out why.
    """
    waiting: list[Shard] = []
    waits = 0
    for found in inputs:
        length = found.size
        whole = Shard(found.url or found.name, 0, None, 0, events_before, first_time_ns)
        is_cut = length > size and _can_be_cut(found)
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


def most_parts(inputs: Sequence[Input], size: int) -> int:
    """Return how many batches `cut_by_size` yields at most."""
    return sum(1 + found.size // size for found in inputs)


def _ranges(whole: Shard, length: int, size: int) -> Iterator[Batch]:
    for begin in range(0, length, size):
        end = min(begin + size, length)
        yield Batch((replace(whole, begin=begin, end=end, lines_before=None if begin else 0),), end - begin)


def _can_be_cut(found: Input) -> bool:
    """Return whether a file is plain and any part of it can be had; not one that cannot be read."""
    try:
        if found.url is None:
            with Path(found.path or "").open("rb") as stream:
                return not stream.read(4).startswith(COMPRESSED)
        begins, has_any_part = beginning_of(found.url, 4)
    except OSError:
        return False
    return has_any_part and not begins.startswith(COMPRESSED)
