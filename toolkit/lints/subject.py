"""What lints look at: a ruleset, the fields, and the files as people wrote them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from toolkit.conditions.nodes import Check, FieldRef, Node, leaves
from toolkit.fields.catalog import Catalog
from toolkit.lints.items import Item
from toolkit.ruleset.outputs import Token
from toolkit.ruleset.rules import LoadedMacro, Rule, Ruleset


@dataclass(frozen=True, slots=True)
class Owner:
    """A rule or a macro; `related` are the macros and lists whose text is part of it, as kind and name."""

    kind: str
    name: str
    related: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Subject:
    """A ruleset (empty where the files do not load), the items of its files, and the fields of a plugin."""

    ruleset: Ruleset
    items: tuple[Item, ...]
    catalog: Catalog
    plugin: str

    def rules(self) -> Iterator[tuple[Owner, Rule]]:
        """Yield the rules."""
        for rule in self.ruleset.rules:
            related = [("macro", name) for name in sorted(rule.macros_used)]
            lists = {*rule.lists_used, *(used for name in rule.macros_used for used in self._lists_of(name))}
            yield Owner("rule", rule.name, (*related, *(("list", name) for name in sorted(lists)))), rule

    def checks(self) -> Iterator[tuple[Owner, Check]]:
        """Yield the checks of every rule, and of the macros that no rule uses."""
        used = {name for rule in self.ruleset.rules for name in rule.macros_used}
        for owner, tree in [*((owner, rule.condition.tree) for owner, rule in self.rules()), *self._macros(used)]:
            for leaf in leaves(tree):
                if isinstance(leaf, Check):
                    yield owner, leaf

    def fields(self) -> Iterator[tuple[Owner, FieldRef]]:
        """Yield the fields that each rule reads, in its condition and in its output, each once."""
        for owner, rule in self.rules():
            for field in dict.fromkeys((*rule.condition.fields_used, *_printed(rule))):
                yield owner, field

    def printed_only(self) -> Iterator[tuple[Owner, FieldRef]]:
        """Yield the fields that each rule reads in its output and not in its condition, each once."""
        for owner, rule in self.rules():
            for field in dict.fromkeys(_printed(rule)):
                if field not in rule.condition.fields_used:
                    yield owner, field

    def _macros(self, used: set[str]) -> Iterator[tuple[Owner, Node]]:
        for macro in self.ruleset.macros.values():
            if macro.name not in used:
                yield self._macro_owner(macro), macro.tree

    def _macro_owner(self, macro: LoadedMacro) -> Owner:
        lists = [("list", name) for name in sorted(self._lists_of(macro.name))]
        return Owner("macro", macro.name, (*(("macro", name) for name in sorted(macro.macros_used)), *lists))

    def _lists_of(self, macro: str) -> frozenset[str]:
        found = self.ruleset.macros.get(macro)
        return found.lists_used if found else frozenset()


def _printed(rule: Rule) -> list[FieldRef]:
    operands = [part.operand for part in rule.output.parts if isinstance(part, Token)]
    return [field for operand in operands for field in operand.fields]
