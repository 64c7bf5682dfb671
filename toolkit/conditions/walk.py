"""What a compiled condition means on an event. A missing value makes a check false, whatever its operator."""

from __future__ import annotations

from collections.abc import Callable

from toolkit.conditions.check_compiler import CompiledCheck
from toolkit.conditions.compiler import HOLDS, Compiled
from toolkit.conditions.nodes import Constant, FieldRef
from toolkit.conditions.operand_compiler import CompiledOperand
from toolkit.conditions.transformers import Present
from toolkit.fields.model import Value

Lookup = Callable[[str, str | None], Value]
"""Gives the value of a field by name and argument."""


def evaluate(compiled: Compiled, lookup: Lookup) -> bool:
    """Return whether the condition holds on the event whose fields `lookup` gives."""
    steps = compiled.steps
    at = 0
    while at >= 0:
        step = steps[at]
        at = step.on_true if check_holds(step.check, lookup) else step.on_false
    return at == HOLDS


def check_holds(check: CompiledCheck, lookup: Lookup) -> bool:
    """Return whether one check holds."""
    left = operand_value(check.left, lookup)
    if left is None:
        return False
    if check.right is None or check.pair_test is None:
        return check.test(left)
    right = operand_value(check.right, lookup)
    return right is not None and check.pair_test(left, right)


def operand_value(operand: CompiledOperand, lookup: Lookup) -> Value:
    """Return the value of a field or of what transformers make of fields; None where any of them is missing."""
    if isinstance(operand.node, FieldRef):
        return lookup(operand.node.name, operand.node.argument)
    stack: list[Present] = []
    for step in operand.steps:
        if isinstance(step, FieldRef):
            value = lookup(step.name, step.argument)
        elif isinstance(step, Constant):
            value = step.value
        else:
            first = len(stack) - step.count
            value = step.function(*stack[first:])
            del stack[first:]
        if value is None:
            return None
        stack.append(value)
    return stack[0]
