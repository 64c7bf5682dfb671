"""Does one condition hold whenever another does? Answers yes only where that follows from how they are written."""

from __future__ import annotations

from functools import lru_cache

from toolkit.conditions.check_compiler import constants
from toolkit.conditions.nodes import And, Check, Node, Not, Operand, Or
from toolkit.conditions.text import render

_DEEPEST = 60


def implies(condition: Node, other: Node, depth: int = 0) -> bool:
    """Return whether `other` surely holds wherever `condition` holds; False where that cannot be told.

    Conditions nested deeper than 60 levels are not compared.
    """
    if depth > _DEEPEST:
        return False
    deeper = depth + 1
    match condition, other:
        case _, And(children):
            return all(implies(condition, child, deeper) for child in children)
        case Or(children), _:
            return all(implies(child, other, deeper) for child in children)
        case _, Or(children) if any(implies(condition, child, deeper) for child in children):
            return True
        case And(children), _:
            return any(implies(child, other, deeper) for child in children)
        case Not(child), Not(excluded):
            return implies(excluded, child, deeper)
        case Check(), Check():
            return _check_implies(condition, other)
    return False


@lru_cache(maxsize=65536)
def _text(node: Check | Operand) -> str:
    return render(node)


def _check_implies(check: Check, other: Check) -> bool:
    if _text(check) == _text(other):
        return True
    if _text(check.left) != _text(other.left) or check.modifier or other.modifier:
        return False
    if other.operator == "exists":
        return True
    return _values_imply(check, other)


def _values_imply(check: Check, other: Check) -> bool:
    """Return whether each value that `check` admits is one that `other` admits."""
    mine, others = constants(check), constants(other)
    if not mine or not others:
        return False
    if check.operator in ("=", "==") and other.operator in ("=", "==", "in", "intersects"):
        return set(mine) <= set(others)
    return check.operator == other.operator and check.operator in ("in", "intersects") and set(mine) <= set(others)
