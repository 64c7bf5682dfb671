"""Logs cut into shards at line ends, as they are needed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from toolkit.engine.shards import Shard
from toolkit.events.files import Input, is_compressed
from toolkit.storage.urls import scheme_of

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
    """Return whether all are files that any process can open by name: no standard input, pipe, descriptor or memory."""
    return all(_is_for_all(found) for found in inputs)


def is_one_shard(inputs: Sequence[Input]) -> bool:
    """Return whether there is no more than one file, and it is not cut: compressed, or behind a URL."""
    if len(inputs) != 1:
        return not inputs
    path = inputs[0].path
    if path is None:
        return inputs[0].url is not None
    try:
        with path.open("rb") as stream:
            return is_compressed(stream)
    except OSError:
        return True


def total_size(inputs: Sequence[Input]) -> int:
    """Return how many bytes the files are together."""
    return sum(found.size for found in inputs)


def cut(inputs: Sequence[Input], size: int, events_before: int = 0, first_time_ns: int = 0) -> Iterator[Batch]:
    """Yield the files in shards of at least `size` bytes up to the next line end, small files together.

    A file behind a URL is one shard: to number the lines of its parts it would have to be fetched here as well. Files
    that cannot be read are shards too: whoever reads them finds out why.
    """
    waiting: list[Shard] = []
    waits = 0
    for found in inputs:
        is_of_any_size = found.url is not None and found.known_size is None
        for begin, end, lines, length in _parts(found, size):
            waiting.append(Shard(found.url or found.name, begin, end, lines, events_before, first_time_ns))
            waits += length
            if waits >= size or len(waiting) >= _MOST or is_of_any_size:
                yield Batch(tuple(waiting), waits)
                waiting, waits = [], 0
    if waiting:
        yield Batch(tuple(waiting), waits)


def _parts(found: Input, size: int) -> Iterator[_Part]:
    whole: _Part = (0, None, 0, found.size)
    if found.path is None:
        yield whole
        return
    try:
        with found.path.open("rb") as stream:
            if found.size <= size or is_compressed(stream):
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


def _is_for_all(found: Input) -> bool:
    if found.url is not None:
        return scheme_of(found.url) != "memory"
    return found.path is not None and found.path.is_file() and not _is_of_this_process(found.path)


def _is_of_this_process(path: Path) -> bool:
    return str(path.absolute()).startswith(("/dev/", "/proc/"))
