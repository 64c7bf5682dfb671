"""The report as values: what rules, steps, the background and the published plugin came to."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from toolkit.errors import ExitCode
from toolkit.judge.model import Finding, StepResult
from toolkit.places import Place


class RuleVerdict(StrEnum):
    """What a rule came to over all its steps; the worst first."""

    FAILED = "failed"
    UNTESTED = "untested"
    FIRES_ONLY = "fires only"
    IMPOSSIBLE = "impossible"
    PROVEN = "proven"


@dataclass(frozen=True, slots=True)
class Shadow:
    """A rule that stands before another, and the number of events on which Falco's `first` reports it instead."""

    rule: str
    events: int


@dataclass(frozen=True, slots=True)
class RuleResult:
    """One rule over all selected steps and datasets.

    `fires` and `near_misses` name the steps that showed it, each once; `off_by_default` means that it fired only
    where a scenario switched it on; `reason` says what the verdict alone does not. `events` counts those where it
    fires as claimed, `shadowed_by` those of them on which Falco's `first` would report another rule.
    """

    name: str
    verdict: RuleVerdict
    place: Place | None
    fires: tuple[str, ...] = ()
    near_misses: tuple[str, ...] = ()
    off_by_default: bool = False
    reason: str = ""
    events: int = 0
    shadowed_by: tuple[Shadow, ...] = ()


@dataclass(frozen=True, slots=True)
class BackgroundRule:
    """A rule that fires on the cluster's own noise: on which events, and the reason given (None: unclaimed)."""

    rule: str
    reason: str | None
    events: tuple[Place, ...]


@dataclass(frozen=True, slots=True)
class BackgroundResult:
    """The noise of one provider's clusters in a dataset: how many shapes, which rules fire, what is wrong with that."""

    dataset: str
    shapes: int
    rules: tuple[BackgroundRule, ...]
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class DatasetSummary:
    """What was judged of one dataset; `events` counts the lines read, the background's among them."""

    folder: str
    kubernetes: str
    provider: str
    recorder: str
    scenarios: int
    steps: int
    events: int


@dataclass(frozen=True, slots=True)
class Difference:
    """An event on which a rule does otherwise with the published plugin; `fields` are those that it reads otherwise."""

    event: Place
    fires: bool
    fires_published: bool
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PublishedRule:
    """A rule that would behave otherwise in a Falco with the published plugin.

    `unknown_fields` keep its file from loading; otherwise `verdict` is what the same steps come to, and
    `differences` the events where it fires and should not, or the other way round.
    """

    rule: str
    place: Place | None
    verdict: RuleVerdict | None
    unknown_fields: tuple[str, ...] = ()
    differences: tuple[Difference, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that one run of `toolkit validate` found.

    `findings` are about no step; `published` is None where it was not asked for; `partial` says that an
    expression selected what was judged.
    """

    rule_files: tuple[str, ...]
    datasets: tuple[DatasetSummary, ...]
    rules: tuple[RuleResult, ...]
    steps: tuple[StepResult, ...]
    background: tuple[BackgroundResult, ...]
    findings: tuple[Finding, ...] = ()
    warnings: tuple[str, ...] = ()
    published: tuple[PublishedRule, ...] | None = None
    partial: bool = False

    @property
    def failed_steps(self) -> tuple[StepResult, ...]:
        """The steps with something wrong."""
        return tuple(step for step in self.steps if step.findings)

    @property
    def failed_rules(self) -> tuple[RuleResult, ...]:
        """The rules that keep the run from being green: failed ones, and those that no step shows firing."""
        red = {RuleVerdict.FAILED, RuleVerdict.UNTESTED}
        return tuple(rule for rule in self.rules if rule.verdict in red)

    @property
    def exit_code(self) -> ExitCode:
        """The exit status: 0, 1 when anything failed, 5 when nothing that was selected could be exercised."""
        if self.failed_steps or self.failed_rules or self.findings or any(b.findings for b in self.background):
            return ExitCode.CHECK_FAILED
        exercised = any(not step.left_out for step in self.steps) or self.background
        return ExitCode.GOOD if exercised else ExitCode.NOTHING_SELECTED
