"""What a run is of, kept beside its results, so that nobody adds to them what does not belong there."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from typing import Any

from toolkit import __version__
from toolkit.engine.shards import Task
from toolkit.errors import ExitCode, Fault, ToolkitError, bad_input, usage
from toolkit.events.files import Input
from toolkit.fields.event import Machine
from toolkit.places import Place
from toolkit.ruleset.loader import RuleFile
from toolkit.spread.documents import to_json
from toolkit.spread.names import RUN, foreign
from toolkit.storage.folder import Folder

_LEAST, _MOST = 2**20, 2**28
"""The least and the most bytes of a shard."""
_SHARDS = 256
"""So many shards are wanted of logs that are not small."""
_NAMED = 5
"""So many files are named in a fault."""
_SHORT = 60
_ELSEWHERE = "name another folder with --out, or remove this one to begin anew"
_NOT_COMPARED = ("machine", "spool", "rendered")
_WORDS = {
    "plugin": "--plugin",
    "matching": "--matching",
    "engine": "--engine",
    "summary": "--summary",
    "form": "the form of alerts (json_* of the configuration)",
    "hostname": "--hostname",
    "max_bytes": "maxEventSize of the configuration",
    "plugins": "the plugins of the configuration",
    "user_fields": "--fields-file",
    "static_fields": "static_fields of the configuration",
    "priority": "--priority",
    "additions": "append_output of the configuration",
    "selectors": "which rules are on (rules of the configuration)",
}


@dataclass(frozen=True, slots=True)
class RunPlan:
    """Rules, settings and logs of a run, and the bytes of its shards."""

    rules: tuple[RuleFile, ...]
    task: Task
    inputs: tuple[Input, ...]
    shard_size: int

    def members(self) -> dict[str, Any]:
        """Return what is kept of it; two runs with the same come to the same."""
        return {
            "toolkit": __version__,
            "rules": [[rules.name, hashlib.sha256(rules.text).hexdigest()] for rules in self.rules],
            "task": {each.name: _text(getattr(self.task, each.name)) for each in _compared()},
            "logs": [[found.name, found.size, found.version] for found in self.inputs],
            "shard_bytes": self.shard_size,
        }


def shard_size(total: int) -> int:
    """Return the bytes of a shard of logs that are so large together."""
    return max(_LEAST, min(_MOST, total // _SHARDS))


@dataclass(frozen=True, slots=True)
class Begun:
    """A run whose folder is ready: its digest, the machine that it counts as run on, and what is in the folder."""

    digest: str
    machine: Machine
    names: list[str]


def begin(plan: RunPlan, folder: Folder) -> Begun:
    """Make the folder that of the run, or go on with a run that was begun in it.

    Raises ToolkitError: exit 2 where the folder holds other files or another run, with every difference; exit 3 where
    the plan in it is damaged, exit 4 where it cannot be used.
    """
    names = folder.names()
    if strange := foreign(names):
        raise usage(f"{folder} holds what is not of a run: {_some(strange)}", hint="name a folder that is empty")
    members = plan.members()
    digest = _digest(members)
    kept = folder.find(RUN)
    has_parts = set(names) - {RUN}
    if kept is None and has_parts:
        raise usage(f"{folder} holds parts of a run, and no {RUN} that says of which", hint=_ELSEWHERE)
    if kept is None or not has_parts:
        machine = plan.task.machine
        folder.make()
        folder.write(RUN, _document(members, machine))
        return Begun(digest, machine, [RUN])
    before, machine = _read(kept, folder)
    if differences := [Fault(f"{folder}: the run in it has {words}") for words in _differences(before, members)]:
        last = Fault(differences[-1].message, hint=_ELSEWHERE)
        raise ToolkitError([*differences[:-1], last], ExitCode.USAGE)
    folder.clear_unfinished()
    return Begun(digest, machine, names)


def _digest(members: dict[str, Any]) -> str:
    """Return the digest of a plan; what rules files are called does not count."""
    texts = [digest for _, digest in members["rules"]]
    return hashlib.sha256(to_json({**members, "rules": texts})).hexdigest()


def _document(members: dict[str, Any], machine: Machine) -> bytes:
    about = {"hostname": machine.hostname, "utc_offset": machine.utc_offset}
    return json.dumps({**members, "machine": about}, indent=1).encode() + b"\n"


def _read(content: bytes, folder: Folder) -> tuple[dict[str, Any], Machine]:
    try:
        members = json.loads(content)
        machine = Machine(**members.pop("machine"))
        for name in ("toolkit", "rules", "task", "logs", "shard_bytes"):
            members[name]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise bad_input("is damaged", Place(f"{folder}/{RUN}"), hint=_ELSEWHERE) from error
    return members, machine


def _differences(before: dict[str, Any], now: dict[str, Any]) -> Iterator[str]:
    """Yield how an earlier run differs, in words that follow `the run in it has`."""
    if before == now:
        return
    if before["toolkit"] != now["toolkit"]:
        yield f"version {before['toolkit']} of the toolkit; this is {now['toolkit']}"
    if [digest for _, digest in before["rules"]] != [digest for _, digest in now["rules"]]:
        yield f"other rules: {_changes(before['rules'], now['rules'])}"
    words = {_WORDS.get(name, name): _change(before["task"].get(name, ""), now["task"][name]) for name in now["task"]}
    yield from (f"other settings: {word} {change}".rstrip() for word, change in words.items() if change is not None)
    if before["logs"] != now["logs"]:
        yield f"other logs: {_changes(before['logs'], now['logs'])}"
    if before["shard_bytes"] != now["shard_bytes"]:
        yield f"shards of {before['shard_bytes']} bytes; here they have {now['shard_bytes']}"


def _change(before: str, now: str) -> str | None:
    """Return how a setting changed, where that can be said shortly, None where it did not."""
    if before == now:
        return None
    return f"was {before}, and is {now}" if len(before) + len(now) < _SHORT else ""


def _changes(before: Sequence[Sequence[Any]], now: Sequence[Sequence[Any]]) -> str:
    """Return which of named things changed, came and went."""
    old, new = ({name: rest for name, *rest in each} for each in (before, now))
    found = {
        "changed since": [name for name in new if name in old and old[name] != new[name]],
        "not in it": [name for name in new if name not in old],
        "only in it": [name for name in old if name not in new],
    }
    said = [f"{_some(names)} {word}" for word, names in found.items() if names]
    return "; ".join(said) or "the same in another order"


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return f"{', '.join(names[:_NAMED])}{more}"


def _compared() -> list[Any]:
    return [each for each in fields(Task) if each.name not in _NOT_COMPARED]


def _text(value: object) -> str:
    """Return a setting as text that is the same in every process: functions by name, sets in order."""
    if isinstance(value, (tuple, list)):
        return f"({', '.join(map(_text, value))})"
    if isinstance(value, frozenset):
        return f"{{{', '.join(sorted(map(_text, value)))}}}"
    if hasattr(value, "__dataclass_fields__"):
        members = ((each.name, getattr(value, each.name)) for each in fields(value))  # type: ignore[arg-type]
        return f"{type(value).__name__}({', '.join(f'{name}={_text(each)}' for name, each in members)})"
    return str(getattr(value, "__qualname__", None) or repr(value))
