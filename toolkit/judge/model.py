"""What a step came to as values: its verdict, what is wrong, and why."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from toolkit.places import Place


class StepVerdict(StrEnum):
    """What a step came to; the worst first."""

    UNRECORDED = "unrecorded"
    MISSED = "missed"
    UNEXPECTED = "unexpected"
    VACUOUS = "vacuous"
    MET = "met"


@dataclass(frozen=True, slots=True)
class Reading:
    """A field that a condition read, as rules write it, and its value on the event in words (`<NA>`: missing)."""

    field: str
    value: str


@dataclass(frozen=True, slots=True)
class Decision:
    """A check that settled a condition: its text, whether it held, what it read, and where it is written.

    `inside` names the macro that holds it, None where it stands in the rule itself.
    """

    text: str
    holds: bool
    reads: tuple[Reading, ...]
    place: Place | None = None
    inside: str | None = None


@dataclass(frozen=True, slots=True)
class Quote:
    """A line of a file."""

    place: Place
    text: str


@dataclass(frozen=True, slots=True)
class Why:
    """Why a rule fired on an event or not: the deciding checks, every field read, and the manifest's own line.

    `hint` is the likely reason, where there is one.
    """

    event: Place
    rule: Place
    fired: bool
    decided_by: tuple[Decision, ...]
    reads: tuple[Reading, ...]
    manifest: Quote | None = None
    hint: str | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong with a step or the background; `place` is the claim's, in the scenario's file."""

    verdict: StepVerdict
    message: str
    place: Place
    rule: str | None = None
    event: Place | None = None
    why: Why | None = None
    hint: str | None = None


@dataclass(frozen=True, slots=True)
class NearMiss:
    """A rule that stayed silent where it had to, the reason that the scenario gives, and the checks that held it."""

    rule: str
    reason: str
    held_by: tuple[Decision, ...]


@dataclass(frozen=True, slots=True)
class Observed:
    """One event as the rules saw it: where it stands, and every rule that fires on it in the order of evaluation.

    Falco's `first` would report `fired[0]` alone.
    """

    place: Place
    fired: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StepResult:
    """One step on one dataset.

    `fires` and `near_misses` are the claims that held, `consequences` the events of others that the step claims;
    `left_out` says why it was not played, "" when it was.
    """

    dataset: str
    scenario: str
    step: str
    place: Place
    verdict: StepVerdict
    fires: tuple[str, ...] = ()
    near_misses: tuple[NearMiss, ...] = ()
    events: tuple[Observed, ...] = ()
    consequences: tuple[Observed, ...] = ()
    findings: tuple[Finding, ...] = ()
    left_out: str = ""

    @property
    def name(self) -> str:
        """The name that people select it by."""
        return f"{self.scenario}::{self.step}"
