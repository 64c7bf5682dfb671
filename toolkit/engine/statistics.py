"""The closing statistics that Falco prints at the end of a run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from toolkit.ruleset.priorities import Priority
from toolkit.ruleset.rules import Rule


class Statistics:
    """Counts alerts by rule and priority; `rules` are those of the run, in the order of their definition."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self._rules = rules
        self._by_rule: Counter[str] = Counter()
        self._by_priority: Counter[Priority] = Counter()

    @property
    def alerts(self) -> int:
        """How many alerts there were."""
        return self._by_rule.total()

    @property
    def by_rule(self) -> Mapping[str, int]:
        """How many alerts there were, by the rule's name."""
        return self._by_rule

    def follow(self, rules: Sequence[Rule]) -> None:
        """Go on with rules that were loaded anew; those that are gone stand behind them."""
        names = {rule.name for rule in rules}
        self._rules = [*rules, *(rule for rule in self._rules if rule.name not in names)]

    def count(self, rule: Rule, times: int = 1) -> None:
        """Count one alert, or several of one rule."""
        self._by_rule[rule.name] += times
        self._by_priority[rule.priority] += times

    def text(self) -> str:
        """Return the statistics, three blocks of lines."""
        lines = [f"Events detected: {self.alerts}", "Rule counts by severity:"]
        lines += [
            f"   {priority.in_statistics}: {self._by_priority[priority]}"
            for priority in Priority
            if self._by_priority[priority]
        ]
        lines.append("Triggered rules by rule name:")
        lines += [f"   {rule.name}: {self._by_rule[rule.name]}" for rule in self._rules if self._by_rule[rule.name]]
        return "".join(f"{line}\n" for line in lines)
