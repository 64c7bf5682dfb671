"""Rules by a check that each of them needs, so that a rule is compared with few of thousands before it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from toolkit.conditions.check_compiler import constants
from toolkit.conditions.nodes import Check, leaves
from toolkit.conditions.simplify import conjuncts
from toolkit.conditions.text import render
from toolkit.ruleset.rules import Rule

_Equality = tuple[str, str]


class Earlier:
    """Rules that were added, in order.

    Where `field = value` has to hold for one of them, only rules that say the same somewhere can imply it.
    """

    def __init__(self) -> None:
        self._added = 0
        self._without: list[tuple[int, Rule]] = []
        self._by_equality: dict[_Equality, list[tuple[int, Rule]]] = defaultdict(list)

    def add(self, rule: Rule) -> None:
        """Add a rule, under that of its equalities which the fewest have so far."""
        entry = (self._added, rule)
        self._added += 1
        needed = [equality for check in conjuncts(rule.condition.tree) if (equality := _equality(check))]
        if needed:
            self._by_equality[min(needed, key=lambda each: len(self._by_equality[each]))].append(entry)
        else:
            self._without.append(entry)

    def that_may_hold_with(self, rule: Rule) -> Iterator[Rule]:
        """Yield the rules, in the order in which they were added, that a rule may imply; all others it does not."""
        said = {equality for leaf in leaves(rule.condition.tree) if (equality := _equality(leaf))}
        found = [*self._without, *(entry for equality in said for entry in self._by_equality.get(equality, ()))]
        return (earlier for _, earlier in sorted(found, key=lambda entry: entry[0]))


def _equality(check: object) -> _Equality | None:
    if not isinstance(check, Check) or check.operator not in ("=", "==") or check.modifier:
        return None
    values = constants(check)
    return (render(check.left), values[0]) if values else None
