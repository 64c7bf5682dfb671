"""Versions of the engine and of plugins, and whether one satisfies a requirement."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from toolkit.ruleset.definitions import PluginRequirement
from toolkit.texts import number

_LARGEST = 2**31 - 1
_LEADING_NUMBERS = re.compile(r"\s*\+?(\d+)\.\s*\+?(\d+)\.\s*\+?(\d+)")


@dataclass(frozen=True, slots=True, order=True)
class Version:
    """Three numbers."""

    major: int
    minor: int
    patch: int

    def __str__(self) -> str:
        """Render as `major.minor.patch`."""
        return f"{self.major}.{self.minor}.{self.patch}"

    def satisfies(self, required: Version) -> bool:
        """Return whether this version is as good as the required one: the same major, and not older."""
        return self.major == required.major and self >= required


ENGINE = Version(0, 62, 0)
"""The version of the engine of Falco 0.44.1."""


def parse_version(text: str) -> Version | None:
    """Return the version that a text begins with, or None; what follows the third number does not matter."""
    numbers = _LEADING_NUMBERS.match(text)
    return Version(*(number(digits, _LARGEST) for digits in numbers.groups())) if numbers else None


def unmet_requirement(requirements: Sequence[Sequence[PluginRequirement]], plugins: Mapping[str, str]) -> str | None:
    """Return Falco's message about the first requirement that the loaded plugins (name: version) do not meet.

    A requirement is a list of alternatives; the first one whose plugin is loaded decides.
    """
    for alternatives in requirements:
        loaded = next((wanted for wanted in alternatives if wanted.plugin in plugins), None)
        if loaded is None:
            names = ", ".join(f"{wanted.plugin} (>= {wanted.version})" for wanted in alternatives)
            return f"Plugin requirement not satisfied, must load one of: {names}"
        message = _plugin_problem(loaded, plugins[loaded.plugin])
        if message:
            return message
    return None


def _plugin_problem(wanted: PluginRequirement, found: str) -> str | None:
    version, required = parse_version(found), parse_version(wanted.version)
    if version is None:
        return f"Plugin '{wanted.plugin}' has invalid version string '{found}'"
    if required and version.satisfies(required):
        return None
    return (
        f"Plugin '{wanted.plugin}' version '{found}' is not compatible with required plugin version '{wanted.version}'"
    )
