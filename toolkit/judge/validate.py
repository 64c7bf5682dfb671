"""The whole verdict: what is selected, judged on every dataset, in one report."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from toolkit.fields.catalog import Catalog
from toolkit.judge.background import stale_claims, unknown_claims
from toolkit.judge.bench import Bench, Chosen
from toolkit.judge.inputs import Inputs
from toolkit.judge.published import compare, unknown_fields
from toolkit.judge.report import DatasetSummary, PublishedRule, Report, RuleResult, RuleVerdict
from toolkit.judge.trial import Trial, run_trial
from toolkit.places import shown
from toolkit.scenarios.model import Scenario, Step
from toolkit.scenarios.selection import Selection

BACKGROUND = ("background",)
"""The name that the cluster's own noise is selected by."""


def validate(
    inputs: Inputs, catalog: Catalog, selection: Selection | None = None, published: Catalog | None = None
) -> Report:
    """Judge what is selected (None: everything); `published` gives the fields to compare with.

    A step is selected by its name, its scenario's and those of the rules that it names, a rule by its own name; the
    rules that selected steps name come along. Raises ToolkitError (exit 3) where recorded lines are no reviews.
    """
    chosen = [(each, steps) for each in inputs.folder.scenarios if (steps := _chosen(each, selection))]
    noise = selection is None or selection(BACKGROUND)
    trial = run_trial(inputs, inputs.rulebook, chosen, catalog, noise=noise)
    rules = tuple(rule for rule in trial.rules if _is_shown(rule, chosen, selection))
    known = frozenset(inputs.rulebook.base.by_name)
    return Report(
        rule_files=inputs.rule_files,
        datasets=tuple(_summary(bench, chosen) for bench in trial.benches),
        rules=rules,
        steps=trial.steps,
        background=trial.background,
        findings=tuple(unknown_claims(inputs.folder.background, known)) if noise else (),
        warnings=tuple(stale_claims(inputs.folder.background, trial.background)),
        published=_published(inputs, chosen, trial, published, rules) if published else None,
        partial=selection is not None,
    )


def _is_shown(rule: RuleResult, chosen: Chosen, selection: Selection | None) -> bool:
    """Say whether a rule is judged: where something is selected, by its name or because a selected step shows it."""
    if selection is None or selection([rule.name]):
        return True
    named = any(rule.name in rules_named(step) for _, steps in chosen for step in steps)
    return named and rule.verdict is not RuleVerdict.UNTESTED


def rules_named(step: Step) -> Sequence[str]:
    """Return the rules that a step says anything about."""
    return [*step.fires, *step.near_miss, *(rule for each in step.consequences for rule in each.fires)]


def _chosen(scenario: Scenario, selection: Selection | None) -> Sequence[Step]:
    if selection is None:
        return scenario.steps
    name = scenario.name
    return [step for step in scenario.steps if selection([name, step.name, f"{name}::{step.name}", *rules_named(step)])]


def _summary(bench: Bench, chosen: Chosen) -> DatasetSummary:
    made = bench.dataset.manifest.provenance
    steps = sum(len(steps) for _, steps in chosen)
    folder = shown(bench.dataset.folder)
    return DatasetSummary(folder, made.kubernetes, made.provider, made.recorder, len(chosen), steps, bench.events)


def _published(
    inputs: Inputs, chosen: Chosen, trial: Trial, catalog: Catalog, rules: Iterable[RuleResult]
) -> tuple[PublishedRule, ...]:
    rulebook = inputs.rulebook.restricted(lambda rule: not unknown_fields(rule, catalog))
    other = run_trial(inputs, rulebook, chosen, catalog, noise=bool(trial.background), published=True)
    names = {rule.name for rule in rules}
    return tuple(rule for rule in compare(trial, other, inputs.rulebook.rules(), catalog) if rule.rule in names)
