"""The tree of a condition: immutable nodes, equal when they say the same, wherever they stand."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TypeVar

from toolkit.conditions.errors import START, Position

T = TypeVar("T")


class _Nested:
    """A node that holds others, to any depth: compared and hashed without one call a level."""

    __slots__ = ()

    def parts(self) -> tuple[object, ...]:
        """Return what makes the node what it is: its position does not."""
        raise NotImplementedError

    def __eq__(self, other: object) -> bool:
        """Return whether both say the same."""
        return self is other or (type(self) is type(other) and _flat(self) == _flat(other))

    def __hash__(self) -> int:
        """Return a hash that equal nodes share."""
        return hash(_flat(self))


def _flat(node: _Nested) -> tuple[object, ...]:
    """Return all that a node says in one row; other nodes have other rows."""
    row: list[object] = []
    waiting: list[object] = [node]
    while waiting:
        part = waiting.pop()
        if isinstance(part, _Nested):
            row.append(type(part))
            waiting += part.parts()
        elif isinstance(part, tuple):
            row.append(len(part))
            waiting += part
        else:
            row.append(part)
    return tuple(row)


@dataclass(frozen=True, slots=True)
class FieldRef:
    """A field with its argument: `kar.verb`, `jevt.value[/a]`; `argument` is None where there are no brackets."""

    name: str
    argument: str | None = None
    position: Position = field(default=START, compare=False, repr=False)

    def __str__(self) -> str:
        """Render as Falco names it in messages and output fields: `name[argument]`, never quoted."""
        return self.name if self.argument is None else f"{self.name}[{self.argument}]"


@dataclass(frozen=True, slots=True)
class Constant:
    """One right-hand value, or a quoted string or number inside a transformer, without its quotes."""

    value: str
    position: Position = field(default=START, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class ListLiteral:
    """The values between the parentheses after `in`, `intersects`, `pmatch` or a modifier."""

    values: tuple[str, ...]
    position: Position = field(default=START, compare=False, repr=False)


@dataclass(frozen=True, slots=True, eq=False)
class InlineList(_Nested):
    """A list written inside a transformer: `join(",", (kar.verb, "x"))`."""

    items: tuple[Argument, ...]
    position: Position = field(default=START, repr=False)

    def parts(self) -> tuple[object, ...]:
        """Return the items."""
        return (self.items,)


@dataclass(frozen=True, slots=True, eq=False)
class Transformer(_Nested):
    """A transformer call: `name(arguments)`, for `getopt` also `name(arguments)[argument]`; `val` is one too."""

    name: str
    arguments: tuple[Argument, ...]
    argument: str | None = None
    position: Position = field(default=START, repr=False)

    def parts(self) -> tuple[object, ...]:
        """Return name and arguments."""
        return self.name, self.arguments, self.argument


Operand = FieldRef | Transformer
"""What can stand on the left of an operator, or in an output."""

Argument = FieldRef | Transformer | Constant | InlineList
"""What can stand inside a transformer."""

Right = Constant | ListLiteral | Transformer
"""What can stand on the right of an operator."""


@dataclass(frozen=True, slots=True)
class Check:
    """One comparison; `right` is None for `exists`, and `modifier` is `oneof`, `anyof`, `allof` or None."""

    left: Operand
    operator: str
    modifier: str | None = None
    right: Right | None = None
    position: Position = field(default=START, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Macro:
    """A name in the place of a check."""

    name: str
    position: Position = field(default=START, compare=False, repr=False)


@dataclass(frozen=True, slots=True, eq=False)
class Not(_Nested):
    """The negation of `child`."""

    child: Node
    position: Position = field(default=START, repr=False)

    def parts(self) -> tuple[object, ...]:
        """Return what is negated."""
        return (self.child,)


@dataclass(frozen=True, slots=True, eq=False)
class And(_Nested):
    """Two or more conditions that must all hold, tried from left to right."""

    children: tuple[Node, ...]
    position: Position = field(default=START, repr=False)

    def parts(self) -> tuple[object, ...]:
        """Return the conditions."""
        return (self.children,)


@dataclass(frozen=True, slots=True, eq=False)
class Or(_Nested):
    """Two or more conditions of which one must hold, tried from left to right."""

    children: tuple[Node, ...]
    position: Position = field(default=START, repr=False)

    def parts(self) -> tuple[object, ...]:
        """Return the conditions."""
        return (self.children,)


Node = And | Or | Not | Macro | Check
"""A condition."""


def children(node: Node) -> tuple[Node, ...]:
    """Return the conditions that `node` is made of; checks and macros have none."""
    if isinstance(node, And | Or):
        return node.children
    return (node.child,) if isinstance(node, Not) else ()


def leaves(node: Node) -> Iterator[Check | Macro]:
    """Yield the checks and macros of a tree of any depth, from left to right."""
    waiting: list[Node] = [node]
    while waiting:
        current = waiting.pop()
        if isinstance(current, Check | Macro):
            yield current
        else:
            waiting.extend(reversed(children(current)))


def fold(node: Node, leaf: Callable[[Check | Macro], T], combine: Callable[[And | Or | Not, list[T]], T]) -> T:
    """Return what the tree comes to: `leaf` of each check and macro, combined upwards. Works at any depth."""
    done: list[T] = []
    waiting: list[tuple[Node, bool]] = [(node, False)]
    while waiting:
        current, children_done = waiting.pop()
        if isinstance(current, Check | Macro):
            done.append(leaf(current))
        elif children_done:
            count = len(children(current))
            done[-count:] = [combine(current, done[-count:])]
        else:
            waiting.append((current, True))
            waiting.extend((child, False) for child in reversed(children(current)))
    return done[0]


def replace_leaves(node: Node, replacement: Callable[[Check | Macro], Node]) -> Node:
    """Return the tree with each check and macro replaced by what `replacement` returns for it.

    What is put in is not looked into again.
    """
    return fold(node, replacement, _with_children)


def _with_children(node: And | Or | Not, new: list[Node]) -> Node:
    if isinstance(node, Not):
        return Not(new[0], node.position)
    return And(tuple(new), node.position) if isinstance(node, And) else Or(tuple(new), node.position)
