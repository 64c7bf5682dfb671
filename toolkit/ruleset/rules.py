"""Rules, macros and lists as they are once loaded, and which rules are on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from toolkit.conditions.compiler import Compiled
from toolkit.conditions.nodes import Node
from toolkit.places import Place
from toolkit.ruleset.outputs import ExtraField, OutputFormat
from toolkit.ruleset.priorities import Priority
from toolkit.ruleset.selection import Selector


@dataclass(frozen=True, slots=True)
class LoadedList:
    """A list: its items as written, lists inside it by name."""

    name: str
    items: tuple[str, ...]
    used: bool
    place: Place


@dataclass(frozen=True, slots=True)
class LoadedMacro:
    """A macro: its condition as written and as a tree without macros, and what it refers to itself."""

    name: str
    condition_text: str
    tree: Node
    used: bool
    macros_used: frozenset[str]
    lists_used: frozenset[str]
    place: Place
    condition_place: Place


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule that can run.

    `condition_text` is what the file says, `expanded_text` has exceptions and lists in it, `condition` macros too.
    `macros_used` and `lists_used` are those that the rule names itself. Tags are sorted. What a configuration adds to
    the output is in it; `extra_fields` are what it adds to `output_fields`.
    """

    name: str
    source: str
    priority: Priority
    tags: tuple[str, ...]
    enabled: bool
    description: str
    condition_text: str
    expanded_text: str
    own_tree: Node
    condition: Compiled
    output: OutputFormat
    macros_used: frozenset[str]
    lists_used: frozenset[str]
    place: Place
    condition_place: Place
    output_place: Place
    extra_fields: tuple[ExtraField, ...] = ()


@dataclass(frozen=True, slots=True)
class Ruleset:
    """What rules files come to; rules stand in the order in which they are tried."""

    rules: tuple[Rule, ...]
    macros: dict[str, LoadedMacro] = field(default_factory=dict)
    lists: dict[str, LoadedList] = field(default_factory=dict)

    @property
    def enabled(self) -> tuple[Rule, ...]:
        """The rules that are on, in the order in which they are tried."""
        return tuple(rule for rule in self.rules if rule.enabled)

    def find(self, name: str) -> Rule | None:
        """Return the rule of this name."""
        return next((rule for rule in self.rules if rule.name == name), None)

    def select(self, selectors: Sequence[Selector]) -> Ruleset:
        """Return the ruleset with rules turned on and off, selector by selector.

        A rule that was off and is turned on is tried last, as in Falco; rules that are off stand behind all others.
        """
        on = [rule for rule in self.rules if rule.enabled]
        off = [rule for rule in self.rules if not rule.enabled]
        for selector in selectors:
            hit, kept = _split(off if selector.enable else on, selector)
            if selector.enable:
                on, off = [*on, *hit], kept
            else:
                on, off = kept, [*off, *hit]
        rules = (*(replace(rule, enabled=True) for rule in on), *(replace(rule, enabled=False) for rule in off))
        return replace(self, rules=rules)


def _split(rules: list[Rule], selector: Selector) -> tuple[list[Rule], list[Rule]]:
    hit = [rule for rule in rules if selector.matches(rule.name, rule.tags)]
    return hit, [rule for rule in rules if not selector.matches(rule.name, rule.tags)]
