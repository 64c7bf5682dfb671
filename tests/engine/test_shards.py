"""Parts of a log come to what the whole comes to."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from toolkit.engine.shards import Shard, Task, scan_shard
from toolkit.errors import ToolkitError

RULES = """
- {rule: a, desc: d, source: k8s_admission, priority: INFO, condition: kar.verb = CREATE, output: "%kar.target.name"}
- {rule: b, desc: d, source: k8s_admission, priority: INFO, condition: kar.verb exists, output: "%kar.target.name"}
"""
LINE = (
    b'{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","request":{"uid":"u","kind":{"group":"","version":'
    b'"v1","kind":"Pod"},"resource":{"group":"","version":"v1","resource":"pods"},"name":"n%d","operation":"%s",'
    b'"object":null,"oldObject":null},"requestReceivedTimestamp":"2026-01-02T03:04:05.5Z"}\n'
)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "events.jsonl"
    made = [LINE % (number, b"CREATE" if number % 3 else b"DELETE") for number in range(20)]
    path.write_bytes(b"".join([*made[:7], b"{broken\n", *made[7:]]))
    return path


@pytest.mark.parametrize("kind", ["walk", "compiled"])
@pytest.mark.parametrize("rendered", [False, True])
def test_shards_at_line_ends_add_up(log: Path, kind: str, rendered: bool) -> None:
    task = Task(engine=kind, rendered=rendered)
    whole = scan_shard(RULES, Shard(str(log)), task)
    assert whole.counts == Counter(a=13, b=7)
    assert (whole.tally.lines, whole.tally.reviews, whole.tally.broken) == (21, 20, 1)
    size = len(LINE % (0, b"DELETE"))
    shards = [Shard(str(log), 0, 3 * size), Shard(str(log), 3 * size, lines_before=3)]
    parts = [scan_shard(RULES, shard, task) for shard in shards]
    assert sum((part.counts for part in parts), Counter()) == whole.counts
    assert [part.tally.reviews for part in parts] == [3, 17]
    assert tuple(line for part in parts for line in part.alerts) == whole.alerts
    assert len(whole.alerts) == (20 if rendered else 0)
    assert parts[1].tally.words()[0] == whole.tally.words()[0]
    assert parts[1].tally.words()[0].startswith(f"{log}:8: not JSON")


def test_rules_that_do_not_load(log: Path) -> None:
    with pytest.raises(ToolkitError, match="rules"):
        scan_shard("- {rule: x}", Shard(str(log)))
