"""Outputs that print something else than they seem to."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from toolkit.conditions.text import render
from toolkit.errors import closest
from toolkit.lints.model import Problem
from toolkit.lints.subject import Subject
from toolkit.ruleset.outputs import Token

_GLUED = re.compile(r"(?:\[[^\]\s]*\]?|\.[A-Za-z]|\w)[\w.]*")
_FIELD_NAME = re.compile(r"(?<![\w.%-])[a-z]+(?:\.[A-Za-z][A-Za-z0-9_]*)+")


def text_glued_to_a_field(subject: Subject) -> Iterator[Problem]:
    """Find text that follows a field so closely that it seems to belong to the field's name or argument."""
    for owner, rule in subject.rules():
        for part, following in pairwise(rule.output.parts):
            glued = _GLUED.match(following) if isinstance(part, Token) and isinstance(following, str) else None
            if glued and isinstance(part, Token):
                field = render(part.operand.node)
                longer = [known.name for known in subject.catalog if known.name.startswith(f"{field}.")]
                hint = closest(f"{field}{glued[0]}", longer)
                yield Problem(
                    owner,
                    f'%{field} is printed, and then the text "{glued[0]}"',
                    hint or "put a blank between them, or take the text away",
                    (f"%{field}{glued[0]}",),
                )


def field_names_as_text(subject: Subject) -> Iterator[Problem]:
    """Find names of fields in an output that lack the `%`, so that the name is printed."""
    for owner, rule in subject.rules():
        for part in rule.output.parts:
            for name in _FIELD_NAME.findall(part) if isinstance(part, str) else ():
                if subject.catalog.find(name):
                    yield Problem(owner, f'"{name}" is printed as it stands', f"write %{name} for its value", (name,))
