"""How large conditions are, told without building them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from toolkit.conditions.nodes import And, Check, Macro, Node, Not, Or, fold


@dataclass(frozen=True, slots=True)
class Size:
    """How many checks a condition has, and how many levels of `and`, `or` and `not` above the deepest of them."""

    checks: int = 1
    levels: int = 0


def size_of(tree: Node, inner: Mapping[int, Size]) -> Size:
    """Return the size of a tree; `inner` are those of what its macros stand for, by the `id` of the macro's node."""

    def leaf(node: Check | Macro) -> Size:
        return inner.get(id(node), _ONE)

    return fold(tree, leaf, _combined)


_ONE = Size()


def _combined(_node: And | Or | Not, parts: list[Size]) -> Size:
    return Size(sum(part.checks for part in parts), 1 + max(part.levels for part in parts))
