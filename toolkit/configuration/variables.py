"""`${VAR}` in the values of a configuration, replaced exactly as Falco 0.44.1 does it."""

from __future__ import annotations

from collections.abc import Mapping

from toolkit.configuration.tree import Value

MAX_TURNS = 1000
"""Replacements in one value; what goes on longer names itself."""


class EndlessError(Exception):
    """A value whose variables lead back to themselves."""


def substituted(text: str, variables: Mapping[str, str]) -> str:
    """Return the text with variables put in; one that is not set is nothing.

    What a variable holds is read again, so it may name others. `$${VAR}` is `${VAR}` itself. A `$` before anything
    else ends the work: what follows it stays as it is. Raises EndlessError for a variable that names itself.
    """
    at = text.find("$")
    for _ in range(MAX_TURNS):
        if at < 0:
            return text
        end = text.find("}", at)
        if text.startswith("${", at) and end >= 0:
            text = text[:at] + variables.get(text[at + 2 : end], "") + text[end + 1 :]
        elif text.startswith("$${", at) and end >= 0:
            text = text[:at] + text[at + 1 :]
            at += 1
        else:
            return text
        at = text.find("$", at)
    raise EndlessError


def substitute(tree: Value, variables: Mapping[str, str]) -> tuple[list[Value], list[Value]]:
    """Put variables into every scalar of a tree.

    Returns the values that lead back to themselves, and those in which a `$` keeps a later `${` from being replaced.
    """
    endless, kept = [], []
    for value in tree:
        if not value.is_scalar or "$" not in value.text:
            continue
        try:
            done = substituted(value.text, variables)
        except EndlessError:
            endless.append(value)
            continue
        if "${" in done and "$${" not in value.text:
            kept.append(value)
        value.text = done
    return endless, kept
