"""Trees made ready to be evaluated: a sequence of checks, each of which says where to go on when it holds or not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from toolkit.conditions.check_compiler import CompiledCheck, compile_check, constants
from toolkit.conditions.constants import (
    field_warning,
    regex_warnings,
    transformer_warnings,
    without_white_space,
)
from toolkit.conditions.errors import ConditionError, Position
from toolkit.conditions.field_arguments import names_a_field
from toolkit.conditions.nodes import And, Check, FieldRef, Macro, Node, Not, leaves
from toolkit.conditions.operand_compiler import CompiledOperand, compile_operand
from toolkit.conditions.operand_parser import CALLS
from toolkit.conditions.parser import parse_operand_prefix
from toolkit.fields.catalog import Catalog

HOLDS = -1
"""Where a step leads when the whole condition holds."""
FAILS = -2
"""Where a step leads when it does not."""

_EQUALITY = frozenset({"=", "==", "!=", "in", "intersects", "pmatch"})


@dataclass(frozen=True, slots=True)
class Step:
    """A check, and the number of the step that follows when it holds and when it does not."""

    check: CompiledCheck
    on_true: int
    on_false: int


@dataclass(frozen=True, slots=True)
class LoadWarning:
    """A warning of Falco's loader about a condition: code, message, and the right-hand side it points at."""

    code: str
    message: str
    position: Position


@dataclass(frozen=True, slots=True)
class Compiled:
    """A condition ready to be evaluated: its tree, its steps from 0, the fields they read, and the warnings."""

    tree: Node
    steps: tuple[Step, ...]
    fields_used: tuple[FieldRef, ...]
    warnings: tuple[LoadWarning, ...]


def compile_condition(tree: Node, catalog: Catalog, known: dict[int, CompiledCheck] | None = None) -> Compiled:
    """Return the condition checked against the fields of `catalog`.

    `known` keeps compiled checks by the `id` of their nodes, so that what rules share through macros is compiled once.
    Macros have to be replaced before. Raises ConditionError with Falco's message at the first check that is wrong.
    """
    steps = _steps(tree, catalog, {} if known is None else known)
    operands = [operand for step in steps for operand in (step.check.left, step.check.right) if operand]
    fields = dict.fromkeys(field for operand in operands for field in operand.fields)
    return Compiled(tree, steps, tuple(fields), (*unsafe_na(tree), *_constant_warnings(tree, catalog)))


def compile_longest_operand(text: str, catalog: Catalog) -> tuple[CompiledOperand, int] | None:
    """Return the longest beginning of `text` that is a valid operand, and its length in characters; or None."""
    length = len(text)
    while length > 0:
        try:
            found = parse_operand_prefix(text[:length])
        except ConditionError as error:
            length = _shorter(text, length, error)
            continue
        if found is None:
            return None
        operand, consumed = found
        try:
            return compile_operand(operand, catalog), consumed
        except ConditionError:
            is_bare = isinstance(operand, FieldRef) and operand.argument is None
            length = min(consumed - 1, catalog.longest_name) if is_bare else consumed - 1
    return None


_LOOKS_AHEAD = 32
"""No word that the parser looks for is longer, in bytes."""


def _shorter(text: str, length: int, error: ConditionError) -> int:
    """Return the next length to try of a text that has no operand at its beginning up to `length`.

    Anything that reaches well beyond the place of the error fails in the same way, and a call ends with a bracket.
    """
    length = min(length - 1, error.index + _LOOKS_AHEAD)
    if not text.startswith(CALLS):
        return length
    return max(text.rfind(")", 0, length), text.rfind("]", 0, length)) + 1


class _Label:
    """A place in the sequence of steps that is known only once the steps before it are written."""

    def __init__(self, number: int | None = None) -> None:
        self.number = number


def _steps(tree: Node, catalog: Catalog, known: dict[int, CompiledCheck]) -> tuple[Step, ...]:
    written: list[tuple[CompiledCheck, _Label, _Label]] = []
    waiting: list[_Label | tuple[Node, _Label, _Label]] = [(tree, _Label(HOLDS), _Label(FAILS))]
    while waiting:
        item = waiting.pop()
        if isinstance(item, _Label):
            item.number = len(written)
            continue
        node, on_true, on_false = item
        if isinstance(node, Check):
            if id(node) not in known:
                known[id(node)] = compile_check(node, catalog)
            written.append((known[id(node)], on_true, on_false))
        elif isinstance(node, Macro):
            raise ConditionError(f"filter error: unexpected identifier '{node.name}'", node.position)
        elif isinstance(node, Not):
            waiting.append((node.child, on_false, on_true))
        else:
            waiting.extend(reversed(_chain(node.children, on_true, on_false, isinstance(node, And))))
    return tuple(Step(check, on_true.number or 0, on_false.number or 0) for check, on_true, on_false in written)


def _chain(
    children: tuple[Node, ...], on_true: _Label, on_false: _Label, conjunction: bool
) -> list[_Label | tuple[Node, _Label, _Label]]:
    """Lay out `and` or `or`: each child but the last goes on to the next when it does not settle the matter."""
    laid_out: list[_Label | tuple[Node, _Label, _Label]] = []
    for child in children[:-1]:
        following = _Label()
        laid_out.append((child, following, on_false) if conjunction else (child, on_true, following))
        laid_out.append(following)
    return [*laid_out, (children[-1], on_true, on_false)]


def _constant_warnings(tree: Node, catalog: Catalog) -> Iterator[LoadWarning]:
    for check in leaves(tree):
        if isinstance(check, Check) and check.right:
            for text in constants(check):
                for message in _doubts(check.operator, text, catalog):
                    yield LoadWarning("LOAD_COMPILE_CONDITION", message, check.right.position)


def _doubts(operator: str, text: str, catalog: Catalog) -> Iterator[str]:
    if operator == "regex":
        yield from regex_warnings(text)
    if names_a_field(without_white_space(text), catalog):
        yield field_warning(text)
    yield from transformer_warnings(text)


def unsafe_na(tree: Node) -> Iterator[LoadWarning]:
    """Yield the warning about a comparison with `<NA>`, which needs no more than a condition's tree."""
    for check in leaves(tree):
        if isinstance(check, Check) and check.operator in _EQUALITY and "<NA>" in constants(check):
            left = check.left
            if isinstance(left, FieldRef) and left.name.startswith(("ka.", "jevt.")):
                yield LoadWarning("LOAD_UNSAFE_NA_CHECK", "", check.position)
                return
