"""Values of a configuration in the types that they have to have; what has another is the default, as in Falco."""

from __future__ import annotations

from collections.abc import Sequence

from toolkit.configuration.tree import Value
from toolkit.errors import Faults, closest
from toolkit.places import Place
from toolkit.ruleset.decoding import as_boolean, as_unsigned
from toolkit.ruleset.yaml_nodes import Kind

OVERRIDES = "--set"
"""What stands for the file where a configuration has none."""


class Reading:
    """A configuration being read: the merged tree, the faults found so far, and what people should know."""

    def __init__(self, tree: Value, file: str) -> None:
        self.tree = tree
        self.file = file
        self.from_file = file != OVERRIDES
        self.faults = Faults()
        self.warnings: list[str] = []
        self.notes: list[str] = []

    def place(self, path: str) -> Place:
        """Return where a value stands, or the file where there is none."""
        found = self.tree.get(path)
        return found.place if found else Place(self.file)

    def scalar(self, path: str) -> str | None:
        """Return a scalar's text, or None where there is none."""
        found = self.tree.get(path)
        return found.text if found and found.is_scalar else None

    def text(self, path: str, default: str = "") -> str:
        """Return a text."""
        found = self.scalar(path)
        return default if found is None else found

    def boolean(self, path: str, *, default: bool = False) -> bool:
        """Return a truth value."""
        found = as_boolean(self.scalar(path) or "")
        return default if found is None else found

    def unsigned(self, path: str, default: int, largest: int = 2**32 - 1) -> int:
        """Return a number from 0 on; one that does not fit is the default."""
        found = as_unsigned(self.scalar(path) or "")
        return default if found is None or found > largest else found

    def one_of(self, path: str, default: str, known: Sequence[str]) -> str:
        """Return a word in lower case; any that is not known is a fault."""
        found = self.text(path, default)
        if found.lower() not in known:
            self.fault(f"{path} is {found!r}, expected one of {', '.join(known)}", path, closest(found.lower(), known))
        return found.lower()

    def needed(self, section: str, key: str) -> str:
        """Return a text without which a section that is on makes no sense."""
        found = self.text(f"{section}.{key}")
        if not found:
            self.fault(f"{section} is on and names no {key}", section, f"{section}: {{enabled: true, {key}: …}}")
        return found

    def listed(self, path: str) -> list[Value]:
        """Return a list's elements; a scalar is a list of one, anything else of none."""
        found = self.tree.get(path)
        if found is None or found.kind in (Kind.NULL, Kind.MAPPING):
            return []
        return [found] if found.is_scalar else found.items

    def fault(self, message: str, path: str, hint: str | None = None) -> None:
        """Note what Falco would not start with."""
        self.faults.add(message, self.place(path), hint=hint)
