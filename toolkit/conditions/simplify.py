"""Conditions with some of their checks settled: what is left to be asked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from toolkit.conditions.nodes import And, Check, Macro, Node, Not, Or, fold

Rest = Node | bool
"""What is left of a condition: a condition, or its outcome."""


def simplify(tree: Node, known: Mapping[Check, bool]) -> Rest:
    """Return what is left of a condition once the outcomes of some of its checks are known."""

    def leaf(check: Check | Macro) -> Rest:
        return known.get(check, check) if isinstance(check, Check) else check

    return fold(tree, leaf, _combined)


def conjuncts(tree: Node) -> Iterator[Check]:
    """Yield checks each of which has to hold for the condition to hold."""
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, Check):
            yield node
        elif isinstance(node, And):
            waiting.extend(reversed(node.children))


def _combined(node: And | Or | Not, parts: list[Rest]) -> Rest:
    if isinstance(node, Not):
        return not parts[0] if isinstance(parts[0], bool) else Not(parts[0], node.position)
    settles = isinstance(node, Or)
    left: list[Node] = []
    for part in parts:
        if part is settles:
            return settles
        if not isinstance(part, bool):
            left.append(part)
    if len(left) < 2:
        return left[0] if left else not settles
    return And(tuple(left), node.position) if isinstance(node, And) else Or(tuple(left), node.position)
