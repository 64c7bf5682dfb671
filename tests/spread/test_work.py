"""What a worker does with a part: once, whole, and the same every time."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import zstandard
from spread_samples import BROKEN, CAPTURED, RULES

from toolkit.engine.cutting import Batch
from toolkit.engine.shards import Shard, Task
from toolkit.events.tally import Tally
from toolkit.ruleset.loader import RuleFile
from toolkit.spread import work
from toolkit.spread.names import PartNames
from toolkit.spread.work import Answer, Job, Part, go_through
from toolkit.storage.folder import Folder


@pytest.fixture
def job(tmp_path: Path) -> Job:
    (tmp_path / "x.log").write_bytes(b"".join(path.read_bytes() for path in CAPTURED[:8]) + BROKEN)
    folder = Folder(str(tmp_path / "out"))
    folder.make()
    rules = (RuleFile("rules.yaml", RULES.encode()),)
    return Job("run", rules, Task(rendered=True, matching="all"), folder.location, PartNames(), str(tmp_path))


PART = Part(4, Batch((Shard("x.log"), Shard("x.log", 100, 10**6, None)), 7))


def gone_through(job: Job, part: Part = PART) -> tuple[Answer, int]:
    """Return what became of a part, and how often it was begun."""
    begun: list[None] = []
    return go_through(job, part, lambda: begun.append(None)), len(begun)


def files(job: Job) -> dict[str, bytes | None]:
    folder = Folder(job.folder)
    return {name: folder.find(name) for name in folder._names()}


def test_a_part_is_gone_through_once(job: Job) -> None:
    answer, begun = gone_through(job)
    assert begun == 1
    assert set(files(job)) == {"part-000004.json", "part-000004.jsonl.zst"}
    assert files(job)["part-000004.json"] == answer.document
    assert gone_through(job) == (answer, 0)
    other, begun = gone_through(replace(job, run="other"))
    assert (begun, other.document) == (1, answer.document.replace(b'"run":"run"', b'"run":"other"'))


@pytest.mark.parametrize("block", [1, 1000, 2**20])
def test_the_same_alerts_are_the_same_bytes(job: Job, monkeypatch: pytest.MonkeyPatch, block: int) -> None:
    monkeypatch.setattr(work, "_BLOCK", block)
    gone_through(job)
    first = files(job)
    for name in first:
        Folder(job.folder).remove(name)
    gone_through(job)
    assert files(job) == first
    packed = first["part-000004.jsonl.zst"] or b""
    alerts = zstandard.ZstdDecompressor().decompressobj().decompress(packed)
    task = job.task
    expected = [alert.line(task.form) for alert in task.make_engine(RULES).run([Path(job.inputs) / "x.log"], Tally())]
    assert alerts.splitlines()[: len(expected)] == expected
    assert len(alerts.splitlines()) > len(expected)


def test_a_log_that_cannot_be_read_leaves_nothing(job: Job) -> None:
    gone = Part(4, Batch((Shard("x.log"), Shard("gone.log"), Shard("too.log")), 7))
    answer, _ = gone_through(job, gone)
    assert [str(fault) for fault in answer.faults] == [
        "gone.log: cannot be read: No such file or directory",
        "too.log: cannot be read: No such file or directory",
    ]
    assert answer.document
    assert files(job) == {}


def test_rules_and_folders_that_fail(job: Job) -> None:
    faulty, _ = gone_through(replace(job, rules=(RuleFile("faulty.yaml", b"- {rule: x}"),)))
    assert faulty.error
    assert faulty.error.exit_code == 3
    assert files(job) == {}
    full, _ = gone_through(replace(job, folder=f"{job.inputs}/x.log"))
    assert full.error
    assert full.error.exit_code == 4
    assert str(full.error).startswith(f"{job.inputs}/x.log cannot give part-000004.json: Not a directory")
