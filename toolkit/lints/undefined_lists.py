"""Words in the place of a list that look like the name of one and are none: Falco takes them as they stand."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import get_close_matches

from toolkit.conditions.grammar import LIST_OPERATORS
from toolkit.conditions.nodes import Check, Constant, FieldRef, ListLiteral
from toolkit.lints.model import Problem
from toolkit.lints.subject import Subject

_NAME = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)+")
_ENDING = re.compile(
    r"(?:account|container|domain|file|group|host|image|item|key|list|name|namespace|node|path|pod|port|repo|resource|"
    r"role|service|subject|user|value|verb)s|list|binaries|repositories"
)
_FREE_TEXT = ("kar.user.", "jevt.", "json.", "kar.req.exec.", "kar.req.configmap.")


def undefined_lists(subject: Subject) -> Iterator[Problem]:
    """Find words that look like names of lists and are not replaced by any.

    A word counts when it is snake_case and ends like a list's name, is nearly the name of a list, or stands alone
    where no name of Kubernetes could (they have no underscores). A word in quotes is meant as it stands.
    """
    known = list(subject.ruleset.lists)
    for owner, check in subject.checks():
        for word in _words(check):
            near = get_close_matches(word, known, n=1, cutoff=0.85)
            if not (word in known or near or _looks_like_a_list(word, check)) or _is_quoted(word, subject):
                continue
            if word in known:
                message = f'list "{word}" is not replaced here: lists in lists are put in one level deep'
                hint = f'define "{word}" behind the lists that name it, or name it in the condition'
            else:
                message = f'no list "{word}" is defined, so it is compared as it stands'
                hint = f'did you mean "{near[0]}"?' if near else f"define it, empty if need be: - list: {word}"
            yield Problem(owner, message, hint, (word,))


def _words(check: Check) -> Iterator[str]:
    if check.operator not in LIST_OPERATORS and not check.modifier:
        return
    right = check.right
    words = right.values if isinstance(right, ListLiteral) else (right.value,) if isinstance(right, Constant) else ()
    yield from (word for word in words if _NAME.fullmatch(word))


def _looks_like_a_list(word: str, check: Check) -> bool:
    if _ENDING.fullmatch(word.rpartition("_")[2]):
        return True
    alone = isinstance(check.right, Constant) or (isinstance(check.right, ListLiteral) and len(check.right.values) == 1)
    return alone and isinstance(check.left, FieldRef) and not check.left.name.startswith(_FREE_TEXT)


def _is_quoted(word: str, subject: Subject) -> bool:
    quoted = (f'"{word}"', f"'{word}'")
    return any(text in line for item in subject.items for line in item.lines for text in quoted)
