"""Falco's schema of rules files: what it checks besides loading, and only reports."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from toolkit.ruleset.overrides import REPLACEABLE
from toolkit.ruleset.yaml_nodes import Kind, Node

Check = Callable[[Node, str], Iterator[str]]
"""Yields what is wrong with a node that stands at a path."""

_INTEGER = re.compile(r"\s*[+-]?\d{1,19}", re.ASCII)
_TYPE = "Value type not permitted by 'type' constraint."
_PRIORITIES = frozenset(
    {"EMERGENCY", "ALERT", "CRITICAL", "ERROR", "WARNING", "NOTICE", "INFO", "INFORMATIONAL", "DEBUG"}
)


def schema_faults(document: Node) -> list[str]:
    """Return in words like Falco's what the schema finds wrong with a document; nothing where it is valid."""
    return list(_array(_Mapping(_ITEM))(document, "<root>"))


def _fault(path: str, message: str) -> Iterator[str]:
    yield f"failed for {path}: {message}"


def _is_empty_text(node: Node) -> bool:
    return node.kind is Kind.SCALAR and not node.text


def _string(node: Node, path: str) -> Iterator[str]:
    if node.kind is not Kind.SCALAR:
        yield from _fault(path, _TYPE)


def _boolean(node: Node, path: str) -> Iterator[str]:
    if node.kind is not Kind.SCALAR or node.text not in ("true", "false"):
        yield from _fault(path, _TYPE)


def _integer(node: Node, path: str) -> Iterator[str]:
    if node.kind is not Kind.SCALAR or not _INTEGER.fullmatch(node.text):
        yield from _fault(path, _TYPE)


def _anything(_node: Node, _path: str) -> Iterator[str]:
    return iter(())


def _one_of(words: frozenset[str]) -> Check:
    def check(node: Node, path: str) -> Iterator[str]:
        yield from _string(node, path)
        if node.kind is not Kind.SCALAR or node.text not in words:
            yield from _fault(path, "Failed to match against any enum values.")

    return check


def _array(element: Check) -> Check:
    def check(node: Node, path: str) -> Iterator[str]:
        empty_mapping = node.kind is Kind.MAPPING and not node.pairs
        if node.kind is not Kind.SEQUENCE and not empty_mapping and not _is_empty_text(node):
            yield from _fault(path, _TYPE)
            return
        for number, item in enumerate(node.items):
            faults = list(element(item, f"{path}[{number}]"))
            if faults:
                yield from faults
                yield from _fault(path, f"Failed to validate item #{number} in array.")

    return check


@dataclass(frozen=True, slots=True)
class _Mapping:
    """A mapping of known properties."""

    properties: Mapping[str, Check]
    required: tuple[str, ...] = field(default=())
    at_least: int = 0

    def __call__(self, node: Node, path: str) -> Iterator[str]:
        empty_sequence = node.kind is Kind.SEQUENCE and not node.items
        if node.kind is not Kind.MAPPING and not empty_sequence and not _is_empty_text(node):
            yield from _fault(path, _TYPE)
            return
        if len(node.pairs) < self.at_least:
            yield from _fault(path, "Object should have no fewer than 1 properties.")
        yield from self._properties(node, path)
        for name in self.required:
            if node.get(name) is None:
                yield from _fault(path, f"Missing required property '{name}'.")

    def _properties(self, node: Node, path: str) -> Iterator[str]:
        seen: set[str] = set()
        for key, value in node.pairs:
            name = key.text
            if name not in self.properties or name in seen:
                message = "Object contains a property that could not be validated using 'properties' or "
                yield from _fault(path, f"{message}'additionalProperties' constraints: '{name}'.")
                continue
            seen.add(name)
            faults = list(self.properties[name](value, f"{path}[{name}]"))
            if faults:
                yield from faults
                yield from _fault(path, f"Failed to validate against schema associated with property name '{name}'.")


_REQUIREMENT = {"name": _string, "version": _string}
_PLUGIN = {**_REQUIREMENT, "alternatives": _array(_Mapping(_REQUIREMENT, ("name", "version")))}
_EXCEPTION = {"name": _string, "fields": _anything, "comps": _anything, "values": _anything}
_OVERRIDE = dict.fromkeys({*REPLACEABLE, "items"}, _one_of(frozenset({"append", "replace"})))
_ITEM: dict[str, Check] = {
    **dict.fromkeys(("required_engine_version", "macro", "condition", "list", "rule"), _string),
    **dict.fromkeys(("desc", "output", "source"), _string),
    **dict.fromkeys(("enabled", "append", "capture", "warn_evttypes", "skip-if-unknown-filter"), _boolean),
    "capture_duration": _integer,
    "priority": _one_of(_PRIORITIES),
    "items": _array(_string),
    "tags": _array(_string),
    "required_plugin_versions": _array(_Mapping(_PLUGIN, ("name", "version"))),
    "exceptions": _array(_Mapping(_EXCEPTION, ("name",))),
    "override": _Mapping(_OVERRIDE, at_least=1),
}
