"""Makes of a capture the files of a dataset: alone, or merged into the one that is there."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from toolkit.capture.assemble import ScenarioLines
from toolkit.capture.background import by_shape
from toolkit.capture.canonical import REPLACED
from toolkit.capture.session import Captured
from toolkit.dataset.manifest import (
    Manifest,
    Provenance,
    RecordedBackground,
    RecordedScenario,
    RecordedStep,
    sha256,
)
from toolkit.dataset.read import Dataset


@dataclass(frozen=True, slots=True)
class Files:
    """A dataset before it is written: its manifest, and the bytes of each file."""

    manifest: Manifest
    content: dict[str, bytes]


def background_file(provider: str) -> str:
    """Return the name of the file that holds the noise of a provider's clusters."""
    return "background.jsonl" if provider == "local" else f"background-{provider}.jsonl"


def build(captured: Captured, provenance: Provenance, existing: Dataset | None, *, partial: bool) -> Files:
    """Return the dataset of a capture.

    A scenario of which nothing was played, because the cluster lacks what it needs, stays as it is in `existing` if it
    did not change; so does the noise of other providers' clusters. `partial`: only some scenarios were played, so all
    others stay too, and what made them. Shapes of noise known from the same Kubernetes version stay as well: noise
    comes or not as timing has it.
    """
    kept = _kept(captured, provenance, existing, partial=partial)
    fresh = {each.name: each for each in captured.scenarios if each.name not in kept}
    content = {_file(name): _text(each.lines) for name, each in fresh.items()}
    content |= {_file(name): _text(existing.scenarios[name].lines) for name in kept} if existing else {}
    made = existing.manifest.provenance if existing and partial else provenance
    scenarios = {name: _entry(each, content, provenance) for name, each in fresh.items()} | kept
    scenarios = {name: _made_by(scenarios[name], made) for name in sorted(scenarios)}
    background = _background(captured, provenance, existing, content, partial=partial)
    minor = ".".join(provenance.kubernetes.split(".")[:2])
    return Files(Manifest(minor, made, REPLACED, scenarios, background), content)


def _kept(
    captured: Captured, provenance: Provenance, existing: Dataset | None, *, partial: bool
) -> dict[str, RecordedScenario]:
    """Return the entries that stay as they are, each with what made it."""
    if existing is None:
        return {}
    captures = {each.name: each for each in captured.scenarios}
    kept = {}
    for name, entry in existing.manifest.scenarios.items():
        made = entry.provenance or existing.manifest.provenance
        capture = captures.get(name)
        if capture is None:
            stays = partial
        else:
            is_same = entry.digest == capture.digest and made.kubernetes == provenance.kubernetes
            stays = not capture.was_played and (partial or is_same)
        if stays:
            kept[name] = msgspec.structs.replace(entry, provenance=made)
    return kept


def _made_by(entry: RecordedScenario, provenance: Provenance) -> RecordedScenario:
    """Return the entry without what it has in common with the dataset."""
    return msgspec.structs.replace(entry, provenance=None) if entry.provenance == provenance else entry


def _background(
    captured: Captured,
    provenance: Provenance,
    existing: Dataset | None,
    content: dict[str, bytes],
    *,
    partial: bool,
) -> dict[str, RecordedBackground]:
    """Add the files of noise to `content` and return their entries by provider."""
    found = dict(existing.manifest.background) if existing else {}
    content |= {entry.file: _text(existing.background[name].lines) for name, entry in found.items()} if existing else {}
    if not (existing and partial):
        known = found.get(provenance.provider)
        is_same = known is not None and known.provenance.kubernetes == provenance.kubernetes
        lines = _merged(captured, existing.background[provenance.provider].lines if existing and is_same else ())
        file, text = background_file(provenance.provider), _text(lines)
        content[file] = text
        found[provenance.provider] = RecordedBackground(file, sha256(text), len(lines), provenance)
    return dict(sorted(found.items()))


def _merged(captured: Captured, known: tuple[bytes, ...]) -> tuple[bytes, ...]:
    merged = by_shape(captured.background) | by_shape(known)
    return tuple(merged[shape] for shape in sorted(merged))


def _entry(lines: ScenarioLines, content: dict[str, bytes], provenance: Provenance) -> RecordedScenario:
    text = content[_file(lines.name)]
    steps = tuple(
        RecordedStep(step.name, step.lines, step.consequences, step.left_out, step.kubelet) for step in lines.steps
    )
    file, size = _file(lines.name), len(lines.lines)
    return RecordedScenario(lines.digest, file, sha256(text), size, steps, lines.redacted, provenance)


def _file(scenario: str) -> str:
    return f"{scenario}.jsonl"


def _text(lines: tuple[bytes, ...]) -> bytes:
    return b"".join(line + b"\n" for line in lines)
