"""Can a condition hold when only some fields are known? Three answers: yes whatever the rest, no, and it depends."""

from __future__ import annotations

from collections.abc import Mapping

from toolkit.conditions.check_compiler import CompiledCheck
from toolkit.conditions.compiler import Compiled
from toolkit.conditions.nodes import And, Check, Macro, Not, Or, fold
from toolkit.conditions.walk import check_holds
from toolkit.fields.model import Value


def outcome(compiled: Compiled, known: Mapping[str, Value]) -> bool | None:
    """Return whether the condition holds on every event with these field values (True), on none (False), or on some.

    `known` maps field names to values, None being missing; every other field may have any value.
    """
    steps = iter(compiled.steps)

    def leaf(_leaf: Check | Macro) -> bool | None:
        return _check(next(steps).check, known)

    return fold(compiled.tree, leaf, _combined)


def _check(check: CompiledCheck, known: Mapping[str, Value]) -> bool | None:
    fields = [*check.left.fields, *(check.right.fields if check.right else ())]
    if any(field.name in known and known[field.name] is None for field in fields):
        return False
    if not all(field.name in known for field in fields):
        return None
    return check_holds(check, lambda name, _argument: known[name])


def _combined(node: And | Or | Not, parts: list[bool | None]) -> bool | None:
    if isinstance(node, Not):
        return None if parts[0] is None else not parts[0]
    settles = isinstance(node, Or)
    if settles in parts:
        return settles
    return None if None in parts else not settles
