"""All rules on the events of one dataset, with the fields of one plugin."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from toolkit.dataset.read import Dataset
from toolkit.errors import Faults
from toolkit.events.parsing import parse_line
from toolkit.events.review import Review
from toolkit.fields.extractor import EventFields, Extractor
from toolkit.judge.background import judge_background
from toolkit.judge.model import Observed, StepResult, Why
from toolkit.judge.report import BackgroundResult
from toolkit.judge.rulebook import Rulebook, RulesInForce
from toolkit.judge.steps import Recording, judge_step
from toolkit.judge.why import why
from toolkit.located import Located
from toolkit.places import Place, shown
from toolkit.scenarios.model import Claim, Scenario, Step

Chosen = Sequence[tuple[Scenario, Sequence[Step]]]
"""The scenarios with those of their steps that are judged."""


class Bench:
    """One dataset on the bench: its events opened once, every rule tried on each."""

    def __init__(self, dataset: Dataset, rulebook: Rulebook, extractor: Extractor, *, published: bool = False) -> None:
        self.dataset = dataset
        self._rulebook = rulebook
        self._extractor = extractor
        self._published = published
        self._fields: dict[Place, EventFields] = {}
        self._first_time_ns: int | None = None
        self.faults = Faults()

    @property
    def events(self) -> int:
        """How many events were read."""
        return len(self._fields)

    def fields(self, event: Place) -> EventFields | None:
        """Return the fields of an event that was read; None where the plugin does not take its line."""
        return self._fields.get(event)

    def steps(self, chosen: Chosen) -> list[StepResult]:
        """Return what each of the chosen steps came to."""
        return [self._step(scenario, step) for scenario, steps in chosen for step in steps]

    def background(self, claims: Sequence[Claim], claims_file: Place) -> list[BackgroundResult]:
        """Return what the noise of each provider's clusters came to."""
        rules = self._rulebook.base
        results = []
        for provider, noise in self.dataset.background.items():
            name = f"{self.dataset.version} ({provider})"
            numbered = enumerate(noise.lines, 1)
            events = [self._observe(Place(shown(noise.path), number), line, rules) for number, line in numbered]
            results.append(judge_background(name, claims_file, events, claims, partial(self._why, rules, ())))
        return results

    def _step(self, scenario: Scenario, step: Step) -> StepResult:
        rules = self._rulebook.of(scenario.name)
        recorded = self.dataset.scenarios[scenario.name].steps[step.name]
        recording = Recording(
            tuple(self._recorded(scenario, number, rules) for number in recorded.lines),
            tuple(self._recorded(scenario, number, rules) for number in recorded.consequences),
            recorded.left_out,
        )
        explain = partial(self._why, rules, step.manifests or (step.body,))
        return judge_step(self.dataset.version, scenario.name, step, recording, rules.names, explain)

    def _recorded(self, scenario: Scenario, number: int, rules: RulesInForce) -> Observed:
        events = self.dataset.scenarios[scenario.name]
        return self._observe(Place(shown(events.path), number), events.lines[number - 1], rules)

    def _observe(self, place: Place, line: bytes, rules: RulesInForce) -> Observed:
        fields = self._fields.get(place) or self._open(place, line)
        if fields is None:
            return Observed(place, ())
        return Observed(place, tuple(rule.name for rule in self._rulebook.holding(rules)(fields)))

    def _open(self, place: Place, line: bytes) -> EventFields | None:
        review = parse_line(line, place.file, place.line or 0, published=self._published)
        if not isinstance(review, Review):
            if not self._published:
                self.faults.add(f"no admission review: {review.reason}", place, hint="run `toolkit generate`")
            return None
        if self._first_time_ns is None:
            self._first_time_ns = review.time_ns
        self._fields[place] = self._extractor.open(review, len(self._fields) + 1, self._first_time_ns)
        return self._fields[place]

    def _why(self, rules: RulesInForce, manifests: Sequence[Located], rule: str, events: Sequence[Place]) -> Why | None:
        opened = [(place, fields) for place in events if (fields := self._fields.get(place))]
        if rule not in rules.by_name or not opened:
            return None
        return why(rules.by_name[rule], opened, self._extractor.catalog, rules.written, manifests)
