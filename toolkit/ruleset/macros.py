"""Macros: names in a condition's tree, replaced by the trees that they stand for."""

from __future__ import annotations

from collections.abc import Mapping

from toolkit.conditions.errors import START, Position
from toolkit.conditions.nodes import Check, Macro, Node, leaves, replace_leaves
from toolkit.errors import closest

MOST_CHECKS = 100_000
"""How many checks a condition may have once its macros are put in."""
DEEPEST = 100
"""How deep macros may nest that were not resolved before."""


class MacroError(Exception):
    """A macro that is not known, or that leads back to itself."""

    def __init__(self, message: str, position: Position, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.position = position
        self.hint = hint


def resolve(tree: Node, macros: Mapping[str, Node]) -> tuple[Node, frozenset[str]]:
    """Return the tree without names of macros, and the macros that it used, those inside others included.

    Raises MacroError for the first loop, or else for the first name that is not in `macros`.
    """
    resolver = _Resolver(macros)
    resolved = resolver.resolve(tree, ())
    if resolver.problems:
        raise min(resolver.problems, key=lambda problem: not problem.message.startswith("reference loop"))
    return resolved, frozenset(resolver.used)


class _Resolver:
    def __init__(self, macros: Mapping[str, Node]) -> None:
        self.macros = macros
        self.used: set[str] = set()
        self.problems: list[MacroError] = []
        self._resolved: dict[str, tuple[Node, int]] = {}
        self._checks = 0

    def resolve(self, tree: Node, path: tuple[str, ...]) -> Node:
        """Replace the names in `tree`, which stands inside the macros of `path`."""
        if not any(isinstance(leaf, Macro) for leaf in leaves(tree)):
            return tree
        return replace_leaves(tree, lambda leaf: self._replacement(leaf, path))

    def _replacement(self, leaf: Check | Macro, path: tuple[str, ...]) -> Node:
        if isinstance(leaf, Check):
            return leaf
        name = leaf.name
        if name in path:
            self.problems.append(MacroError(f"reference loop in macro '{name}'", leaf.position))
            return leaf
        if name not in self.macros:
            message = f"Undefined macro '{name}' used in filter."
            self.problems.append(MacroError(message, leaf.position, closest(name, self.macros)))
            return leaf
        self.used.add(name)
        tree, size = self._macro(name, path)
        self._checks += size
        if self._checks > MOST_CHECKS:
            raise MacroError(f"macro '{name}' grows beyond {MOST_CHECKS} checks", leaf.position)
        return tree

    def _macro(self, name: str, path: tuple[str, ...]) -> tuple[Node, int]:
        if len(path) > DEEPEST:
            raise MacroError(f"macro '{name}' is nested too deep", START)
        if name not in self._resolved:
            tree = self.resolve(self.macros[name], (*path, name))
            self._resolved[name] = tree, sum(1 for _ in leaves(tree))
        return self._resolved[name]
