"""Parts of logs, each of which one process or machine can go through by itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO

from toolkit.engine.alerts import AlertForm
from toolkit.engine.choice import make_engine
from toolkit.engine.run import Engine
from toolkit.engine.spool import Spool
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
from toolkit.storage.urls import shown_url

Rules = str | Sequence[RuleFile]
"""The text of rules, or rules files."""


@dataclass(frozen=True, slots=True)
class Shard:
    """A part of a file, by path or URL, from byte `begin` to byte `end` (None: to its end), both at line ends.

    A file that is compressed is one shard, from 0 to None. `lines_before` are those of the file that come first, for
    the numbers of lines; `events_before` those of the run, the first of which is of `first_time_ns`.
    """

    path: str
    begin: int = 0
    end: int | None = None
    lines_before: int = 0
    events_before: int = 0
    first_time_ns: int = 0

    @property
    def name(self) -> str:
        """What people are told of the file."""
        return shown_url(self.path)

    def __str__(self) -> str:
        """Name the shard for people."""
        if self.end is None:
            return f"{self.name} from line {self.lines_before + 1}"
        return f"{self.name} from line {self.lines_before + 1} (bytes {self.begin} to {self.end})"


@dataclass(frozen=True, slots=True)
class Task:
    """How shards are gone through: which fields and rules, and what becomes of alerts.

    Alerts are counted; with `rendered` they are kept as lines in `form`, by `spool` in files of that folder where they
    are many; with `summary` they are summed up. The rest is as a configuration has it.
    """

    plugin: str = "corrected"
    matching: str = "first"
    engine: str = "compiled"
    rendered: bool = False
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

    `lines` holds them by the number of their rule; `fault` says why the file could not be read, or no further.
    """

    counts: Counter[str]
    tally: Tally
    lines: Spool = field(default_factory=Spool)
    summary: Summary | None = None
    fault: str | None = None

    @property
    def alerts(self) -> tuple[bytes, ...]:
        """The alerts as lines without their ends; can be had once where they are in a file."""
        return tuple(line for _, line in self.lines)


def scan_shard(rules_text: Rules, shard: Shard, task: Task | None = None) -> ShardResult:
    """Return what a shard comes to under rules.

    The rules are loaded once for shards that follow each other. Raises ToolkitError: exit 3 where the rules do not
    load, exit 4 where a package for the compression is missing; OSError where lines cannot be kept.
    """
    task = task or Task()
    engine = _loaded.engine(rules_text, task)
    engine.begin(shard.events_before, shard.first_time_ns)
    result = ShardResult(Counter(), Tally(), Spool(task.spool), Summary() if task.summary else None)
    try:
        with _opened(shard) as stream:
            lines = lines_of(_part(stream, shard), shard.name, max_bytes=task.max_bytes, before=shard.lines_before)
            _scan(engine, lines, shard, task, result)
    except UnreadableError as error:
        result = ShardResult(result.counts, result.tally, result.lines, result.summary, str(error))
    result.lines.close()
    return result


def keep_loaded(rules: Rules, task: Task, engine: Engine) -> None:
    """Have `scan_shard` take this engine for these rules, in processes that are forked from this one too."""
    _loaded.last = (rules, replace(task, spool=None), engine)


class _Loaded:
    """The engine of the last rules and task."""

    def __init__(self) -> None:
        self.last: tuple[Rules, Task, Engine] | None = None

    def engine(self, rules: Rules, task: Task) -> Engine:
        task = replace(task, spool=None)
        if self.last is None or self.last[:2] != (rules, task):
            self.last = (rules, task, task.make_engine(rules))
        return self.last[2]


_loaded = _Loaded()


def _scan(engine: Engine, lines: Lines, shard: Shard, task: Task, result: ShardResult) -> None:
    published, before = task.plugin == "published", shard.lines_before
    if not (task.rendered or result.summary):
        counts = engine.count(lines, shard.name, result.tally, published=published, before=before)
        result.counts.update(counts)
        return
    numbers = {rule.name: number for number, rule in enumerate(engine.rules)}
    for alert in engine.scan(lines, shard.name, result.tally, published=published, before=before):
        result.counts[alert.rule.name] += 1
        if task.rendered:
            result.lines.put(numbers[alert.rule.name], alert.line(task.form, task.hostname))
        if result.summary:
            result.summary.add(alert)


def _opened(shard: Shard) -> IO[bytes]:
    is_whole = (shard.begin, shard.end) == (0, None)
    try:
        return file_at(shard.path).open() if is_whole else Path(shard.path).open("rb")
    except OSError as error:
        raise UnreadableError(error.strerror or error) from error


def _part(stream: IO[bytes], shard: Shard) -> IO[bytes]:
    if shard.begin:
        stream.seek(shard.begin)
    return stream if shard.end is None else _UpTo(stream, shard.end - shard.begin)  # type: ignore[return-value]


class _UpTo:
    """The lines of a stream until so many bytes are read."""

    def __init__(self, stream: IO[bytes], size: int) -> None:
        self._stream = stream
        self._size = size

    def __iter__(self) -> Iterator[bytes]:
        for line in self._stream:
            yield line
            self._size -= len(line)
            if self._size <= 0:
                return
