"""Checks made ready to be evaluated: the operator allowed for the type, the right side read as that type."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from toolkit.conditions.comparisons import COMPARISONS, Test, member, modified
from toolkit.conditions.constants import constant_value
from toolkit.conditions.errors import ConditionError
from toolkit.conditions.grammar import EXISTS, LIST_OPERATORS, NUMBER_OPERATORS, SYMBOL_OPERATORS
from toolkit.conditions.nodes import Check, Constant, ListLiteral, Transformer
from toolkit.conditions.operand_compiler import CompiledOperand, compile_operand, type_name
from toolkit.conditions.transformers import Present, Scalar
from toolkit.fields.catalog import Catalog
from toolkit.fields.model import FieldType

PairTest = Callable[[Present, Present], bool]

_LIST_TEST = frozenset({"in", "intersects"})
_NUMBER_TEST = frozenset({*SYMBOL_OPERATORS, *NUMBER_OPERATORS, *_LIST_TEST})
_BOOL_TEST = frozenset({*SYMBOL_OPERATORS, *_LIST_TEST})
_BUFFER_ONLY = frozenset({"bcontains", "bstartswith"})


@dataclass(frozen=True, slots=True)
class CompiledCheck:
    """A check that holds when `test` holds of its left value, or `pair_test` of its left and right value.

    A missing value on either side is for the caller to see: then it does not hold.
    """

    node: Check
    left: CompiledOperand
    test: Test
    right: CompiledOperand | None = None
    pair_test: PairTest | None = None


def compile_check(check: Check, catalog: Catalog) -> CompiledCheck:
    """Return the check tested against the fields of `catalog`; raise ConditionError, at the check, in Falco's words."""
    try:
        return _compile(check, catalog)
    except (ConditionError, ValueError) as error:
        raise ConditionError(str(error), check.position) from None


def constants(check: Check) -> tuple[str, ...]:
    """Return the words that a check compares with; none where its right side is a field."""
    if isinstance(check.right, Constant):
        return (check.right.value,)
    return check.right.values if isinstance(check.right, ListLiteral) else ()


def _compile(check: Check, catalog: Catalog) -> CompiledCheck:
    left = compile_operand(check.left, catalog)
    _allow(check.operator, left)
    if isinstance(check.right, Transformer):
        right = compile_operand(check.right, catalog)
        _allow_pair(check.operator, left, right)
        return CompiledCheck(check, left, _never, right, _pair_test(check.operator, left, right))
    return CompiledCheck(check, left, _constant_test(check, left))


def _allow(operator: str, left: CompiledOperand) -> None:
    shown = "=" if operator == "==" else operator
    if operator == EXISTS:
        return
    if left.is_list:
        if operator not in _LIST_TEST:
            raise ConditionError(f"filter error: '{shown}' operator not supported list filters")
    elif left.type is FieldType.STRING:
        if operator in _BUFFER_ONLY:
            raise ConditionError(f"filter error: '{shown}' operator not supported for string filters")
    elif operator not in (_BOOL_TEST if left.type is FieldType.BOOL else _NUMBER_TEST):
        raise ConditionError(f"filter error: '{shown}' operator not supported for numeric filters")


def _allow_pair(operator: str, left: CompiledOperand, right: CompiledOperand) -> None:
    if operator in ("pmatch", "regex"):
        raise ConditionError(f"operator '{operator.upper()}' doesn't support right-hand side fields")
    if (left.type, left.is_list) != (right.type, right.is_list):
        raise ConditionError(
            f"field '{left.name}' has type '{_type_text(left)}' while the right-hand side field '{right.name}' "
            f"has incompatible type '{_type_text(right)}'"
        )


def _type_text(operand: CompiledOperand) -> str:
    return type_name(operand.type) + (" (list)" if operand.is_list else "")


def _constant_test(check: Check, left: CompiledOperand) -> Test:
    if check.operator == EXISTS:
        return _always
    values = [constant_value(text, left.type) for text in constants(check)]
    if check.operator in LIST_OPERATORS:
        # Falco counts the terminating zero of a transformed list element, so none equals a constant.
        return _never if left.is_list and left.terminated else member(check.operator, values)
    tests = [_test(check.operator, value) for value in values]
    return modified(check.modifier, tests) if check.modifier else tests[0]


def _test(operator: str, value: Scalar) -> Test:
    try:
        return COMPARISONS[operator](value)
    except ValueError as error:
        raise ConditionError(f"invalid regex pattern: {error}") from None


def _pair_test(operator: str, left: CompiledOperand, right: CompiledOperand) -> PairTest:
    if operator not in LIST_OPERATORS:
        return lambda value, other: COMPARISONS[operator](_scalar(other))(value)
    if right.terminated and not (left.is_list and left.terminated):
        return _never_pair
    if left.is_list and left.terminated != right.terminated:
        return _never_pair
    return lambda value, other: member(operator, _elements(other))(value)


def _scalar(value: Present) -> Scalar:
    assert not isinstance(value, list)
    return value


def _elements(value: Present) -> Sequence[Scalar]:
    return value if isinstance(value, list) else [value]


def _always(_left: Present) -> bool:
    return True


def _never(_left: Present) -> bool:
    return False


def _never_pair(_left: Present, _right: Present) -> bool:
    return False
