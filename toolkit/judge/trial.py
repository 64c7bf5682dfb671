"""All datasets judged with the fields of one plugin."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from toolkit.errors import Faults
from toolkit.fields.catalog import Catalog
from toolkit.fields.extractor import Extractor
from toolkit.judge.bench import Bench, Chosen
from toolkit.judge.inputs import Inputs
from toolkit.judge.model import Finding, StepResult
from toolkit.judge.report import BackgroundResult, RuleResult
from toolkit.judge.rulebook import Rulebook
from toolkit.judge.rules import judge_rules
from toolkit.places import Place


@dataclass(frozen=True, slots=True)
class Trial:
    """What steps, background and rules came to; `benches` are one a dataset."""

    benches: tuple[Bench, ...]
    steps: tuple[StepResult, ...]
    background: tuple[BackgroundResult, ...]
    rules: tuple[RuleResult, ...]

    def fired(self) -> Mapping[str, Mapping[Place, None]]:
        """Return by rule the events where it fires."""
        found: dict[str, dict[Place, None]] = {}
        for event in (event for step in self.steps for event in (*step.events, *step.consequences)):
            for rule in event.fired:
                found.setdefault(rule, {})[event.place] = None
        for each in (each for result in self.background for each in result.rules):
            found.setdefault(each.rule, {}).update(dict.fromkeys(each.events))
        return found


def run_trial(
    inputs: Inputs, rulebook: Rulebook, chosen: Chosen, catalog: Catalog, *, noise: bool, published: bool = False
) -> Trial:
    """Judge the chosen steps, and with `noise` the background, on every dataset.

    Raises ToolkitError (exit 3) with every recorded line that is no review.
    """
    faults = Faults()
    benches, steps, background = [], list[StepResult](), list[BackgroundResult]()
    for dataset in inputs.datasets:
        bench = Bench(dataset, rulebook, Extractor(catalog), published=published)
        benches.append(bench)
        steps += bench.steps(chosen)
        background += bench.background(inputs.folder.background, inputs.claims_file) if noise else []
        for fault in bench.faults:
            faults.add(fault.message, fault.place, hint=fault.hint)
    faults.check()
    wrong: Sequence[Finding] = [finding for result in background for finding in result.findings]
    rules = judge_rules(rulebook.facts(), steps, wrong, inputs.folder.impossible)
    return Trial(tuple(benches), tuple(steps), tuple(background), tuple(rules))
