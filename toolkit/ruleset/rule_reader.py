"""Rule items: a definition, an update under `override`, an old-style append, or no more than `enabled`."""

from __future__ import annotations

from toolkit.ruleset import decoding
from toolkit.ruleset.collector import Collector
from toolkit.ruleset.contexts import Context
from toolkit.ruleset.decoding import invalid
from toolkit.ruleset.definitions import SYSCALL, RuleChange, RuleItem
from toolkit.ruleset.exceptions import read_exceptions
from toolkit.ruleset.overrides import APPENDABLE, BOTH_WAYS, REPLACEABLE, read_overrides
from toolkit.ruleset.priorities import Priority, parse_priority
from toolkit.ruleset.results import FileResult, WarningCode
from toolkit.ruleset.warnings import APPEND_IS_DEPRECATED, ENABLED_IS_DEPRECATED, warn_unknown_keys
from toolkit.ruleset.yaml_nodes import Kind, Node

KEYS = REPLACEABLE | {"rule", "source", "append", "override"}
"""The keys that a rule item can have."""

_WHITE_SPACE = " \t\n\v\f\r"


def read_rule(item: Node, parent: Context, collector: Collector, result: FileResult) -> None:
    """Read a rule item; raise LoadError where it is wrong."""
    name = decoding.text(item, "rule", parent.of(item, "rule"))
    context = parent.of(item, "rule", name)
    warn_unknown_keys(item, KEYS, context, result)
    append = decoding.optional_boolean(item, "append", context, default=False)
    if append:
        result.warn(WarningCode.LOAD_DEPRECATED_ITEM, APPEND_IS_DEPRECATED, context)
    overrides = read_overrides(item, context, appendable=APPENDABLE, replaceable=REPLACEABLE)
    if append and overrides:
        raise invalid(BOTH_WAYS, context)
    reader = _RuleReader(item, name, context, collector, result)
    if overrides:
        reader.update(overrides.append, overrides.replace)
    elif append:
        reader.append()
    elif any(item.get(key) for key in ("condition", "output", "desc", "priority")):
        reader.define()
    else:
        reader.enable()


class _RuleReader:
    """One rule item, and what can be done with it."""

    def __init__(self, item: Node, name: str, context: Context, collector: Collector, result: FileResult) -> None:
        self.item = item
        self.name = name
        self.context = context
        self.collector = collector
        self.result = result
        self.source = self._loose_source()

    def define(self) -> None:
        """Take the item as a whole rule."""
        item, context = self.item, self.context
        condition = decoding.text(item, "condition", context)
        output = decoding.text(item, "output", context)
        description = decoding.text(item, "desc", context)
        rule = RuleItem(
            self.name,
            context,
            condition=condition,
            output=output.strip(_WHITE_SPACE),
            description=description,
            priority=self._priority(),
            condition_context=context.of(item.get("condition") or item, "rule condition"),
            output_context=context.of(item.get("output") or item, "rule output"),
        )
        rule.source = decoding.optional_text(item, "source", context) or SYSCALL
        rule.enabled = decoding.optional_boolean(item, "enabled", context, default=True)
        self._optional_others({"warn_evttypes"})
        rule.skip_if_unknown_filter = decoding.optional_boolean(item, "skip-if-unknown-filter", context, default=False)
        self._optional_others({"capture", "capture_duration"})
        rule.tags = self._tags()
        rule.exceptions = read_exceptions(item, context, self.result, append=False)
        self.collector.define_rule(rule, self.result)

    def update(self, append: frozenset[str], replace: frozenset[str]) -> None:
        """Append to the rule before and replace in it, as `override` says."""
        unnamed = {key for key in REPLACEABLE if self.item.get(key)}
        for word, keys in (("append", append), ("replace", replace)):
            if keys:
                change = self._change(word, keys, unnamed)
                (self.collector.append_rule if word == "append" else self.collector.replace_in_rule)(change)
        for key in sorted(unnamed):
            inside = self.context.of(self.item.get(key) or self.item, "overrides", key)
            raise invalid(f"Unexpected key '{key}': no corresponding entry under 'override' is defined.", inside)

    def append(self) -> None:
        """Append in the old way: the condition and exceptions, nothing else."""
        change = RuleChange(self.name, self.context, self.source)
        if self.item.get("condition"):
            change.condition = decoding.text(self.item, "condition", self.context)
        if self.item.get("exceptions"):
            change.exceptions = read_exceptions(self.item, self.context, self.result, append=True)
        self.collector.append_rule(change)

    def enable(self) -> None:
        """Set whether the rule before is enabled."""
        enabled = decoding.boolean(self.item, "enabled", self.context)
        self.result.warn(WarningCode.LOAD_DEPRECATED_ITEM, ENABLED_IS_DEPRECATED, self.context)
        self.collector.enable_rule(self.name, enabled, self.context)

    def _change(self, word: str, keys: frozenset[str], unnamed: set[str]) -> RuleChange:
        change = RuleChange(self.name, self.context, self.source)
        for key in (key for key in _UPDATE_ORDER if key in keys):
            if key not in unnamed:
                message = f"An {word} override for '{key}' was specified but '{key}' is not defined"
                raise invalid(message, self.context)
            unnamed.remove(key)
            self._take(key, change, append=word == "append")
        return change

    def _take(self, key: str, change: RuleChange, *, append: bool) -> None:
        item, context = self.item, self.context
        match key:
            case "condition":
                change.condition = decoding.text(item, key, context)
            case "output":
                change.output = decoding.text(item, key, context)
            case "desc":
                change.description = decoding.text(item, key, context)
            case "exceptions":
                change.exceptions = read_exceptions(item, context, self.result, append=append)
            case "tags":
                change.tags = self._tags()
            case "priority":
                change.priority = self._priority()
            case "enabled":
                change.enabled = decoding.boolean(item, key, context)
            case "skip-if-unknown-filter":
                change.skip_if_unknown_filter = decoding.boolean(item, key, context)
            case _:
                change.has_other = True
                self._optional_others({key})

    def _optional_others(self, keys: set[str]) -> None:
        """Check properties that mean nothing to plugin events; they have to be well formed all the same."""
        for key in ("warn_evttypes", "capture"):
            if key in keys:
                decoding.optional_boolean(self.item, key, self.context, default=False)
        if "capture_duration" in keys and self.item.get("capture_duration"):
            decoding.unsigned(self.item, "capture_duration", self.context)

    def _loose_source(self) -> str | None:
        value = self.item.get("source")
        if value is None or value.kind is Kind.NULL or (value.kind is Kind.SCALAR and not value.text):
            return None
        return decoding.text(self.item, "source", self.context)

    def _tags(self) -> frozenset[str]:
        return frozenset(decoding.texts(self.item, "tags", self.context)) if self.item.get("tags") else frozenset()

    def _priority(self) -> Priority:
        word = decoding.text(self.item, "priority", self.context)
        priority = parse_priority(word)
        if priority is None:
            words = ", ".join(priority.name for priority in Priority)
            inside = self.context.of(self.item.get("priority") or self.item, "rule priority")
            raise invalid("Invalid priority", inside, f"one of {words}, INFO")
        return priority


_UPDATE_ORDER = (
    "condition",
    "exceptions",
    "output",
    "desc",
    "tags",
    "priority",
    "enabled",
    "warn_evttypes",
    "skip-if-unknown-filter",
    "capture",
    "capture_duration",
)
