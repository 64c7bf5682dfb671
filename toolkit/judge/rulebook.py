"""The rules in force: those of the files, and for scenarios with an overlay those files with the overlay after them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from toolkit.conditions.nodes import Check, Node, leaves
from toolkit.engine.predicates import Holding, holding
from toolkit.judge.rules import RuleFacts
from toolkit.judge.steps import RuleNames
from toolkit.places import Place, shown
from toolkit.ruleset.rules import LoadedMacro, Rule, Ruleset

_OF_EVERY_EVENT = frozenset({"kar.uid", "kar.auditid", "kar.timestamp"})
"""Fields that every event has, whatever it is about; so has all of `evt.*` but the event's own text."""


@dataclass(frozen=True, slots=True)
class RulesInForce:
    """The rules of one scenario (or of no scenario): those that are evaluated, in order, and all by name."""

    evaluated: tuple[Rule, ...]
    by_name: Mapping[str, Rule]
    names: RuleNames
    ruleset: Ruleset

    def written(self, rule: Rule, check: Check) -> tuple[Place, str | None]:
        """Return where a check of a rule is written, and the macro that it is part of, None for the rule itself.

        Of macros inside each other it is the innermost.
        """
        if _holds(rule.own_tree, check):
            return rule.condition_place, None
        macros = [macro for macro in self.ruleset.macros.values() if _holds(macro.tree, check)]
        innermost = min(macros, key=_size, default=None)
        return (innermost.condition_place, innermost.name) if innermost else (rule.condition_place, None)


def _holds(tree: Node, check: Check) -> bool:
    return any(leaf is check for leaf in leaves(tree))


def _size(macro: LoadedMacro) -> int:
    return sum(1 for _ in leaves(macro.tree))


def rules_in_force(ruleset: Ruleset) -> RulesInForce:
    """Return the rules of a ruleset as the judge looks at them."""
    on = tuple(rule for rule in ruleset.rules if rule.enabled)
    off = frozenset(rule.name for rule in ruleset.rules if not rule.enabled)
    by_name = {rule.name: rule for rule in ruleset.rules}
    return RulesInForce(on, by_name, RuleNames(frozenset(rule.name for rule in on), off), ruleset)


class Rulebook:
    """The rules by scenario; `overlaid` are the rulesets of scenarios that put rule text after the files.

    `engine` says how conditions are evaluated.
    """

    def __init__(self, base: Ruleset, overlaid: Mapping[str, Ruleset], engine: str = "compiled") -> None:
        self._engine = engine
        self._holding: dict[int, Holding] = {}
        self.base = rules_in_force(base)
        self._overlaid = {scenario: rules_in_force(ruleset) for scenario, ruleset in overlaid.items()}

    def of(self, scenario: str) -> RulesInForce:
        """Return the rules that a scenario is judged by."""
        return self._overlaid.get(scenario, self.base)

    def holding(self, rules: RulesInForce) -> Holding:
        """Return what tells which of some rules of this book hold on an event."""
        if id(rules) not in self._holding:
            self._holding[id(rules)] = holding(rules.evaluated, self._engine)
        return self._holding[id(rules)]

    def restricted(self, keep: Callable[[Rule], bool]) -> Rulebook:
        """Return the rulebook with only the rules that `keep` says."""
        overlaid = {name: _restricted(each.ruleset, keep) for name, each in self._overlaid.items()}
        return Rulebook(_restricted(self.base.ruleset, keep), overlaid, self._engine)

    def rules(self) -> dict[str, Rule]:
        """Return every rule by name in the order of evaluation; those that only an overlay defines come last."""
        rules = dict(self.base.by_name)
        for overlaid in self._overlaid.values():
            for name, rule in overlaid.by_name.items():
                rules.setdefault(name, rule)
        return rules

    def facts(self) -> list[RuleFacts]:
        """Return what verdicts need to know of each of the rules, in the same order."""
        return [self._facts(rule) for rule in self.rules().values()]

    def _facts(self, rule: Rule) -> RuleFacts:
        base = self.base.by_name.get(rule.name)
        versions = {name: each.by_name[rule.name] for name, each in self._overlaid.items() if rule.name in each.by_name}
        changed = frozenset(name for name, version in versions.items() if _differs(base, version))
        return RuleFacts(
            name=rule.name,
            place=replace(rule.place, file=shown(Path(rule.place.file))),
            enabled=base is not None and base.enabled,
            changed_in=changed,
            reads_event=any(_reads_event(each) for each in (rule, *versions.values())),
        )


def _restricted(ruleset: Ruleset, keep: Callable[[Rule], bool]) -> Ruleset:
    return replace(ruleset, rules=tuple(rule for rule in ruleset.rules if keep(rule)))


def _differs(base: Rule | None, version: Rule) -> bool:
    return base is None or base.enabled != version.enabled or base.condition.tree != version.condition.tree


def _reads_event(rule: Rule) -> bool:
    """Say whether the condition looks at anything that differs between events."""
    names = {field.name for field in rule.condition.fields_used}
    return any(
        name not in _OF_EVERY_EVENT and (not name.startswith("evt.") or name == "evt.plugininfo") for name in names
    )
