"""The last step of loading: compiled items as the ruleset that the engine, the lints and the judge work with."""

from __future__ import annotations

from toolkit.ruleset.compiler import CompiledRule, Compiler, ParsedMacro
from toolkit.ruleset.faults import place_of
from toolkit.ruleset.priorities import Priority
from toolkit.ruleset.rules import LoadedList, LoadedMacro, Rule, Ruleset


def build_ruleset(compiler: Compiler, min_priority: Priority) -> Ruleset:
    """Return the compiled rules that are at least as severe as `min_priority`, and all macros and lists."""
    rules = tuple(_rule(rule, compiler) for rule in compiler.rules if rule.item.priority <= min_priority)
    macros = {name: _macro(macro, name in compiler.macros_used) for name, macro in compiler.macros.items()}
    lists = {
        name: LoadedList(name, tuple(item.items), name in compiler.lists.used, place_of(item.context))
        for name, item in compiler.collector.lists.items()
    }
    return Ruleset(rules, macros, lists)


def _macro(macro: ParsedMacro, used: bool) -> LoadedMacro:
    item = macro.item
    return LoadedMacro(
        item.name,
        item.condition,
        macro.tree,
        used,
        macro.macros_used,
        macro.lists_used,
        place_of(item.context),
        place_of(item.condition_context),
    )


def _rule(rule: CompiledRule, compiler: Compiler) -> Rule:
    item = rule.item
    return Rule(
        name=item.name,
        source=item.source,
        priority=item.priority,
        tags=tuple(sorted(item.tags, key=lambda tag: tag.encode("utf-8", "surrogateescape"))),
        enabled=item.enabled,
        description=item.description,
        condition_text=item.condition,
        expanded_text=rule.expanded_text,
        own_tree=rule.own_tree,
        condition=rule.condition,
        output=rule.output,
        macros_used=_with_inner(rule.macros_used, compiler),
        lists_used=rule.lists_used,
        place=place_of(item.context),
        condition_place=place_of(item.condition_context),
        output_place=place_of(item.output_context),
        extra_fields=rule.extra_fields,
    )


def _with_inner(names: frozenset[str], compiler: Compiler) -> frozenset[str]:
    """Return the macros and those that they use in turn."""
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += compiler.macros[name].macros_used
    return frozenset(found)
