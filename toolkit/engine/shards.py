"""Parts of logs, each of which one process or machine can go through by itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from toolkit.engine.choice import make_engine
from toolkit.events.reader import Lines
from toolkit.events.tally import Tally
from toolkit.fields.catalog import load_catalog
from toolkit.fields.event import Machine
from toolkit.fields.extractor import Extractor
from toolkit.ruleset.loader import RuleFile, load


@dataclass(frozen=True, slots=True)
class Shard:
    """A part of a plain file from byte `begin` to byte `end` (None: to its end), both at line ends.

    `lines_before` are those of the file that come first, for the numbers of lines.
    """

    path: str
    begin: int = 0
    end: int | None = None
    lines_before: int = 0


@dataclass(frozen=True, slots=True)
class Task:
    """How shards are gone through: fields, matching, and whether alerts are rendered as JSON or only counted."""

    plugin: str = "corrected"
    matching: str = "first"
    engine: str = "compiled"
    rendered: bool = False
    machine: Machine = field(default_factory=Machine)


@dataclass(frozen=True, slots=True)
class ShardResult:
    """What a shard came to: alerts by rule, its lines counted, and the alerts as JSON lines where they were wanted."""

    counts: Counter[str]
    tally: Tally
    alerts: tuple[bytes, ...] = ()


def scan_shard(rules_text: str, shard: Shard, task: Task | None = None) -> ShardResult:
    """Return what a shard comes to under the rules of a text.

    Events are numbered from 1 in each shard. Raises ToolkitError (exit 3) where the rules do not load, OSError where
    the file cannot be read.
    """
    task = task or Task()
    catalog = load_catalog(task.plugin)
    ruleset = load([RuleFile("rules", rules_text.encode())], catalog).checked()
    engine = make_engine(task.engine, ruleset, Extractor(catalog, task.machine), task.matching)
    tally, published = Tally(), task.plugin == "published"
    with Path(shard.path).open("rb") as stream:
        lines = _lines(stream, shard)
        before = shard.lines_before
        if not task.rendered:
            return ShardResult(engine.count(lines, shard.path, tally, published=published, before=before), tally)
        counts: Counter[str] = Counter()
        alerts = []
        for alert in engine.scan(lines, shard.path, tally, published=published, before=before):
            counts[alert.rule.name] += 1
            alerts.append(alert.json(task.machine.hostname))
    return ShardResult(counts, tally, tuple(alerts))


def _lines(stream: IO[bytes], shard: Shard) -> Lines:
    stream.seek(shard.begin)
    return iter(stream) if shard.end is None else _up_to(stream, shard.end - shard.begin)


def _up_to(stream: IO[bytes], size: int) -> Iterator[bytes]:
    for line in stream:
        if size <= 0:
            return
        size -= len(line)
        yield line
