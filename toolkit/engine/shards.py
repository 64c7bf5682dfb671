"""Parts of logs, each of which one process or machine can go through by itself."""

from __future__ import annotations

import sys
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO, Protocol

from toolkit.engine.alerts import AlertForm
from toolkit.engine.choice import make_engine
from toolkit.engine.run import Engine
from toolkit.engine.spool import Block, Spool
from toolkit.engine.summary import Summary
from toolkit.events.files import file_at
from toolkit.events.reader import Lines, UnreadableError, lines_of
from toolkit.events.tally import Tally
from toolkit.fields.catalog import load_catalog, loaded_fields
from toolkit.fields.event import Machine
from toolkit.fields.extractor import Extractor
from toolkit.fields.model import Field
from toolkit.ruleset.additions import Addition
from toolkit.ruleset.loader import PLUGINS, RuleFile, load
from toolkit.ruleset.priorities import Priority
from toolkit.ruleset.selection import Selector
from toolkit.storage.urls import is_url, shown_url

Rules = str | Sequence[RuleFile]
"""The text of rules, or rules files."""
_AT_LEAST_BEFORE = 1
"""So many lines come before a shard that does not begin a file: what counts only in a file's first line does not."""
_PIECE = 2**16


@dataclass(frozen=True, slots=True)
class Shard:
    """The lines of a file that begin at byte `begin` or later and before byte `end` (None: all later ones).

    `path` can be a URL. A file that is compressed is one shard, from 0 to None. `lines_before` are those of the file
    that come first, for the numbers of lines; None is for a shard that does not begin the file where nobody counted
    them, see `ShardResult.placed`. `events_before` are those of the run, the first of which is of `first_time_ns`.
    `named` is what the file is called, where that is not its path.
    """

    path: str
    begin: int = 0
    end: int | None = None
    lines_before: int | None = 0
    events_before: int = 0
    first_time_ns: int = 0
    named: str = ""

    @property
    def name(self) -> str:
        """What people are told of the file."""
        return self.named or shown_url(self.path)

    def __str__(self) -> str:
        """Name the shard for people."""
        begin = f" from line {self.lines_before + 1}" if self.lines_before is not None else ""
        if self.end is None:
            return f"{self.name}{begin or f' from byte {self.begin}'}"
        bytes_ = f"bytes {self.begin} to {self.end}"
        return f"{self.name}{begin} ({bytes_})" if begin else f"{self.name}, {bytes_}"


@dataclass(frozen=True, slots=True)
class Task:
    """How shards are gone through: which fields and rules, and what becomes of alerts.

    Alerts are counted; with `rendered` they are kept as lines in `form`, with `in_blocks` ready to be printed, by
    `spool` in files of that folder where they are many; with `summary` they are summed up. The rest is as a
    configuration has it.
    """

    plugin: str = "corrected"
    matching: str = "first"
    engine: str = "compiled"
    rendered: bool = False
    in_blocks: bool = False
    machine: Machine = field(default_factory=Machine)
    summary: bool = False
    form: AlertForm = field(default_factory=lambda: AlertForm(json=True))
    hostname: str | None = None
    max_bytes: int | None = None
    plugins: tuple[str, ...] = tuple(PLUGINS)
    user_fields: tuple[Field, ...] = ()
    static_fields: tuple[tuple[str, str], ...] = ()
    priority: Priority = Priority.DEBUG
    additions: tuple[Addition, ...] = ()
    selectors: tuple[Selector, ...] = ()
    spool: str | None = None

    def make_engine(self, rules: Rules) -> Engine:
        """Return an engine for the rules that are on. Raises ToolkitError (exit 3) where they do not load."""
        files = [RuleFile("rules", rules.encode())] if isinstance(rules, str) else rules
        catalog = load_catalog(self.plugin, self.user_fields)
        catalog = loaded_fields(catalog, self.static_fields, has_json="json" in self.plugins)
        plugins = {name: version for name, version in PLUGINS.items() if name in self.plugins}
        loaded = load(files, catalog, plugins=plugins, min_priority=self.priority, additions=self.additions)
        ruleset = loaded.checked().select(self.selectors)
        return make_engine(self.engine, ruleset, Extractor(catalog, self.machine), self.matching)


@dataclass(frozen=True, slots=True)
class ShardResult:
    """What a shard came to: alerts by rule, its lines counted, and the alerts where they were wanted.

    `lines` holds them by the number of their rule, or `block` all together. `fault` says why the file could not be
    read, or no further; `length` is how many lines the shard had, None where it goes on to the end of the file.
    """

    counts: Counter[str]
    tally: Tally
    lines: Spool = field(default_factory=Spool)
    block: Block = field(default_factory=Block)
    summary: Summary | None = None
    fault: str | None = None
    length: int | None = None

    def placed(self, lines_before: int | None) -> ShardResult:
        """Return the result with the numbers that lines have where so many come before the shard.

        For shards whose `lines_before` is None; with None here too, places are files without a line.
        """
        moved = None if lines_before is None else lines_before - _AT_LEAST_BEFORE
        return replace(self, tally=self.tally.moved(moved), summary=self.summary and self.summary.moved(moved))

    @property
    def alerts(self) -> tuple[bytes, ...]:
        """The alerts as lines without their ends; can be had once where they are in a file."""
        return tuple(line for _, line in self.lines)


def scan_shard(rules_text: Rules, shard: Shard, task: Task | None = None) -> ShardResult:
    """Return what a shard comes to under rules.

    The rules are loaded once a thread for shards that follow each other. Raises ToolkitError: exit 3 where the rules do
    not load, exit 4 where a package for the compression is missing; OSError where lines cannot be kept.
    """
    task = task or Task()
    kept = Block(task.spool) if task.in_blocks else Spool(task.spool)
    result = scan_into(kept, rules_text, shard, task)
    kept.close()
    return replace(result, block=kept) if isinstance(kept, Block) else replace(result, lines=kept)


class Sink(Protocol):
    """Takes alerts as they are found."""

    def put(self, rule: int, line: bytes) -> None:
        """Take an alert: the number of its rule, and its line without the end. May raise OSError."""


def scan_into(sink: Sink, rules: Rules, shard: Shard, task: Task) -> ShardResult:
    """Give the alerts of a shard to `sink`, and return the rest of what it comes to; for the rest see `scan_shard`."""
    engine = _loaded.engine(rules, task)
    engine.begin(shard.events_before, shard.first_time_ns)
    result = ShardResult(Counter(), Tally(), summary=Summary() if task.summary else None)
    part, fault = _Part(shard), None
    try:
        with _opened(shard) as stream:
            lines = lines_of(part.of(stream), shard.name, max_bytes=task.max_bytes, before=_before(shard))
            _scan(engine, lines, shard, task, result, sink)
    except UnreadableError as error:
        fault = str(error)
    return replace(result, fault=fault, length=part.length)


def keep_loaded(rules: Rules, task: Task, engine: Engine) -> None:
    """Have `scan_shard` take this engine for these rules, in processes that are forked from this one too."""
    _loaded.last = (rules, replace(task, spool=None), engine)


class _Loaded(threading.local):
    """The engine of the last rules and task, one a thread: an engine has one run at a time."""

    def __init__(self) -> None:
        self.last: tuple[Rules, Task, Engine] | None = None

    def engine(self, rules: Rules, task: Task) -> Engine:
        task = replace(task, spool=None)
        if self.last is None or self.last[:2] != (rules, task):
            self.last = (rules, task, task.make_engine(rules))
        return self.last[2]


_loaded = _Loaded()


def _scan(engine: Engine, lines: Lines, shard: Shard, task: Task, result: ShardResult, sink: Sink) -> None:
    published, before, name = task.plugin == "published", _before(shard), shard.name
    if not (task.rendered or result.summary):
        result.counts.update(engine.count(lines, name, result.tally, published=published, before=before))
        return
    numbers = {rule.name: number for number, rule in enumerate(engine.rules)}
    for alert in engine.scan(lines, name, result.tally, published=published, before=before):
        result.counts[alert.rule.name] += 1
        if task.rendered:
            sink.put(numbers[alert.rule.name], alert.line(task.form, task.hostname))
        if result.summary:
            result.summary.add(alert)


def _before(shard: Shard) -> int:
    return _AT_LEAST_BEFORE if shard.lines_before is None else shard.lines_before


def _opened(shard: Shard) -> IO[bytes]:
    """Open the file of a shard; one that begins within it stands where the line end before it could be."""
    before = max(0, shard.begin - 1)
    try:
        if (shard.begin, shard.end) == (0, None):
            return file_at(shard.path).open()
        if is_url(shard.path):
            from toolkit.storage.reading import open_url

            return open_url(shard.path, before, shard.end)
        stream: IO[bytes] = Path(shard.path).open("rb")  # noqa: SIM115
        stream.seek(before)
        return stream
    except OSError as error:
        raise UnreadableError(error.strerror or error) from error


class _Part:
    """The lines of a shard, counted as they are read."""

    def __init__(self, shard: Shard) -> None:
        self._begin = shard.begin
        self._end = shard.end
        self.length = None if shard.end is None else 0
        """How many lines were read; None where nobody counts them."""

    def of(self, stream: IO[bytes]) -> IO[bytes]:
        """Return what gives the lines of the shard in its file, as `_opened` has it."""
        return stream if (self._begin, self._end) == (0, None) else self._lines(stream)  # type: ignore[return-value]

    def _lines(self, stream: IO[bytes]) -> Iterator[bytes]:
        end = sys.maxsize if self._end is None else self._end
        at = self._first(stream, end) if self._begin else 0
        length = 0
        try:
            for line in stream if at < end else ():
                at += len(line)
                length += 1
                yield line
                if at >= end:
                    return
        finally:
            self.length = None if self._end is None else length

    def _first(self, stream: IO[bytes], end: int) -> int:
        """Read on to the first line that begins at `begin` or later; return where that is, at least `end` for none.

        A line that began before is not read further than the shard goes, however long it is.
        """
        at = self._begin - 1
        while at < end and (piece := stream.readline(min(_PIECE, end - at))):
            at += len(piece)
            if piece.endswith(b"\n"):
                return at
        return sys.maxsize
