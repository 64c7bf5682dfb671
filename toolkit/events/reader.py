"""Reviews from logs, line by line: nothing is dropped silently."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import IO, TypeVar

from toolkit.errors import Faults
from toolkit.events import strict
from toolkit.events.files import Input, Watch, damage_errors, find_inputs
from toolkit.events.lenient import NotJsonError
from toolkit.events.parsing import parse_line
from toolkit.events.review import BrokenLine, Review
from toolkit.events.source import Source
from toolkit.events.zap import is_log_line, unwrap
from toolkit.places import Place

T = TypeVar("T")

Lines = Iterator[bytes | BrokenLine]
"""The lines of a file with their ends; where a compressed file is damaged a broken line comes last."""

_UTF8_MARK = b"\xef\xbb\xbf"


def read_reviews(
    paths: Sequence[str | Path | Input],
    *,
    published: bool = False,
    max_bytes: int | None = None,
    faults: Faults | None = None,
) -> Iterator[Review | BrokenLine]:
    """Read logs one after the other: files, folders, URLs, `-` for standard input; plain, gzip or zstandard.

    Yields a review or a broken line for every line but blank ones and a recorder's own words; with `published` lines
    are taken or refused as the published plugin does. For the rest and errors see `read_files`.
    """

    def read(lines: Lines, name: str) -> Iterator[Review | BrokenLine]:
        return _reviews(lines, name, published=published)

    return read_files(paths, read, max_bytes=max_bytes, faults=faults)


def read_files(
    paths: Sequence[str | Path | Input],
    read: Callable[[Lines, str], Iterator[T]],
    *,
    max_bytes: int | None = None,
    watch: Watch | None = None,
    faults: Faults | None = None,
) -> Iterator[T]:
    """Yield what `read` makes of the lines and name of one file after the other.

    A line of more than `max_bytes` counts as broken; `faults` are those of finding inputs that were found already.
    Raises ToolkitError: exit 3, when all the rest is read, with every path that is missing or cannot be read (exit 4
    where one is behind a URL that cannot be reached); exit 4 at once where a package is missing.
    """
    faults = Faults() if faults is None else faults
    for found in find_inputs(paths, faults):
        try:
            yield from _read(found, read, max_bytes, watch)
        except UnreadableError as error:
            faults.add(f"cannot be read: {error}", Place(found.name))
    faults.check()


def read_line(
    line: bytes | BrokenLine, name: str, number: int, *, published: bool = False
) -> Review | BrokenLine | None:
    """Return what one line with its end says; None of a blank one and of a recorder's own words."""
    if isinstance(line, BrokenLine):
        return line
    text = line.rstrip(b"\r\n")
    if number == 1 and not published:
        text = text.removeprefix(_UTF8_MARK)
    return _review(text, name, number, published=published) if text.strip() else None


class UnreadableError(Exception):
    """Why a file cannot be read, or no further."""


def lines_of(stream: IO[bytes], name: str, *, max_bytes: int | None = None, before: int = 0) -> Lines:
    """Yield the lines of an open file, of which `before` others come first; what is too long or damaged is broken.

    Raises UnreadableError where the machine reads no further.
    """
    lines = _lines(stream, name, before)
    return lines if max_bytes is None else _limited(lines, name, max_bytes, before)


def _read(
    found: Input, read: Callable[[Lines, str], Iterator[T]], max_bytes: int | None, watch: Watch | None
) -> Iterator[T]:
    try:
        stream = found.open(watch)
    except OSError as error:
        raise UnreadableError(error.strerror or error) from error
    with stream:
        yield from read(lines_of(stream, found.name, max_bytes=max_bytes), found.name)


def _reviews(lines: Lines, name: str, *, published: bool) -> Iterator[Review | BrokenLine]:
    for number, line in enumerate(lines, 1):
        review = read_line(line, name, number, published=published)
        if review:
            yield review


def _limited(lines: Lines, name: str, max_bytes: int, before: int) -> Lines:
    for number, line in enumerate(lines, before + 1):
        size = 0 if isinstance(line, BrokenLine) else len(line.rstrip(b"\r\n"))
        if size > max_bytes:
            yield BrokenLine(name, number, f"{size} bytes, more than the {max_bytes} of maxEventSize")
        else:
            yield line


def _lines(stream: IO[bytes], name: str, number: int) -> Iterator[bytes | BrokenLine]:
    try:
        for line in stream:
            number += 1
            yield line
    except damage_errors() as error:
        yield BrokenLine(name, number + 1, f"the compressed file is cut off or damaged here: {error}")
    except OSError as error:
        raise UnreadableError(error.strerror or error) from error


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
