"""Makes of a capture the files of a dataset: alone, or merged into the one that is there."""

from __future__ import annotations

from dataclasses import dataclass

from toolkit.capture.assemble import ScenarioLines
from toolkit.capture.background import by_shape
from toolkit.capture.canonical import REPLACED
from toolkit.capture.session import Captured
from toolkit.dataset.manifest import Manifest, Provenance, RecordedFile, RecordedScenario, RecordedStep, sha256
from toolkit.dataset.read import Dataset

BACKGROUND = "background.jsonl"


@dataclass(frozen=True, slots=True)
class Files:
    """A dataset before it is written: its manifest, and the bytes of each file."""

    manifest: Manifest
    content: dict[str, bytes]


def build(captured: Captured, provenance: Provenance, existing: Dataset | None, *, partial: bool) -> Files:
    """Return the dataset of a capture.

    `partial`: only some scenarios were played, so the others and the background stay as they are in `existing`;
    one of which nothing was played is left out only where `existing` does not have it.
    Shapes of background known from the same Kubernetes version stay as well: noise comes or not as timing has it.
    """
    known = existing.scenarios if existing and partial else {}
    fresh = [each for each in captured.scenarios if each.was_played or each.name not in known]
    content = {_file(each.name): _text(each.lines) for each in fresh}
    scenarios = {each.name: _entry(each, content) for each in fresh}
    if existing and partial:
        kept = {name: entry for name, entry in existing.manifest.scenarios.items() if name not in scenarios}
        scenarios |= kept
        content |= {entry.file: _text(existing.scenarios[name].lines) for name, entry in kept.items()}
    content[BACKGROUND] = _text(_background(captured, provenance, existing, partial=partial))
    background = RecordedFile(BACKGROUND, sha256(content[BACKGROUND]), content[BACKGROUND].count(b"\n"))
    minor = ".".join(provenance.kubernetes.split(".")[:2])
    manifest = Manifest(minor, provenance, REPLACED, dict(sorted(scenarios.items())), background)
    return Files(manifest, content)


def _background(
    captured: Captured, provenance: Provenance, existing: Dataset | None, *, partial: bool
) -> tuple[bytes, ...]:
    if existing is None or existing.manifest.provenance.kubernetes != provenance.kubernetes:
        return captured.background
    if partial:
        return existing.background
    merged = by_shape(captured.background) | by_shape(existing.background)
    return tuple(merged[shape] for shape in sorted(merged))


def _entry(lines: ScenarioLines, content: dict[str, bytes]) -> RecordedScenario:
    text = content[_file(lines.name)]
    steps = tuple(RecordedStep(step.name, step.lines, step.consequences, step.left_out) for step in lines.steps)
    return RecordedScenario(lines.digest, _file(lines.name), sha256(text), len(lines.lines), steps, lines.redacted)


def _file(scenario: str) -> str:
    return f"{scenario}.jsonl"


def _text(lines: tuple[bytes, ...]) -> bytes:
    return b"".join(line + b"\n" for line in lines)
