"""Logs cut into shards by their sizes alone, as they are needed: nothing is read but how a large file begins."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from toolkit.engine.shards import Shard
from toolkit.errors import Faults
from toolkit.events.files import COMPRESSED, Input, find_inputs
from toolkit.storage.urls import scheme_of

_MOST = 256
"""So many small files are gone through together."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Shards that one process goes through one after the other, and how many bytes of files they are."""

    shards: tuple[Shard, ...]
    size: int

    def __str__(self) -> str:
        """Name the shards for people."""
        more = f" and {len(self.shards) - 1} files after it" if len(self.shards) > 1 else ""
        return f"{self.shards[0]}{more}"


def can_be_shared(inputs: Sequence[Input]) -> bool:
    """Return whether all are files that any process can open by name: no standard input, pipe, descriptor or memory."""
    return all(_is_for_all(found) for found in inputs)


def is_one_shard(inputs: Sequence[Input]) -> bool:
    """Return whether there is no more than one file, and it is not cut whatever its size."""
    return not inputs or (len(inputs) == 1 and not _can_be_cut(inputs[0]))


def total_size(inputs: Sequence[Input]) -> int:
    """Return how many bytes the files are together."""
    return sum(found.size for found in inputs)


def shards_of(paths: Sequence[str | Path], size: int) -> Iterator[Shard]:
    """Yield logs, named by path or URL as for `toolkit run`, in shards of `size` bytes.

    A compressed file is one shard. Raises ToolkitError: exit 3 with everything that is missing or cannot be read, else
    as `find_inputs` does.
    """
    faults = Faults()
    inputs = find_inputs(paths, faults)
    faults.check()
    return (shard for batch in cut(inputs, size) for shard in batch.shards)


def cut(inputs: Sequence[Input], size: int, events_before: int = 0, first_time_ns: int = 0) -> Iterator[Batch]:
    """Yield the files in shards of `size` bytes that begin wherever that is, one by one; small files together.

    Nobody knows how many lines come before a shard that does not begin its file. Files that cannot be read are shards
    too: whoever reads them finds out why.
    """
    waiting: list[Shard] = []
    waits = 0
    for found in inputs:
        is_of_any_size = found.url is not None and found.known_size is None
        length = size if is_of_any_size else found.size
        whole = Shard(found.url or found.name, 0, None, 0, events_before, first_time_ns)
        is_cut = length > size and _can_be_cut(found)
        if waiting and (is_cut or waits + length > size or len(waiting) >= _MOST):
            yield Batch(tuple(waiting), waits)
            waiting, waits = [], 0
        if is_cut:
            yield from _ranges(whole, length, size, grows=found.url is None)
        else:
            waiting.append(whole)
            waits += length
    if waiting:
        yield Batch(tuple(waiting), waits)


def most_parts(inputs: Sequence[Input], size: int) -> int:
    """Return how many batches `cut` yields at most."""
    return sum(1 + found.size // size for found in inputs)


def _ranges(whole: Shard, length: int, size: int, *, grows: bool) -> Iterator[Batch]:
    """Yield the shards of a file; where it may grow meanwhile, the last one goes on to its end, wherever that is."""
    for begin in range(0, length, size):
        end = min(begin + size, length)
        last = None if grows and end == length else end
        yield Batch((replace(whole, begin=begin, end=last, lines_before=None if begin else 0),), end - begin)


def _can_be_cut(found: Input) -> bool:
    """Return whether a file is plain and any part of it can be had; not one that cannot be read."""
    try:
        if found.url is None:
            with Path(found.path or "").open("rb") as stream:
                return not stream.read(4).startswith(COMPRESSED)
        return found.known_size is not None and _begins_plain(found.url)
    except OSError:
        return False


def _begins_plain(url: str) -> bool:
    from toolkit.storage.beginning import beginning_of  # brings what stores need

    begins, has_any_part = beginning_of(url, 4)
    return has_any_part and not begins.startswith(COMPRESSED)


def _is_for_all(found: Input) -> bool:
    if found.url is not None:
        return scheme_of(found.url) != "memory"
    return found.path is not None and found.path.is_file() and not _is_of_this_process(found.path)


def _is_of_this_process(path: Path) -> bool:
    return str(path.absolute()).startswith(("/dev/", "/proc/"))
