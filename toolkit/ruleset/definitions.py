"""What items of rules files define, before lists, macros and exceptions are put together."""

from __future__ import annotations

from dataclasses import dataclass, field

from toolkit.ruleset.contexts import Context
from toolkit.ruleset.priorities import Priority

SYSCALL = "syscall"
"""The source of a rule that names none."""


@dataclass(slots=True)
class Defined:
    """A named item; it is known from `index` on, and sees what is known before `visibility`."""

    name: str
    context: Context
    index: int = 0
    visibility: int = 0


@dataclass(slots=True)
class ListItem(Defined):
    """A list."""

    items: list[str] = field(default_factory=list)


@dataclass(slots=True)
class MacroItem(Defined):
    """A macro; `condition_context` is where its first condition stands."""

    condition: str = ""
    condition_context: Context = field(kw_only=True)


@dataclass(frozen=True, slots=True)
class Entry:
    """A value inside an exception: a scalar, or a list of entries."""

    text: str = ""
    entries: tuple[Entry, ...] | None = None

    @property
    def is_list(self) -> bool:
        """Whether it is a list."""
        return self.entries is not None

    @property
    def parts(self) -> tuple[Entry, ...]:
        """The entries of a list, none of a scalar."""
        return self.entries or ()

    @property
    def is_given(self) -> bool:
        """Whether there is anything: a text, or a list that is not empty."""
        return bool(self.text or self.entries)


NOTHING = Entry()
"""What stands for a key that is not there."""


@dataclass(slots=True)
class ExceptionItem:
    """An exception of a rule."""

    name: str
    context: Context
    fields: Entry = NOTHING
    comps: Entry = NOTHING
    values: list[Entry] = field(default_factory=list)


@dataclass(slots=True)
class RuleItem(Defined):
    """A rule; conditions and output stay where they were first defined, whatever is appended later."""

    condition: str = ""
    output: str = ""
    description: str = ""
    priority: Priority = Priority.DEBUG
    source: str = SYSCALL
    enabled: bool = True
    skip_if_unknown_filter: bool = False
    unknown_source: bool = False
    tags: frozenset[str] = frozenset()
    exceptions: list[ExceptionItem] = field(default_factory=list)
    condition_context: Context = field(kw_only=True)
    output_context: Context = field(kw_only=True)


@dataclass(slots=True)
class RuleChange:
    """What a later item appends to a rule, or replaces in it; None leaves a property alone."""

    name: str
    context: Context
    source: str | None = None
    condition: str | None = None
    output: str | None = None
    description: str | None = None
    priority: Priority | None = None
    enabled: bool | None = None
    skip_if_unknown_filter: bool | None = None
    tags: frozenset[str] | None = None
    exceptions: list[ExceptionItem] | None = None
    has_other: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether it changes nothing."""
        given = (
            self.condition,
            self.output,
            self.description,
            self.priority,
            self.enabled,
            self.skip_if_unknown_filter,
            self.tags,
            self.exceptions,
        )
        return not self.has_other and all(value is None for value in given)


@dataclass(frozen=True, slots=True)
class PluginRequirement:
    """A plugin that rules need, and the least version of it."""

    plugin: str
    version: str
