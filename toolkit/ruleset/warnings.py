"""Warnings that more than one kind of item gives."""

from __future__ import annotations

from collections.abc import Collection

from toolkit.ruleset.contexts import Context
from toolkit.ruleset.results import FileResult, WarningCode
from toolkit.ruleset.yaml_nodes import Kind, Node

APPEND_IS_DEPRECATED = (
    "'append' key is deprecated. Add an 'append' entry (e.g. 'condition: append') under 'override' instead."
)
ENABLED_IS_DEPRECATED = (
    "The standalone 'enabled' key usage is deprecated. The correct approach requires also a 'replace' entry under the "
    "'override' key (i.e. 'enabled: replace')."
)


def warn_unknown_keys(item: Node, known: Collection[str], context: Context, result: FileResult) -> None:
    """Warn about each key that the item's kind does not have."""
    for key, _value in item.pairs:
        if key.kind is Kind.SCALAR and key.text not in known:
            message = f"Unknown key '{key.text}'. The key will be ignored."
            result.warn(WarningCode.LOAD_UNKNOWN_KEY, message, context)
