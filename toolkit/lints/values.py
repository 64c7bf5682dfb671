"""Fields and values that do not mean what they seem to."""

from __future__ import annotations

from collections.abc import Iterator

from toolkit.conditions.check_compiler import constants
from toolkit.conditions.nodes import Check, FieldRef
from toolkit.lints.model import Problem
from toolkit.lints.subject import Subject

_EQUALITY = frozenset({"=", "==", "!=", "in", "intersects"})


def fields_without_a_value(subject: Subject) -> Iterator[Problem]:
    """Find fields that admission data never holds."""
    for owner, reference in subject.fields():
        field = subject.catalog.find(reference.name)
        if field and field.never:
            message = f"{field.name} never has a value: {field.never}"
            yield Problem(owner, message, "leave it out: every check of it is false, and it prints <NA>", (field.name,))


def paths_with_a_trailing_slash(subject: Subject) -> Iterator[Problem]:
    """Find paths that end in a slash, compared for equality, without the same path beside them that does not."""
    for owner, check in subject.checks():
        if not _is_path(check):
            continue
        values = constants(check)
        for value in values:
            if value.endswith("/") and value.strip("/") and value.rstrip("/") not in values:
                message = (
                    f'equality is exact: "{value}" is not "{value.rstrip("/")}", which is how most people write it'
                )
                yield Problem(owner, message, f'list "{value.rstrip("/")}" too', (value,))


def _is_path(check: Check) -> bool:
    left = check.left
    if not isinstance(left, FieldRef) or check.operator not in _EQUALITY:
        return False
    return left.name.endswith("hostpath") or (left.argument or "").lower().endswith("path")
