"""What shards come to as JSON documents, the same bytes for the same result, and read back."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from toolkit.engine.shards import Shard, ShardResult
from toolkit.engine.summary import Distinct, Example, RuleSummary, Summary
from toolkit.errors import bad_input
from toolkit.events.tally import Note, Tally
from toolkit.places import Place

_AGAIN = "remove it, and run the same command again"


@dataclass(frozen=True, slots=True)
class PartResult:
    """What a part of a run came to: its shards and their result, places as yet from where the part begins."""

    shards: tuple[Shard, ...]
    size: int
    result: ShardResult

    def document(self, run: str) -> bytes:
        """Return the part's document, which names the run that it is of."""
        result = self.result
        members = {
            "run": run,
            "from": [[shard.name, shard.begin, shard.end] for shard in self.shards],
            "size": self.size,
            "lines": result.length,
            "alerts": dict(result.counts),
            **_tally(result.tally),
            "summary": result.summary and {name: _rule(found) for name, found in result.summary.rules.items()},
        }
        return to_json(members)


def read_part(content: bytes, run: str, place: str) -> PartResult:
    """Return what a part's document says. Raises ToolkitError (exit 3) where it is damaged, or of another run."""
    try:
        members = json.loads(content)
        shards = tuple(Shard(path, begin, end, None if begin else 0) for path, begin, end in members["from"])
        summary = members["summary"]
        result = ShardResult(
            Counter(members["alerts"]),
            _read_tally(members),
            summary=None if summary is None else _read_summary(summary),
            length=members["lines"],
        )
        found = PartResult(shards, members["size"], result)
        is_of_run = members["run"] == run
    except (ValueError, KeyError, TypeError) as error:
        raise bad_input("is damaged", Place(place), hint=_AGAIN) from error
    if not is_of_run:
        raise bad_input("is of another run", Place(place), hint=_AGAIN)
    return found


def run_of(content: bytes) -> str | None:
    """Return which run a part's document is of, None where it is damaged."""
    try:
        return str(json.loads(content)["run"])
    except (ValueError, KeyError, TypeError):
        return None


def joined(results: Sequence[ShardResult]) -> ShardResult:
    """Return what shards come to together, in their order; places stay what they are."""
    if len(results) == 1:
        return results[0]
    has_summary = any(result.summary for result in results)
    whole = ShardResult(Counter(), Tally(), summary=Summary() if has_summary else None)
    for result in results:
        add(whole, result)
    return whole


def add(whole: ShardResult, result: ShardResult) -> None:
    """Count in `whole` what comes next."""
    whole.counts.update(result.counts)
    whole.tally.add(result.tally)
    if whole.summary and result.summary:
        whole.summary.merge(result.summary)


def to_json(members: dict[str, Any]) -> bytes:
    """Return a document in one line, halves of surrogate pairs included."""
    return json.dumps(members, sort_keys=True, separators=(",", ":")).encode() + b"\n"


def _tally(tally: Tally) -> dict[str, Any]:
    return {
        "events": tally.reviews,
        "broken": tally.broken,
        "without_time": tally.without_time,
        "first_broken": [_note(note) for note in tally.named],
        "first_without_time": tally.first_without_time and _note(tally.first_without_time),
    }


def _read_tally(members: dict[str, Any]) -> Tally:
    tally = Tally()
    tally.reviews, tally.broken = members["events"], members["broken"]
    tally.without_time = members["without_time"]
    tally.named = [_read_note(note) for note in members["first_broken"]]
    first = members["first_without_time"]
    tally.first_without_time = None if first is None else _read_note(first)
    return tally


def _note(note: Note) -> list[Any]:
    return [note.place.file, note.place.line, note.reason]


def _read_note(note: list[Any]) -> Note:
    file, line, reason = note
    return Note(Place(file, line), reason)


def _rule(found: RuleSummary) -> dict[str, Any]:
    return {
        "alerts": found.alerts,
        "users": _distinct(found.users),
        "namespaces": _distinct(found.namespaces),
        "objects": _distinct(found.objects),
        "first_ns": found.first_ns,
        "last_ns": found.last_ns,
        "examples": [[each.place.file, each.place.line, each.line] for each in found.examples],
    }


def _distinct(found: Distinct) -> dict[str, Any]:
    return {"names": sorted(found.names), "exact": found.is_exact}


def _read_summary(members: dict[str, Any]) -> Summary:
    summary = Summary()
    for name, found in members.items():
        summary.rules[name] = RuleSummary(
            alerts=found["alerts"],
            users=_read_distinct(found["users"]),
            namespaces=_read_distinct(found["namespaces"]),
            objects=_read_distinct(found["objects"]),
            first_ns=found["first_ns"],
            last_ns=found["last_ns"],
            examples=[Example(Place(file, line), text) for file, line, text in found["examples"]],
        )
    return summary


def _read_distinct(members: dict[str, Any]) -> Distinct:
    return Distinct(members["names"], is_exact=members["exact"])
