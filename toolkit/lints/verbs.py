"""Verbs: admission knows four, in upper case."""

from __future__ import annotations

from collections.abc import Iterator

from toolkit.conditions.check_compiler import constants
from toolkit.conditions.nodes import Check, FieldRef
from toolkit.lints.model import Problem
from toolkit.lints.subject import Subject

VERBS = ("CREATE", "UPDATE", "DELETE", "CONNECT")
"""What `kar.verb` can be."""

_EQUALITY = frozenset({"=", "==", "!=", "in", "intersects"})
_INSTEAD = {
    "PATCH": "a patch is UPDATE",
    "PUT": "a replace is UPDATE",
    "POST": "a create is CREATE; exec and port-forward are CONNECT",
    "ATTACH": "attach is CONNECT with kar.target.subresource = attach",
    "EXEC": "exec is CONNECT with kar.target.subresource = exec",
    "DELETECOLLECTION": "it is one DELETE per object",
    "GET": "reads never reach admission",
    "LIST": "reads never reach admission",
    "WATCH": "reads never reach admission",
}


def verbs_that_never_occur(subject: Subject) -> Iterator[Problem]:
    """Find words compared with `kar.verb` that it never is."""
    for owner, check in subject.checks():
        for verb in _compared(check):
            if verb.upper() not in VERBS:
                hint = _INSTEAD.get(verb.upper(), f"kar.verb is one of {', '.join(VERBS)}")
                yield Problem(owner, f'kar.verb is never "{verb}"', hint, (verb,))


def verbs_in_lower_case(subject: Subject) -> Iterator[Problem]:
    """Find the four verbs in another case than they have, where the case matters."""
    for owner, check in subject.checks():
        if isinstance(check.left, FieldRef):
            for verb in _compared(check):
                if verb.upper() in VERBS and verb not in VERBS:
                    message = f'kar.verb is upper case, so it is never "{verb}"'
                    yield Problem(owner, message, f"write {verb.upper()}", (verb,))


def _compared(check: Check) -> Iterator[str]:
    left = check.left
    while not isinstance(left, FieldRef):
        inner = left.arguments[0]
        if left.name not in ("tolower", "toupper") or not isinstance(inner, type(left) | FieldRef):
            return
        left = inner
    if left.name == "kar.verb" and check.operator in _EQUALITY:
        yield from constants(check)
