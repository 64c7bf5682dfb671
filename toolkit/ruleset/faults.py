"""Load errors for people: the file, line and column, the source below it, and a likely fix."""

from __future__ import annotations

import re
from collections.abc import Mapping

from toolkit.errors import Fault
from toolkit.places import Place, caret
from toolkit.ruleset.contexts import Context
from toolkit.ruleset.results import LoadError, LoadWarning
from toolkit.texts import shortened

_LONGEST = 1000


def as_fault(error: LoadError, contents: Mapping[str, bytes]) -> Fault:
    """Return an error with the place in its file, and the words there with a `^`."""
    context = error.seen_at
    named = next((location for location in reversed(context.locations) if location.item_name), None)
    where = f" in {named.item_type} {shortened(named.item_name)!r}" if named else ""
    return Fault(
        f"{_to_be_read(error.message)}{where} ({error.code.name})",
        place_of(context),
        error.hint,
        _snippet(context, contents),
    )


def place_of(context: Context) -> Place:
    """Return where a context lies in its file, counting from 1; of a place in a condition, where the condition does."""
    # Where in a condition is another matter: exceptions and lists have changed its text.
    mark = (context.locations[-1] if context.condition is None else context.locations[-2]).mark
    return Place(context.file, mark.line + 1, mark.column + 1)


def warning_words(warning: LoadWarning) -> str:
    """Return a warning in one line: its place, what Falco says, its code."""
    words = _to_be_read(warning.message or warning.code.value)
    return f"{place_of(warning.context)}: {words} ({warning.code.name})"


def _to_be_read(message: str) -> str:
    return message if len(message) <= _LONGEST else f"{message[: _LONGEST // 2]}…{message[-_LONGEST // 4 :]}"


def _snippet(context: Context, contents: Mapping[str, bytes]) -> str:
    if context.condition is None or context.position is None:
        return context.snippet(dict(contents)).rstrip()
    lines = re.split(r"[\r\n]", context.condition)
    line = lines[min(context.position.line, len(lines)) - 1]
    before = line.encode("utf-8", "surrogateescape")[: context.position.column - 1].decode("utf-8", "replace")
    return caret(line, len(before) + 1)
