"""The proof that nothing was lost: every request has its line, every line its request, every count agrees."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from toolkit.capture.plan import PlannedScenario, PlannedStep
from toolkit.capture.recorded import read_all
from toolkit.capture.tie import Tied, TiedStep
from toolkit.errors import Fault


@dataclass(frozen=True, slots=True)
class Proof:
    """The counts of a complete capture."""

    requests: int
    tied: int
    by_others: int
    counter: int
    lines: int
    sentinels: int

    def __str__(self) -> str:
        """Render as the closing line of a capture."""
        sentinels = f"{self.sentinels} sentinel{'s' if self.sentinels != 1 else ''}"
        return (
            f"{self.requests} requests, {self.tied} lines tied, {self.by_others} by others, "
            f"counter {self.counter} = lines {self.lines} ({sentinels})"
        )


def find_gaps(planned: Iterable[PlannedScenario], tied: Tied) -> list[Fault]:
    """Return a fault for each request without its line, line without its request, consequence without a line."""
    faults = [fault for each in planned for step in each.steps for fault in _step_gaps(step, tied.steps)]
    for line in tied.unknown:
        faults.append(Fault(f"recorded line {line.number + 1} names a step that was not played: {line.tag}"))
    return faults


def count_gap(counter: int, lines: int) -> Fault:
    """Return the fault of a recorder that counted other than it wrote."""
    why = ": it ended by itself or was started anew, and counts from nothing" if counter < lines else ""
    return Fault(
        f"the recorder counted {counter} requests and its log has {lines} lines{why}",
        hint="events were lost; look at the recorder's own messages and at the disk it writes to",
    )


def lost_steps(begun: Iterable[PlannedStep], lines: Iterable[bytes]) -> Fault | None:
    """Return a fault that names the steps that were begun and of which no event was recorded; None without any."""
    recorded = {(line.tag or "").rpartition("/")[0] for line in read_all(lines)}
    lost = [
        f"{each.scenario.name} :: {each.step.name}"
        for each in begun
        if each.tag not in recorded and any(request.reviewed for request in each.requests)
    ]
    if not lost:
        return None
    steps = "step that was begun" if len(lost) == 1 else "steps that were begun"
    return Fault(f"no event was recorded of {len(lost)} {steps}:", snippet="\n".join(lost))


def _step_gaps(planned: PlannedStep, tied: Mapping[str, TiedStep]) -> list[Fault]:
    step, own = planned.step, tied[planned.tag].own
    faults = []
    for request, lines in zip(planned.requests, own, strict=True):
        if request.reviewed and not lines:
            hint = "if the API server never reviews such a request, say `records: nothing`"
            faults.append(Fault(f'step "{step.name}" left no event: {request}', step.place, hint))
        if not request.reviewed and lines:
            message = f'step "{step.name}" should leave no event and left {len(lines)}: {request}'
            faults.append(Fault(message, step.place, "remove `records: nothing`"))
    return faults + _unmet(planned, tied[planned.tag].consequences)


def _unmet(planned: PlannedStep, found: Sequence[Sequence[object]]) -> list[Fault]:
    claimed = planned.step.consequences
    matched = list(found) or [[] for _ in claimed]
    return [
        Fault(
            f"no {c.verb} of {'/'.join(filter(None, (c.resource, c.subresource)))} by {c.user} "
            f'came of step "{planned.step.name}"',
            c.place,
            "check user, verb, resource and namespace; `toolkit generate --raw FILE` shows what came",
        )
        for c, lines in zip(claimed, matched, strict=True)
        if not lines
    ]
