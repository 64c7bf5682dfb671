"""Collected items made into rules that can run: lists, macros, exceptions and outputs put together."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from toolkit.conditions.check_compiler import CompiledCheck
from toolkit.conditions.compiler import Compiled, compile_condition, unsafe_na
from toolkit.conditions.errors import ConditionError
from toolkit.conditions.nodes import Check, FieldRef, Node
from toolkit.conditions.parser import parse
from toolkit.conditions.size import Size
from toolkit.errors import closest
from toolkit.fields.catalog import Catalog
from toolkit.ruleset import bounds
from toolkit.ruleset.additions import Addition
from toolkit.ruleset.bounds import TooLargeError, Totals, check_length
from toolkit.ruleset.collector import Collector
from toolkit.ruleset.contexts import Context
from toolkit.ruleset.definitions import SYSCALL, MacroItem, RuleItem
from toolkit.ruleset.exceptions import with_exceptions
from toolkit.ruleset.lists import Lists
from toolkit.ruleset.macros import MacroError, Macros, Resolved, Visible, resolve
from toolkit.ruleset.outputs import ExtraField, OutputError, OutputFormat, parse_output
from toolkit.ruleset.results import ErrorCode, FileResult, LoadError, WarningCode

_UNKNOWN = ("nonexistent field", "invalid formatting token", "unknown event type", "unknown filter:")
_CONTAINER_INFO = "%container.info"
_CONTAINER_INFO_IS_DEPRECATED = (
    "%container.info is deprecated and no more useful, and will be dropped by Falco 1.0.0. "
    "The container plugin will automatically add required fields to the output message."
)
_MOST_HINTS = 100
_LONGEST_NAME = 200
_NO_SOURCE = "its source is syscall, where only evt.* fields are known here; add `source: k8s_admission`"
_STUB = Check(FieldRef("evt.num"), "exists")
"""Stands for a macro that is broken, so that what uses it is not called wrong as well."""


@dataclass(frozen=True, slots=True)
class ParsedMacro:
    """A macro's tree without macros, and what it refers to itself."""

    item: MacroItem
    tree: Node
    macros_used: frozenset[str]
    lists_used: frozenset[str]


@dataclass(frozen=True, slots=True)
class CompiledRule:
    """A rule's item with all that was made of it."""

    item: RuleItem
    expanded_text: str
    own_tree: Node
    condition: Compiled
    output: OutputFormat
    macros_used: frozenset[str]
    lists_used: frozenset[str]
    extra_fields: tuple[ExtraField, ...]


class Compiler:
    """Compiles what a collector holds; `catalogs` are the fields of each source, `stop_at` decides about errors.

    `stop_at` gets each error and raises it again where compiling is to end; otherwise the item is left out.
    `additions` are what a configuration puts to outputs.
    """

    def __init__(
        self,
        collector: Collector,
        catalogs: Mapping[str, Catalog],
        result: FileResult,
        stop_at: Callable[[LoadError], None],
        additions: Sequence[Addition] = (),
    ) -> None:
        self.collector = collector
        self.result = result
        self.lists = Lists(collector.lists)
        self.macros: dict[str, ParsedMacro] = {}
        self.rules: list[CompiledRule] = []
        self.macros_used: set[str] = set()
        self._catalogs = catalogs
        self._stop_at = stop_at
        self._additions = additions
        self._broken: set[str] = set()
        self._macros = Macros(collector.macros)
        self._totals = Totals()
        self._hints = _MOST_HINTS
        self._checks: dict[str, dict[int, CompiledCheck]] = {}

    def compile(self) -> None:
        """Compile everything, and warn about macros and lists that nothing uses."""
        for item in self.lists.too_long:
            message = f"list '{item.name}' makes more than {bounds.MOST_ITEMS:,} items of all lists together"
            hint = "lists that name lists multiply; let each item stand in one list only"
            self._stop_at(LoadError(ErrorCode.TOOLKIT_TOO_LARGE, message, item.context, hint))
        self._compile_macros()
        for rule in self.collector.rules.values():
            try:
                compiled = None if rule.unknown_source else self._rule(rule)
            except LoadError as error:
                self._stop_at(error)
                continue
            if compiled:
                self.rules.append(compiled)
        for name, macro in self.collector.macros.items():
            if name not in self.macros_used:
                message = "Macro not referred to by any other rule/macro"
                self.result.warn(WarningCode.LOAD_UNUSED_MACRO, message, macro.context)
        for name, listed in self.collector.lists.items():
            if name not in self.lists.used:
                message = "List not referred to by any other rule/macro"
                self.result.warn(WarningCode.LOAD_UNUSED_LIST, message, listed.context)

    def _compile_macros(self) -> None:
        lists_used: dict[str, frozenset[str]] = {}
        for name, macro in self.collector.macros.items():
            try:
                self._macros.trees[name], lists_used[name], _ = self._parse(macro.condition, macro.condition_context)
            except LoadError as error:
                self._stop_at(error)
                self._break(name)
        for name, macro in self.collector.macros.items():
            if name in self._broken:
                continue
            try:
                found = self._resolve(self._macros.trees[name], macro.condition, macro, macro.visibility)
            except LoadError as error:
                self._stop_at(error)
                self._break(name)
                continue
            self._macros.trees[name], self._macros.sizes[name] = found.tree, found.size
            self.macros[name] = ParsedMacro(macro, found.tree, found.used, lists_used[name])

    def _break(self, name: str) -> None:
        self._broken.add(name)
        self._macros.trees[name], self._macros.sizes[name] = _STUB, Size()

    def _rule(self, rule: RuleItem) -> CompiledRule | None:
        """Return the rule; None where it is skipped, with a warning or because a macro of it is broken."""
        catalog = self._catalogs[rule.source]
        with self._bounded(rule.condition_context):
            check_length(rule.condition, rule.exceptions)
        text = with_exceptions(rule.condition, rule.exceptions)
        added = [each for each in self._additions if each.fits(rule.name, rule.source, rule.tags)]
        output = self._output(rule, catalog, added)
        if output is None:
            return None
        extra = self._extra_fields(rule, catalog, added)
        own_tree, lists_used, expanded = self._parse(text, rule.condition_context)
        found = self._resolve(own_tree, text, rule)
        if found.used & self._broken:
            return None
        with self._bounded(rule.condition_context):
            self._totals.add_rule(found.tree, found.size)
        condition = self._condition(found.tree, text, rule, catalog)
        if condition is None:
            return None
        return CompiledRule(rule, expanded, own_tree, condition, output, found.used, lists_used, extra)

    @contextmanager
    def _bounded(self, context: Context) -> Iterator[None]:
        """Turn what is too large into the error of a place."""
        try:
            yield
        except TooLargeError as error:
            raise LoadError(ErrorCode.TOOLKIT_TOO_LARGE, error.message, context, error.hint) from None

    def _output(self, rule: RuleItem, catalog: Catalog, added: Sequence[Addition]) -> OutputFormat | None:
        texts = [addition.text for addition in added if addition.text]
        text = " ".join([rule.output, *texts])
        if _CONTAINER_INFO in text:
            self.result.warn(WarningCode.LOAD_DEPRECATED_ITEM, _CONTAINER_INFO_IS_DEPRECATED, rule.context)
            text = text.replace(_CONTAINER_INFO, "")
        try:
            with self._bounded(rule.output_context):
                return parse_output(text, catalog)
        except OutputError as error:
            if self._skips(rule, error.message):
                self.result.warn(WarningCode.LOAD_UNKNOWN_FILTER, error.message, rule.output_context)
                return None
            hint = _no_field(text[error.at :], rule) if "unknown filter" in error.message else None
            if texts and error.at > len(rule.output):
                hint = f"append_output adds {' '.join(texts)!r:.60} ({added[0].place})"
            raise LoadError(ErrorCode.LOAD_ERR_COMPILE_OUTPUT, error.message, rule.output_context, hint) from None

    def _extra_fields(self, rule: RuleItem, catalog: Catalog, added: Sequence[Addition]) -> tuple[ExtraField, ...]:
        found: dict[str, ExtraField] = {}
        for addition in added:
            formats = [(name, text, False) for name, text in addition.formats]
            for name, text, as_value in [*formats, *((name, f"%{name}", True) for name in addition.fields)]:
                if not text:
                    continue
                try:
                    with self._bounded(rule.output_context):
                        found[name] = ExtraField(name, parse_output(text, catalog), as_value)
                except OutputError as error:
                    hint = f"append_output adds {name}: {text!r:.60} ({addition.place})"
                    code = ErrorCode.LOAD_ERR_COMPILE_OUTPUT
                    raise LoadError(code, error.message, rule.output_context, hint) from None
        return tuple(found.values())

    def _condition(self, tree: Node, text: str, rule: RuleItem, catalog: Catalog) -> Compiled | None:
        try:
            compiled = compile_condition(tree, catalog, self._checks.setdefault(rule.source, {}))
        except ConditionError as error:
            for warning in unsafe_na(tree):
                self.result.warn(WarningCode[warning.code], warning.message, rule.condition_context)
            context = rule.condition_context.in_condition(text, error.position)
            if self._skips(rule, error.message):
                self.result.warn(WarningCode.LOAD_UNKNOWN_FILTER, error.message, context)
                return None
            hint = _near_field(error.message, catalog, rule)
            raise LoadError(ErrorCode.LOAD_ERR_COMPILE_CONDITION, error.message, context, hint) from None
        for warning in compiled.warnings:
            code = WarningCode[warning.code]
            unsafe = code is WarningCode.LOAD_UNSAFE_NA_CHECK
            place = rule.condition_context
            self.result.warn(code, warning.message, place if unsafe else place.in_condition(text, warning.position))
        return compiled

    def _parse(self, condition: str, context: Context) -> tuple[Node, frozenset[str], str]:
        """Return the tree of a condition with lists put in, the lists that were, and the text that was parsed."""
        with self._bounded(context):
            text, used = self.lists.substitute(condition)
            self._totals.add_text(text)
        try:
            return parse(text), used, text
        except ConditionError as error:
            place = context.in_condition(text, error.position)
            raise LoadError(ErrorCode.LOAD_ERR_COMPILE_CONDITION, error.message, place) from None

    def _resolve(self, tree: Node, condition: str, item: MacroItem | RuleItem, before: int | None = None) -> Resolved:
        """Put macros into a tree: all, or those that were there before an item's number."""
        try:
            with self._bounded(item.condition_context):
                found = resolve(tree, Visible(self._macros, before), self._macros.sizes)
        except MacroError as error:
            place = item.context.in_condition(condition, error.position)
            seen_at = item.condition_context.in_condition(condition, error.position)
            hint = self._near_macro(error.unknown, before) if error.unknown else None
            raise LoadError(ErrorCode.LOAD_ERR_VALIDATE, error.message, place, hint, seen_at) from None
        self.macros_used |= found.used
        return found

    def _near_macro(self, name: str, before: int | None) -> str | None:
        self._hints -= 1  # to look for near names takes its time
        return closest(name, Visible(self._macros, before)) if self._hints >= 0 and len(name) < _LONGEST_NAME else None

    @staticmethod
    def _skips(rule: RuleItem, message: str) -> bool:
        return rule.skip_if_unknown_filter and any(words in message for words in _UNKNOWN)


def _no_field(text: str, rule: RuleItem) -> str:
    return _NO_SOURCE if rule.source == SYSCALL else f"no field begins at {text[:40]!r}"


def _near_field(message: str, catalog: Catalog, rule: RuleItem) -> str | None:
    _, found, field = message.partition("nonexistent field ")
    if found and rule.source == SYSCALL:
        return _NO_SOURCE
    return closest(field.partition("[")[0], [known.name for known in catalog]) if found else None
