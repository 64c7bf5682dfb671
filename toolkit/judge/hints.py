"""Likely reasons why a comparison did not hold: values that are nearly what the rule asks for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

_FOLDS: tuple[tuple[Callable[[str], str], str], ...] = (
    (lambda text: text.rstrip("/") or "/", "a trailing slash makes another path. Did you mean to list both?"),
    (str.casefold, "upper and lower case differ"),
    (lambda text: "".join(text.split()), "they differ in white space"),
    (lambda text: text.strip("\"'"), "they differ in quotes"),
)


def near_value(values: Sequence[str], wanted: Iterable[str]) -> str | None:
    """Return a hint when a value is nearly one that was asked for; None when none is."""
    constants = list(wanted)
    if not set(values).isdisjoint(constants):
        return None
    for fold, difference in _FOLDS:
        folded = {fold(constant): constant for constant in reversed(constants)}
        for value in values:
            near = folded.get(fold(value))
            if near is not None:
                return f'"{value}" is not "{near}": {difference}'
    return None
