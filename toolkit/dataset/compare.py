"""Compares a fresh capture with the dataset that is there: the proof that it can be made again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from toolkit.capture.background import Shape, by_shape, describe
from toolkit.dataset.build import Files
from toolkit.dataset.manifest import RecordedScenario
from toolkit.dataset.read import Dataset
from toolkit.places import shown

MOST_SHOWN = 12
"""Differences shown of one line."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """What differs: text for people a difference, new shapes of background with their lines, and missing shapes."""

    differences: tuple[str, ...]
    new_shapes: dict[Shape, bytes]
    missing_shapes: tuple[Shape, ...]
    compared: int


def compare(existing: Dataset, fresh: Files, *, partial: bool) -> Comparison:
    """Compare scenario files byte for byte, and the noise of the same provider by its shapes; no provenance.

    `fresh` holds what was played and nothing else; what the cluster lacks a feature for is not compared, and with
    `partial` only the scenarios played count.
    """
    differences: list[str] = []
    scenarios = fresh.manifest.scenarios
    played = {name: each for name, each in scenarios.items() if _was_played(each) or name not in existing.scenarios}
    for name, entry in played.items():
        differences += _scenario(existing, name, entry, fresh.content[entry.file])
    gone = [] if partial else sorted(existing.scenarios.keys() - scenarios.keys())
    differences += [f"{shown(existing.scenarios[name].path)}: no such scenario was played" for name in gone]
    known, found = ({}, {}) if partial else _noise(existing, fresh)
    new = {shape: line for shape, line in found.items() if shape not in known}
    return Comparison(tuple(differences), new, tuple(sorted(known.keys() - found.keys())), len(played))


def _noise(existing: Dataset, fresh: Files) -> tuple[dict[Shape, bytes], dict[Shape, bytes]]:
    """Return the shapes that are known of the provider's clusters, and those that came."""
    ((provider, entry),) = fresh.manifest.background.items()
    known = existing.background.get(provider)
    return by_shape(known.lines if known else ()), by_shape(fresh.content[entry.file].splitlines())


def describe_noise(comparison: Comparison) -> Iterator[str]:
    """Yield a line for each shape of background that is new or did not come this time."""
    yield from (f"did not come this time: {describe(shape)}" for shape in comparison.missing_shapes)
    yield from (f"new: {describe(shape)}" for shape in comparison.new_shapes)


def _was_played(entry: RecordedScenario) -> bool:
    return not all(step.left_out for step in entry.steps)


def _scenario(existing: Dataset, name: str, entry: RecordedScenario, content: bytes) -> Iterator[str]:
    before = existing.scenarios.get(name)
    if before is None:
        yield f"{name}: not in {shown(existing.folder)}"
        return
    if before.digest != entry.digest:
        yield f"{shown(before.path)}: the scenario changed since it was recorded"
    steps = {number: step.name for step in entry.steps for number in (*step.lines, *step.consequences)}
    pairs = zip_longest(before.lines, content.split(b"\n")[:-1])
    for number, (old, new) in enumerate(pairs, 1):
        if old != new:
            yield f"{shown(before.path)}:{number} · {steps.get(number, 'a step that is gone')}\n" + _line(old, new)
    if before.steps != {step.name: step for step in entry.steps} and content == b"".join(
        b + b"\n" for b in before.lines
    ):
        yield f"{shown(before.path)}: the lines are the same and belong to other steps"


def _line(old: bytes | None, new: bytes | None) -> str:
    if old is None or new is None:
        return "    the line is new" if old is None else "    the line is gone"
    found = list(_differences(json.loads(old), json.loads(new), ""))
    found = found or ["only the order of members, or how a value is spelled"]
    more = [f"… and {len(found) - MOST_SHOWN} more"] if len(found) > MOST_SHOWN else []
    return "\n".join(f"    {each}" for each in found[:MOST_SHOWN] + more)


def _differences(old: Any, new: Any, path: str) -> Iterator[str]:
    if isinstance(old, dict) and isinstance(new, dict):
        for key in [*old, *(key for key in new if key not in old)]:
            yield from _differences(old.get(key, _ABSENT), new.get(key, _ABSENT), f"{path}/{key}")
    elif isinstance(old, list) and isinstance(new, list):
        for number, (one, other) in enumerate(zip_longest(old, new, fillvalue=_ABSENT)):
            yield from _differences(one, other, f"{path}/{number}")
    elif old is not new and old != new:
        yield f"{path}: {_short(old)} → {_short(new)}"


_ABSENT = object()


def _short(value: Any) -> str:
    if value is _ABSENT:
        return "absent"
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 70 else f"{text[:67]}…"
