"""Ties recorded lines to what caused them: by tag, by consequence, by namespace and order."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from toolkit.capture.plan import PlannedScenario, PlannedStep
from toolkit.capture.recorded import Recorded
from toolkit.scenarios.model import Consequence

NAMESPACE_STEP = "namespace"
"""The phase under which the making of a scenario's own namespace is tagged."""
_CONTROLLER = "system:serviceaccount:kube-system:"


@dataclass(slots=True)
class TiedStep:
    """The lines of one step: its own by request, and those that match each of its consequences."""

    planned: PlannedStep
    own: list[list[Recorded]]
    consequences: list[list[Recorded]] = field(default_factory=list)


@dataclass(slots=True)
class Tied:
    """Every line in its place: steps' own and claimed ones, the cluster's noise, and lines of no known step."""

    steps: dict[str, TiedStep]
    background: list[Recorded]
    unknown: list[Recorded]


def tie(planned: Sequence[PlannedScenario], lines: Sequence[Recorded], is_sentinel: Sequence[bool]) -> Tied:
    """Tie every line; `is_sentinel` says of each line whether it is one of the toolkit's own sentinels."""
    steps = {step.tag: TiedStep(step, [[] for _ in step.requests]) for each in planned for step in each.steps}
    unknown = _tie_own(steps, planned, lines)
    claimed: set[int] = set()
    all_starts = sorted(start for step in steps.values() if (start := _start(step)) is not None)
    for scenario in planned:
        claimed |= _tie_consequences(scenario, steps, lines, all_starts)
    own_namespaces = {each.scenario.namespace for each in planned if each.scenario.own_namespace}
    background = [
        line
        for line, sentinel in zip(lines, is_sentinel, strict=True)
        if not (line.tag or sentinel or line.number in claimed or _is_lifecycle(line, own_namespaces))
    ]
    return Tied(steps, background, unknown)


def matches(consequence: Consequence, line: Recorded, own_namespace: str) -> bool:
    """Say whether a line is what the consequence claims; `own_namespace` is meant where it names none."""
    namespace = consequence.namespace or own_namespace
    return (
        line.tag is None
        and fnmatchcase(line.user, consequence.user)
        and line.operation == consequence.verb
        and line.resource == consequence.resource
        and line.subresource == (consequence.subresource or "")
        and line.namespace in {namespace, ""}
        and (consequence.name is None or fnmatchcase(line.name, consequence.name))
    )


def collapse_retries(requests: Iterable[Sequence[Recorded]]) -> list[list[Recorded]]:
    """Return a step's lines by request, of each object's reviews only the first: the others are retries."""
    seen: set[tuple[str, ...]] = set()
    kept: list[list[Recorded]] = []
    for lines in requests:
        kept.append([])
        for line in lines:
            key = (line.operation, line.group, line.resource, line.subresource, line.namespace, line.name)
            if key not in seen:
                seen.add(key)
                kept[-1].append(line)
    return kept


def _tie_own(
    steps: dict[str, TiedStep], planned: Sequence[PlannedScenario], lines: Sequence[Recorded]
) -> list[Recorded]:
    namespaces = {f"{each.scenario.name}/{NAMESPACE_STEP}" for each in planned}
    unknown = []
    for line in lines:
        if line.tag is None or line.tag in namespaces:
            continue
        tag, _, number = line.tag.rpartition("/")
        if tag in steps and re.fullmatch("[0-9]{1,9}", number) and int(number) < len(steps[tag].own):
            steps[tag].own[int(number)].append(line)
        else:
            unknown.append(line)
    return unknown


def _tie_consequences(
    scenario: PlannedScenario, steps: dict[str, TiedStep], lines: Sequence[Recorded], all_starts: Sequence[int]
) -> set[int]:
    """Look for each step's consequences after its first line.

    In the scenario's own namespace until the scenario's next step, elsewhere only until the next step of any.
    """
    own_namespace = scenario.scenario.namespace
    tied = [(start, step) for planned in scenario.steps if (start := _start(step := steps[planned.tag])) is not None]
    claimed: set[int] = set()
    ends = [start for start, _ in tied[1:]] + [len(lines)]
    for (start, step), end in zip(tied, ends, strict=False):
        next_of_any = next((other for other in all_starts if other > start), len(lines))
        window = [ln for ln in lines[start:end] if ln.number < next_of_any or ln.namespace == own_namespace]
        for consequence in step.planned.step.consequences:
            found = [line for line in window if matches(consequence, line, own_namespace)]
            step.consequences.append(found)
            claimed |= {line.number for line in found}
    return claimed


def _start(step: TiedStep) -> int | None:
    return min((line.number for own in step.own for line in own), default=None)


def _is_lifecycle(line: Recorded, own_namespaces: set[str]) -> bool:
    """Say whether a line is what controllers do because a scenario's own namespace comes or goes."""
    if line.namespace not in own_namespaces or not line.user.startswith(_CONTROLLER):
        return False
    made = (line.operation, line.resource, line.name) in {
        ("CREATE", "serviceaccounts", "default"),
        ("CREATE", "configmaps", "kube-root-ca.crt"),
    }
    return made or line.resource == "namespaces" or line.user == f"{_CONTROLLER}namespace-controller"
