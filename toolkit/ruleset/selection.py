"""Selectors that turn rules on and off, as `rules:` in falco.yaml has them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Selector:
    """Turns on or off the rules whose name fits the pattern, or that carry the tag; None leaves that out."""

    enable: bool
    rule: str | None = None
    tag: str | None = None

    def matches(self, name: str, tags: Collection[str]) -> bool:
        """Return whether a rule is meant."""
        return (self.rule is not None and fits(name, self.rule)) or (self.tag is not None and self.tag in tags)


def fits(name: str, pattern: str) -> bool:
    """Return whether a name fits a pattern in which `*` stands for anything.

    Each literal part is taken where it first occurs and that is final, so `*abc` does not fit `xabcyabc`.
    """
    first, *parts = pattern.split("*")
    if not parts:
        return name == pattern
    if not name.startswith(first):
        return False
    at = len(first)
    for part in parts:
        found = name.find(part, at)
        if found < 0:
            return False
        at = found + len(part)
    return not parts[-1] or at == len(name)
