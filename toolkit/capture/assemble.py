"""Puts a scenario's tied lines into the dataset's order and form."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from toolkit.capture.canonical import Canonical
from toolkit.capture.plan import PlannedScenario
from toolkit.capture.recorded import Recorded
from toolkit.capture.standins import Numbering
from toolkit.capture.tie import TiedStep, collapse_retries


@dataclass(frozen=True, slots=True)
class StepLines:
    """The numbers (from 1) of a step's lines in the scenario's file, and of one line for each consequence.

    `kubelet`: whether one carried it out, for steps that reach into a pod.
    """

    name: str
    lines: tuple[int, ...]
    consequences: tuple[int, ...]
    left_out: str = ""
    kubelet: bool | None = None


@dataclass(frozen=True, slots=True)
class ScenarioLines:
    """One scenario's file: its canonical lines, which step each belongs to, and how many values were redacted."""

    name: str
    digest: str
    lines: tuple[bytes, ...]
    steps: tuple[StepLines, ...]
    redacted: int

    @property
    def was_played(self) -> bool:
        """Whether any of its steps was."""
        return not all(step.left_out for step in self.steps)


def assemble(
    planned: PlannedScenario, tied: Mapping[str, TiedStep], images: Mapping[str, str] | None = None
) -> ScenarioLines:
    """Return the scenario's lines: each step's own, then one for each of its consequences, in step order.

    Lines of setup and teardown are not kept. The result depends on what was recorded, not on when. `images` are the
    nodes' images by their references, with what stands for each.
    """
    scenario = planned.scenario
    canonical = Canonical(Numbering(scenario.name), scenario.given, images)
    lines: list[bytes] = []
    steps: list[StepLines] = []
    for step in planned.phase("steps"):
        own, claimed = tied[step.tag].own, tied[step.tag].consequences
        canonical.enter(step.step.name, step.number)
        start = len(lines)
        for request in collapse_retries(own):
            lines += [canonical.line(line.raw) for line in _ordered(request, canonical)]
        own_numbers = tuple(range(start + 1, len(lines) + 1))
        consequences = _consequences(claimed, canonical, lines)
        steps.append(StepLines(step.step.name, own_numbers, consequences, kubelet=step.step.by_kubelet))
    steps += [StepLines(name, (), (), reason) for name, reason in planned.left_out.items()]
    order = {step.name: number for number, step in enumerate(scenario.steps)}
    steps = sorted((step for step in steps if step.name in order), key=lambda step: order[step.name])
    return ScenarioLines(scenario.name, scenario.digest, tuple(lines), tuple(steps), canonical.redacted)


def _consequences(claimed: Iterable[Sequence[Recorded]], canonical: Canonical, lines: list[bytes]) -> tuple[int, ...]:
    """Append each consequence's first line in canonical order and return their numbers; one line is kept once."""
    kept: dict[int, int] = {}
    numbers: list[int] = []
    for found in claimed:
        first = _ordered(found, canonical)[0]
        if first.number not in kept:
            lines.append(canonical.line(first.raw))
            kept[first.number] = len(lines)
        numbers.append(kept[first.number])
    return tuple(numbers)


def _ordered(found: Sequence[Recorded], canonical: Canonical) -> list[Recorded]:
    """Return several lines of one cause in an order that does not depend on when each was recorded."""
    return sorted(found, key=lambda line: canonical.masked(line.raw)) if len(found) > 1 else list(found)
