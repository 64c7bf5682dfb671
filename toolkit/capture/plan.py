"""What is going to be asked of the API server: scenarios as ordered requests, without asking anything."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from toolkit.capture.requests import Request, requests_of
from toolkit.scenarios.model import Scenario, Step

PHASES = ("setup", "steps", "teardown")
_FEATURES = {"local": frozenset({"controllers"})}
_EVERY_FEATURE = frozenset({"controllers", "kubelet", "scheduler"})


def features_of(provider: str) -> frozenset[str]:
    """Return what a provider's clusters offer besides an API server; only the local one lacks something."""
    return _FEATURES.get(provider, _EVERY_FEATURE)


@dataclass(frozen=True, slots=True)
class PlannedStep:
    """One step with its requests; `settle` are paths of objects that must have come to rest before."""

    scenario: Scenario
    phase: str
    number: int
    step: Step
    requests: tuple[Request, ...]
    settle: tuple[str, ...]

    @property
    def tag(self) -> str:
        """What names the step in the recorded lines of its requests, before the request's own number."""
        return f"{self.scenario.name}/{self.phase}/{self.number}"


@dataclass(frozen=True, slots=True)
class PlannedScenario:
    """One scenario as it will be played; `left_out` says why steps (by name) will not be.

    `namespace_labels` are those of the namespace that is made for it.
    """

    scenario: Scenario
    steps: tuple[PlannedStep, ...]
    left_out: dict[str, str]
    namespace_labels: Mapping[str, str] = field(default_factory=dict)

    def phase(self, name: str) -> Iterator[PlannedStep]:
        """Yield the steps of `setup`, `steps` or `teardown`, in order."""
        return (planned for planned in self.steps if planned.phase == name)


def plan(scenarios: Iterable[Scenario], features: frozenset[str]) -> list[PlannedScenario]:
    """Return what is played of each scenario on a cluster with these features; its order is the play's."""
    return [_planned(scenario, features) for scenario in scenarios]


def _planned(scenario: Scenario, features: frozenset[str]) -> PlannedScenario:
    planned: list[PlannedStep] = []
    left_out: dict[str, str] = {}
    for phase in PHASES:
        for number, step in enumerate(getattr(scenario, phase)):
            missing = sorted((scenario.needs | step.needs) - features)
            if missing:
                left_out[step.name] = f"needs {', '.join(missing)}"
                continue
            tag = f"{scenario.name}/{phase}/{number}"
            requests = tuple(requests_of(scenario, step, tag))
            settle = tuple(request.settles for request in requests if request.settles)
            planned.append(PlannedStep(scenario, phase, number, step, requests, settle))
    return PlannedScenario(scenario, tuple(planned), left_out)


def describe(planned: Iterable[PlannedScenario]) -> Iterator[str]:
    """Yield the plan as lines for people."""
    for scenario in planned:
        where = "its own namespace" if scenario.scenario.own_namespace else f"namespace {scenario.scenario.namespace}"
        yield f"{scenario.scenario.name} ({where})"
        for step in scenario.steps:
            yield f"  {step.step.name}" + ("" if step.phase == "steps" else f" ({step.phase})")
            yield from (f"    {request}" for request in step.requests)
            for c in step.step.consequences:
                yield f"    awaits {c.verb} {'/'.join(filter(None, (c.resource, c.subresource)))} by {c.user}"
        yield from (f"  {name}: left out, {reason}" for name, reason in scenario.left_out.items())
