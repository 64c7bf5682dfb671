"""What all rules files so far have defined: items by name, in the order of their first definition."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import TypeVar

from toolkit.ruleset.contexts import Context
from toolkit.ruleset.definitions import (
    Defined,
    ExceptionItem,
    ListItem,
    MacroItem,
    PluginRequirement,
    RuleChange,
    RuleItem,
)
from toolkit.ruleset.exceptions import check_exception, with_default_comps
from toolkit.ruleset.results import ErrorCode, FileResult, LoadError, WarningCode
from toolkit.ruleset.versions import ENGINE, Version, parse_version

D = TypeVar("D", bound=Defined)


class Collector:
    """Takes items in file order; `sources` are the known event sources, `is_field` tells what exists for them."""

    def __init__(self, sources: Collection[str], is_field: Callable[[str, str], bool]) -> None:
        self.lists: dict[str, ListItem] = {}
        self.macros: dict[str, MacroItem] = {}
        self.rules: dict[str, RuleItem] = {}
        self.required_plugins: list[list[PluginRequirement]] = []
        self._sources = sources
        self._is_field = is_field
        self._next = 0

    def require_engine(self, required: Version, context: Context) -> None:
        """Raise LoadError where the engine is older than required."""
        if not ENGINE.satisfies(required):
            raise _wrong(f"Rules require engine version {required}, but engine version is {ENGINE}", context)

    def require_plugin(self, alternatives: list[PluginRequirement], context: Context) -> None:
        """Note that one of these plugins has to be loaded."""
        named: set[str] = set()
        for wanted in alternatives:
            if parse_version(wanted.version) is None:
                raise _wrong(f"Invalid required version '{wanted.version}' for plugin '{wanted.plugin}'", context)
            if wanted.plugin in named:
                message = f"Defined multiple alternative version requirements for plugin '{wanted.plugin}'"
                raise _wrong(message, context)
            named.add(wanted.plugin)
        self.required_plugins.append(alternatives)

    def define_list(self, item: ListItem) -> None:
        """Define a list, or define it anew."""
        self._define(self.lists, item)

    def append_list(self, item: ListItem) -> None:
        """Add items to a list that is there."""
        known = self.lists.get(item.name)
        if known is None:
            message = "List uses 'append' or 'override.items: append' but no list by that name already exists"
            raise _wrong(message, item.context)
        known.items = [*known.items, *item.items]
        self._seen_now(known)

    def define_macro(self, item: MacroItem) -> None:
        """Define a macro, or define it anew."""
        self._define(self.macros, item)

    def append_macro(self, item: MacroItem) -> None:
        """Add to the condition of a macro that is there."""
        known = self.macros.get(item.name)
        if known is None:
            message = "Macro uses 'append' or 'override.condition: append' but no macro by that name already exists"
            raise _wrong(message, item.context)
        known.condition = f"{known.condition} {item.condition}"
        self._seen_now(known)

    def define_rule(self, item: RuleItem, result: FileResult) -> None:
        """Define a rule, or define it anew; warn about a source that is not loaded."""
        known = self.rules.get(item.name)
        if known and known.source != item.source:
            raise _wrong("Rule has been re-defined with a different source", item.context)
        if item.source not in self._sources:
            item.unknown_source = True
            message = f"Unknown source {item.source}, skipping"
            result.warn(WarningCode.LOAD_UNKNOWN_SOURCE, message, item.context)
        for exception in item.exceptions:
            if not exception.fields.is_given:
                message = "Rule exception item must have fields property with a list of fields"
                raise _wrong(message, exception.context)
            check_exception(exception, self._field_test(item))
        self._define(self.rules, item)

    def append_rule(self, change: RuleChange) -> None:
        """Add to the properties of a rule that is there."""
        missing = "Rule uses 'append' or 'override.<key>: append' but no rule by that name already exists"
        known = self._changed_rule(change, missing, "Appended rule must have exceptions or condition property")
        known.condition = _joined(known.condition, change.condition)
        known.output = _joined(known.output, change.output)
        known.description = _joined(known.description, change.description)
        known.tags |= change.tags or frozenset()
        for exception in change.exceptions or []:
            self._append_exception(known, exception)
        self._seen_now(known)

    def replace_in_rule(self, change: RuleChange) -> None:
        """Replace properties of a rule that is there."""
        missing = "An 'override.<key>: replace' to a rule was requested but no rule by that name already exists"
        known = self._changed_rule(change, missing, "The rule must have at least one field that can be replaced")
        for name in ("condition", "output", "description", "priority", "enabled", "skip_if_unknown_filter", "tags"):
            value = getattr(change, name)
            if value is not None:
                setattr(known, name, value)
        if change.exceptions is not None:
            for exception in change.exceptions:
                with_default_comps(exception)
            known.exceptions = change.exceptions
        self._seen_now(known)

    def enable_rule(self, name: str, enabled: bool, context: Context) -> None:
        """Set whether a rule that is there is enabled."""
        if name not in self.rules:
            raise _wrong("Rule has 'enabled' key but no rule by that name already exists", context)
        self.rules[name].enabled = enabled

    def _changed_rule(self, change: RuleChange, missing: str, empty: str) -> RuleItem:
        known = self.rules.get(change.name)
        if known is None:
            raise _wrong(missing, change.context)
        if change.is_empty:
            raise _wrong(empty, change.context)
        if change.source and change.source != known.source:
            raise _wrong("Rule has been re-defined with a different source", change.context)
        return known

    def _append_exception(self, rule: RuleItem, exception: ExceptionItem) -> None:
        known = next((other for other in rule.exceptions if other.name == exception.name), None)
        if known:
            for name, given in (("fields", exception.fields), ("comps", exception.comps)):
                if given.is_given:
                    message = f"Can not append exception {name} to existing exception, only values"
                    raise _wrong(message, exception.context)
            known.values = [*known.values, *exception.values]
            return
        for name, is_given in (("fields", exception.fields.is_given), ("values", bool(exception.values))):
            if not is_given:
                message = f"Rule exception must have {name} property with a list of {name}"
                raise _wrong(message, exception.context)
        check_exception(exception, self._field_test(rule))
        rule.exceptions = [*rule.exceptions, exception]

    def _field_test(self, rule: RuleItem) -> Callable[[str], bool] | None:
        return None if rule.unknown_source else lambda field: self._is_field(rule.source, field)

    def _define(self, known: dict[str, D], item: D) -> None:
        before = known.get(item.name)
        item.index = before.index if before else self._next
        known[item.name] = item
        self._seen_now(item)

    def _seen_now(self, item: Defined) -> None:
        item.visibility = self._next
        self._next += 1


def _joined(known: str, added: str | None) -> str:
    return f"{known} {added}" if added else known


def _wrong(message: str, context: Context) -> LoadError:
    return LoadError(ErrorCode.LOAD_ERR_VALIDATE, message, context)
