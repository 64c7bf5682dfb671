"""Reviews from logs, line by line: nothing is dropped silently."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO

from toolkit.errors import Faults
from toolkit.events import strict
from toolkit.events.files import Input, damage_errors, find_inputs
from toolkit.events.lenient import NotJsonError
from toolkit.events.parsing import parse_line
from toolkit.events.review import BrokenLine, Review
from toolkit.events.source import Source
from toolkit.events.zap import is_log_line, unwrap
from toolkit.places import Place

_UTF8_MARK = b"\xef\xbb\xbf"


def read_reviews(
    paths: Sequence[str | Path], *, published: bool = False, max_bytes: int | None = None
) -> Iterator[Review | BrokenLine]:
    """Read logs one after the other: files, folders, `-` for standard input; plain, gzip or zstandard.

    Yields a review or a broken line for every line but blank ones and a recorder's own words; with `published` lines
    are taken or refused as the published plugin does; a line of more than `max_bytes` counts as broken. Raises
    ToolkitError: exit 3, when all the rest is read, with every path that is missing or cannot be read; exit 4 at once
    where a package for the compression is missing.
    """
    faults = Faults()
    for found in find_inputs(paths, faults):
        try:
            yield from _read(found, published=published, max_bytes=max_bytes)
        except _UnreadableError as error:
            faults.add(f"cannot be read: {error}", Place(found.name))
    faults.check()


class _UnreadableError(Exception):
    """Why a file cannot be read, or no further."""


def _read(found: Input, *, published: bool, max_bytes: int | None) -> Iterator[Review | BrokenLine]:
    try:
        stream = found.open()
    except OSError as error:
        raise _UnreadableError(error.strerror or error) from error
    with stream:
        for number, line in _lines(stream, found.name):
            if isinstance(line, BrokenLine):
                yield line
                continue
            text = line.rstrip(b"\r\n")
            if number == 1 and not published:
                text = text.removeprefix(_UTF8_MARK)
            if max_bytes is not None and len(text) > max_bytes:
                yield BrokenLine(found.name, number, f"{len(text)} bytes, more than the {max_bytes} of maxEventSize")
            elif text.strip() and (review := _review(text, found.name, number, published=published)):
                yield review


def _lines(stream: IO[bytes], name: str) -> Iterator[tuple[int, bytes | BrokenLine]]:
    number = 0
    try:
        for number, line in enumerate(stream, 1):
            yield number, line
    except damage_errors() as error:
        yield number + 1, BrokenLine(name, number + 1, f"the compressed file is cut off or damaged here: {error}")
    except OSError as error:
        raise _UnreadableError(error.strerror or error) from error


def _review(text: bytes, name: str, number: int, *, published: bool) -> Review | BrokenLine | None:
    if is_log_line(text):
        try:
            wrapped = unwrap(Source(strict.compact(text)))
        except NotJsonError:
            return parse_line(text, name, number, published=published)
        if wrapped is None:
            return None
        text = wrapped
    return parse_line(text, name, number, published=published)
