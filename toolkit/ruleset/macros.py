"""Macros: names in a condition's tree, replaced by the trees that they stand for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from toolkit.conditions.errors import Position
from toolkit.conditions.nodes import Macro, Node, leaves, replace_leaves
from toolkit.conditions.size import Size, size_of
from toolkit.ruleset.bounds import DEEPEST, MOST_CHECKS, TooLargeError
from toolkit.ruleset.definitions import MacroItem

DEEPEST_UNRESOLVED = 100
"""How deep macros may nest that were not resolved before."""
_FLATTER = "macros that name macros multiply; write the common part once, or use a list with `in`"


class MacroError(Exception):
    """A macro that is not known, or that leads back to itself."""

    def __init__(self, message: str, position: Position, unknown: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.position = position
        self.unknown = unknown


class Macros:
    """The macros of a ruleset: their trees so far, and the sizes of those whose own macros are put in."""

    def __init__(self, items: Mapping[str, MacroItem]) -> None:
        self.items = items
        self.trees: dict[str, Node] = {}
        self.sizes: dict[str, Size] = {}


class Visible(Mapping[str, Node]):
    """The trees of the macros that were there before an item's number; None: of all."""

    def __init__(self, macros: Macros, before: int | None) -> None:
        self._macros = macros
        self._before = before

    def __getitem__(self, name: str) -> Node:
        """Return the tree of a macro; raise KeyError where it is not there yet."""
        if self._before is not None and self._macros.items[name].index >= self._before:
            raise KeyError(name)
        return self._macros.trees[name]

    def __iter__(self) -> Iterator[str]:
        """Iterate over the names."""
        return (name for name in self._macros.trees if name in self)

    def __len__(self) -> int:
        """Return how many there are."""
        return sum(1 for _ in self)


@dataclass(frozen=True, slots=True)
class Resolved:
    """A tree without names of macros, its size, and the macros that it used, those inside others included."""

    tree: Node
    size: Size
    used: frozenset[str]


def resolve(tree: Node, macros: Mapping[str, Node], sizes: Mapping[str, Size] | None = None) -> Resolved:
    """Return the tree with macros put in; `sizes` are those of macros that are known to name no others.

    Raises MacroError for the first loop, or else for the first name that is not in `macros`; TooLargeError, before
    anything is built, for what has too many checks or levels.
    """
    resolver = _Resolver(macros, sizes or {})
    resolved, size = resolver.resolve(tree, ())
    if resolver.problems:
        raise min(resolver.problems, key=lambda problem: not problem.message.startswith("reference loop"))
    return Resolved(resolved, size, frozenset(resolver.used))


class _Resolver:
    def __init__(self, macros: Mapping[str, Node], sizes: Mapping[str, Size]) -> None:
        self.macros = macros
        self.used: set[str] = set()
        self.problems: list[MacroError] = []
        self._sizes = sizes
        self._resolved: dict[str, tuple[Node, Size]] = {}

    def resolve(self, tree: Node, path: tuple[str, ...]) -> tuple[Node, Size]:
        """Replace the names in `tree`, which stands inside the macros of `path`; return its size too."""
        found: dict[int, tuple[Node, Size]] = {
            id(leaf): self._replacement(leaf, path) for leaf in leaves(tree) if isinstance(leaf, Macro)
        }
        size = size_of(tree, {leaf: inner for leaf, (_, inner) in found.items()})
        if size.checks > MOST_CHECKS:
            raise TooLargeError(f"{size.checks:,} checks with macros put in, at most {MOST_CHECKS:,}", _FLATTER)
        if size.levels > DEEPEST:
            raise TooLargeError(f"{size.levels:,} levels deep with macros put in, at most {DEEPEST:,}", _FLATTER)
        if not found:
            return tree, size
        return replace_leaves(tree, lambda leaf: found[id(leaf)][0] if id(leaf) in found else leaf), size

    def _replacement(self, leaf: Macro, path: tuple[str, ...]) -> tuple[Node, Size]:
        name = leaf.name
        if name in path:
            self.problems.append(MacroError(f"reference loop in macro '{name}'", leaf.position))
            return leaf, Size()
        if name not in self.macros:
            message = f"Undefined macro '{name}' used in filter."
            self.problems.append(MacroError(message, leaf.position, name))
            return leaf, Size()
        self.used.add(name)
        return self._macro(name, path)

    def _macro(self, name: str, path: tuple[str, ...]) -> tuple[Node, Size]:
        if name in self._sizes:
            return self.macros[name], self._sizes[name]
        if len(path) > DEEPEST_UNRESOLVED:
            raise TooLargeError(f"macros inside macros, more than {DEEPEST_UNRESOLVED} deep at '{name}'", _FLATTER)
        if name not in self._resolved:
            self._resolved[name] = self.resolve(self.macros[name], (*path, name))
        return self._resolved[name]
