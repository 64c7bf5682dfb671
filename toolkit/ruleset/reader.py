"""Items of a rules file: which kind each is, and what it hands to the collector."""

from __future__ import annotations

import re
from collections.abc import Callable

from toolkit.ruleset import decoding
from toolkit.ruleset.collector import Collector
from toolkit.ruleset.contexts import Context
from toolkit.ruleset.decoding import invalid
from toolkit.ruleset.definitions import ListItem, MacroItem, PluginRequirement
from toolkit.ruleset.overrides import BOTH_WAYS, read_overrides
from toolkit.ruleset.results import FileResult, LoadError, WarningCode
from toolkit.ruleset.rule_reader import read_rule
from toolkit.ruleset.versions import ENGINE, Version, parse_version
from toolkit.ruleset.warnings import APPEND_IS_DEPRECATED, warn_unknown_keys
from toolkit.ruleset.yaml_nodes import Kind, Node

_LIST_NAME = re.compile(r"[^()\"'\s=,]+", re.ASCII)
_MACRO_NAME = re.compile(r"[a-zA-Z]+[a-zA-Z0-9_]*")


def read_document(
    document: Node, context: Context, collector: Collector, result: FileResult, stop_at: Callable[[LoadError], None]
) -> None:
    """Read the items of a document; `stop_at` gets each error and raises it again where reading is to end."""
    try:
        if document.kind is Kind.NULL:
            return
        if document.kind is Kind.SCALAR:
            raise invalid("Rules content is not yaml", context)
        if document.kind is Kind.MAPPING:
            raise invalid("Rules content is not yaml array of objects", context)
    except LoadError as error:
        stop_at(error)
    for item in document.items:
        if item.kind is Kind.NULL:
            continue
        try:
            read_item(item, context, collector, result)
        except LoadError as error:
            stop_at(error)


def read_item(item: Node, parent: Context, collector: Collector, result: FileResult) -> None:
    """Read one item; raise LoadError where it is wrong."""
    if item.kind is not Kind.MAPPING:
        message = "Unexpected element type. Each element should be a yaml associative array."
        raise invalid(message, parent.of(item, "rules content item"))
    for key, read in _KINDS.items():
        if item.get(key):
            read(item, parent, collector, result)
            return
    result.warn(WarningCode.LOAD_UNKNOWN_ITEM, "Unknown top level item", parent.of(item, "rules content item"))


def _read_engine_version(item: Node, parent: Context, collector: Collector, result: FileResult) -> None:
    context = parent.of(item, "required_engine_version")
    warn_unknown_keys(item, {"required_engine_version"}, context, result)
    text = decoding.text(item, "required_engine_version", context)
    number = decoding.as_unsigned(text)
    version = parse_version(text) if number is None else Version(ENGINE.major, number, ENGINE.patch)
    if version is None:
        expected = 'Expected "x.y.z" semver format.'
        raise invalid(f"Unable to parse engine version '{text}' as a semver string. {expected}", context)
    collector.require_engine(version, context)


def _read_plugin_versions(item: Node, parent: Context, collector: Collector, result: FileResult) -> None:
    plugins = item.get("required_plugin_versions") or item
    context = parent.of(plugins, "required plugin versions")
    warn_unknown_keys(item, {"required_plugin_versions"}, context, result)
    if plugins.kind is not Kind.SEQUENCE:
        raise invalid("Value of required_plugin_versions must be a sequence", context)
    for plugin in plugins.items:
        unnamed = context.of(plugin, "required plugin versions entry")
        if plugin.kind is not Kind.MAPPING:
            raise invalid("Plugin version must be a mapping", unnamed)
        name = decoding.text(plugin, "name", unnamed)
        entry = context.of(plugin, "required plugin versions entry", name)
        version = decoding.text(plugin, "version", entry)
        alternatives = _read_alternatives(plugin, entry)
        collector.require_plugin([PluginRequirement(name, version), *alternatives], entry)


def _read_alternatives(plugin: Node, entry: Context) -> list[PluginRequirement]:
    alternatives = plugin.get("alternatives")
    if alternatives is None:
        return []
    if alternatives.kind is not Kind.SEQUENCE:
        raise invalid("Value of plugin version alternatives must be a sequence", entry)
    found = []
    for alternative in alternatives.items:
        unnamed = entry.of(alternative, "required plugin versions alternative")
        if alternative.kind is not Kind.MAPPING:
            raise invalid("Plugin version alternative must be a mapping", unnamed)
        name = decoding.text(alternative, "name", unnamed)
        named = entry.of(alternative, "required plugin versions alternative", name)
        found.append(PluginRequirement(name, decoding.text(alternative, "version", named)))
    return found


def _read_list(item: Node, parent: Context, collector: Collector, result: FileResult) -> None:
    name = decoding.text(item, "list", parent.of(item, "list"))
    context = parent.of(item, "list", name)
    warn_unknown_keys(item, {"list", "items", "append", "override"}, context, result)
    if not _LIST_NAME.fullmatch(name):
        rule = "List names should match a regular expression: ([^()\"'[:space:]=,]+)"
        result.warn(WarningCode.LOAD_INVALID_LIST_NAME, f"List has an invalid name. {rule}", context)
    found = ListItem(name, context, items=decoding.texts(item, "items", context))
    append = _appends(item, "items", context, result)
    (collector.append_list if append else collector.define_list)(found)


def _read_macro(item: Node, parent: Context, collector: Collector, result: FileResult) -> None:
    name = decoding.text(item, "macro", parent.of(item, "macro"))
    context = parent.of(item, "macro", name)
    warn_unknown_keys(item, {"macro", "condition", "append", "override"}, context, result)
    if not _MACRO_NAME.fullmatch(name):
        rule = "Macro names should match a regular expression: ([a-zA-Z]+[a-zA-Z0-9_]*)"
        result.warn(WarningCode.LOAD_INVALID_MACRO_NAME, f"Macro has an invalid name. {rule}", context)
    condition = decoding.text(item, "condition", context)
    place = context.of(item.get("condition") or item, "macro condition")
    found = MacroItem(name, context, condition=condition, condition_context=place)
    append = _appends(item, "condition", context, result)
    (collector.append_macro if append else collector.define_macro)(found)


def _appends(item: Node, key: str, context: Context, result: FileResult) -> bool:
    """Return whether a list or macro adds to the one before, in the old way or in the new one."""
    append = decoding.optional_boolean(item, "append", context, default=False)
    if append:
        result.warn(WarningCode.LOAD_DEPRECATED_ITEM, APPEND_IS_DEPRECATED, context)
    overrides = read_overrides(item, context, appendable=frozenset({key}), replaceable=frozenset({key}))
    if append and overrides:
        raise invalid(BOTH_WAYS, context)
    return append or key in overrides.append


_KINDS = {
    "required_engine_version": _read_engine_version,
    "required_plugin_versions": _read_plugin_versions,
    "list": _read_list,
    "macro": _read_macro,
    "rule": read_rule,
}
"""What reads an item that has the key; the first key in this order decides."""
