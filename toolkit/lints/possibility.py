"""Can a condition hold when only some fields are known? Three answers: yes whatever the rest, no, and it depends."""

from __future__ import annotations

from collections.abc import Mapping

from toolkit.conditions.check_compiler import CompiledCheck
from toolkit.conditions.compiler import Compiled
from toolkit.conditions.nodes import And, Check, ListLiteral, Macro, Not, Or, fold
from toolkit.conditions.walk import check_holds
from toolkit.fields.model import Value


def outcome(compiled: Compiled, known: Mapping[str, Value]) -> bool | None:
    """Return whether the condition holds on every event with these field values (True), on none (False), or on some.

    `known` maps fields, with or without their argument, to values, None being missing; every other field may have any
    value. A list without elements is one that users fill, so a check against it is open too.
    """
    steps = iter(compiled.steps)

    def leaf(_leaf: Check | Macro) -> bool | None:
        return _check(next(steps).check, known)

    return fold(compiled.tree, leaf, _combined)


def _check(check: CompiledCheck, known: Mapping[str, Value]) -> bool | None:
    fields = [*check.left.fields, *(check.right.fields if check.right else ())]
    keys = [str(field) if str(field) in known else field.name for field in fields]
    if any(key in known and known[key] is None for key in keys):
        return False
    if not all(key in known for key in keys) or check.node.right == ListLiteral(()):
        return None
    values = {(field.name, field.argument): known[key] for field, key in zip(fields, keys, strict=True)}
    return check_holds(check, lambda name, argument: values[name, argument])


def _combined(node: And | Or | Not, parts: list[bool | None]) -> bool | None:
    if isinstance(node, Not):
        return None if parts[0] is None else not parts[0]
    settles = isinstance(node, Or)
    if settles in parts:
        return settles
    return None if None in parts else not settles
