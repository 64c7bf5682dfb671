"""The `override` key of an item: which of its properties are appended, and which replaced."""

from __future__ import annotations

from dataclasses import dataclass

from toolkit.ruleset.contexts import Context
from toolkit.ruleset.decoding import invalid
from toolkit.ruleset.results import ErrorCode, LoadError
from toolkit.ruleset.yaml_nodes import Kind, Node

APPENDABLE = frozenset({"condition", "output", "desc", "tags", "exceptions"})
"""The properties of a rule that can be appended to."""

REPLACEABLE = APPENDABLE | {
    "priority",
    "enabled",
    "warn_evttypes",
    "skip-if-unknown-filter",
    "capture",
    "capture_duration",
}
"""The properties of a rule that can be replaced."""

BOTH_WAYS = (
    "Keys 'override' and 'append: true' cannot be used together. "
    "Add an 'append' entry (e.g. 'condition: append') under 'override' instead."
)

_NOT_A_MAPPING = "invalid node; this may result from using a map iterator as a sequence iterator, or vice-versa"
_HINT = "write a mapping of keys to `append` or `replace` under `override`"


@dataclass(frozen=True, slots=True)
class Overrides:
    """The properties that an item appends and those that it replaces."""

    append: frozenset[str] = frozenset()
    replace: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        """Return whether there are any."""
        return bool(self.append or self.replace)


def read_overrides(
    item: Node, context: Context, *, appendable: frozenset[str], replaceable: frozenset[str]
) -> Overrides:
    """Return what `override` says; raise LoadError where an operation is unknown or not possible for its property."""
    value = item.get("override")
    inside = context.of(item, "overrides")
    found: dict[str, set[str]] = {"append": set(), "replace": set()}
    if value and value.items:
        raise _unreadable(_NOT_A_MAPPING, context)
    for key, operation in value.pairs if value else []:
        name, word = _word(key, context), _word(operation, context)
        if word not in found:
            allowed = f"{'append ' if name in appendable else ''}{'replace ' if name in replaceable else ''}"
            message = f"Invalid override operation for key '{name}': '{word}'. Allowed values are: {allowed}"
            raise invalid(message, inside.of(operation, "value for", name))
        if word == "append" and name not in appendable:
            message = f"Key '{name}' cannot be appended to, use 'replace' instead"
            raise invalid(message, inside.of(key, "overrides", name))
        if word == "replace" and name not in replaceable:
            raise invalid(f"Key '{name}' cannot be replaced", inside.of(key, "overrides", name))
        found[word].add(name)
    return Overrides(frozenset(found["append"]), frozenset(found["replace"]))


def _word(node: Node, context: Context) -> str:
    if node.kind is Kind.NULL:
        return "null"
    if node.kind is not Kind.SCALAR:
        place = f"line {node.mark.line + 1}, column {node.mark.column + 1}"
        raise _unreadable(f"yaml-cpp: error at {place}: bad conversion", context)
    return node.text


def _unreadable(message: str, context: Context) -> LoadError:
    return LoadError(ErrorCode.LOAD_ERR_VALIDATE, message, context.whole_file, _HINT, context)
