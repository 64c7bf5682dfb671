"""Tree to text: the canonical form, which reads back as the same tree."""

from __future__ import annotations

from collections.abc import Sequence

from toolkit.conditions.nodes import (
    And,
    Argument,
    Check,
    Constant,
    FieldRef,
    InlineList,
    ListLiteral,
    Macro,
    Node,
    Not,
    Or,
    Right,
    Transformer,
)
from toolkit.conditions.quoting import argument_text, constant_text, value_text

_Part = str | Node | Argument | Right


def render(node: Node | Argument | Right) -> str:
    """Return the canonical text of a condition or of a part of one, of any depth.

    It is Falco's, but that a value which would not read back (an empty one, one with a comma or a parenthesis) is
    quoted here and bare there.
    """
    written: list[str] = []
    waiting: list[_Part] = [node]
    while waiting:
        part = waiting.pop()
        if isinstance(part, str):
            written.append(part)
        else:
            waiting.extend(reversed(_parts(part)))
    return "".join(written)


def _parts(node: Node | Argument | Right) -> Sequence[_Part]:
    match node:
        case And(children) | Or(children):
            return ["(", *_joined(children, " and " if isinstance(node, And) else " or "), ")"]
        case Not(child):
            return ["not(", child, ")"] if isinstance(child, Not) else ["not ", child]
        case Check(left, operator, modifier, right):
            words = f" {operator} {modifier}" if modifier else f" {operator}"
            return [left, words] if right is None else [left, f"{words} ", right]
        case Macro(name):
            return [name]
        case Constant(value):
            return [value_text(value)]
        case ListLiteral(values):
            return ["(", *_joined([value_text(value) for value in values], ", "), ")"]
        case _:
            return _operand_parts(node)


def _operand_parts(node: FieldRef | Transformer | InlineList) -> Sequence[_Part]:
    if isinstance(node, InlineList):
        return ["(", *_joined([_argument(item) for item in node.items], ", "), ")"]
    brackets = "" if node.argument is None else f"[{argument_text(node.argument)}]"
    if isinstance(node, FieldRef):
        return [f"{node.name}{brackets}"]
    arguments = [_argument(argument) for argument in node.arguments]
    return [f"{node.name}(", *_joined(arguments, ","), f"){brackets}"]


def _argument(argument: Argument) -> _Part:
    return constant_text(argument.value) if isinstance(argument, Constant) else argument


def _joined(parts: Sequence[_Part], separator: str) -> list[_Part]:
    joined: list[_Part] = []
    for part in parts:
        joined += [separator, part] if joined else [part]
    return joined
