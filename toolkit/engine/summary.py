"""What rules come to over many events: how often they fire, for whom, on what, when, and examples."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from toolkit.engine.alerts import Alert
from toolkit.places import Place

EXACT = 10_000
"""Up to so many different users, namespaces or objects of a rule are told apart."""
EXAMPLES = 3
_LONGEST = 64
"""Longer names are known by their digest."""


class Distinct:
    """Counts different names, exactly up to `EXACT`, and in whatever order they come; None is no name.

    `names` are known from the beginning, as another one has them.
    """

    def __init__(self, names: Iterable[str] = (), *, is_exact: bool = True) -> None:
        self._known: set[str] = set(names)
        self.is_exact = is_exact
        """Whether there are no more than were counted."""

    @property
    def names(self) -> frozenset[str]:
        """The names, long ones by their digest."""
        return frozenset(self._known)

    @property
    def count(self) -> int:
        """How many there are; at least so many where that is not exact."""
        return len(self._known)

    def add(self, name: str | None) -> None:
        """Count a name."""
        if name is not None:
            self._add(name if len(name) <= _LONGEST else _digest(name))

    def merge(self, other: Distinct) -> None:
        """Count what another one counted."""
        self.is_exact = self.is_exact and other.is_exact
        for name in other._known:
            self._add(name)

    def _add(self, name: str) -> None:
        if name in self._known:
            return
        if len(self._known) < EXACT:
            self._known.add(name)
        else:
            self.is_exact = False


@dataclass(frozen=True, slots=True)
class Example:
    """An alert of a rule: the place of its event, and the alert as a line of text."""

    place: Place
    line: str


@dataclass(slots=True)
class RuleSummary:
    """What one rule came to; times in nanoseconds since 1970, None where no event has a time that can be read."""

    alerts: int = 0
    users: Distinct = field(default_factory=Distinct)
    namespaces: Distinct = field(default_factory=Distinct)
    objects: Distinct = field(default_factory=Distinct)
    first_ns: int | None = None
    last_ns: int | None = None
    examples: list[Example] = field(default_factory=list)

    def add(self, alert: Alert) -> None:
        """Count an alert; the first few are the examples."""
        self.alerts += 1
        about, time_ns = alert.about(), alert.time_ns
        self.users.add(about.user)
        self.namespaces.add(about.namespace)
        self.objects.add(about.thing)
        if time_ns is not None:
            self._note_times(time_ns, time_ns)
        if len(self.examples) < EXAMPLES:
            self.examples.append(Example(alert.review.place, alert.text()))

    def merge(self, other: RuleSummary) -> None:
        """Count what another one counted of the events that come next."""
        self.alerts += other.alerts
        self.users.merge(other.users)
        self.namespaces.merge(other.namespaces)
        self.objects.merge(other.objects)
        if other.first_ns is not None and other.last_ns is not None:
            self._note_times(other.first_ns, other.last_ns)
        self.examples += other.examples[: EXAMPLES - len(self.examples)]

    def moved(self, lines: int | None) -> RuleSummary:
        """Return the same with places so many lines further down; see `Place.moved`."""
        return replace(self, examples=[Example(each.place.moved(lines), each.line) for each in self.examples])

    def _note_times(self, first: int, last: int) -> None:
        self.first_ns = first if self.first_ns is None else min(self.first_ns, first)
        self.last_ns = last if self.last_ns is None else max(self.last_ns, last)


class Summary:
    """What each rule came to, by name; only rules that fired are in it."""

    def __init__(self) -> None:
        self.rules: dict[str, RuleSummary] = {}

    def add(self, alert: Alert) -> None:
        """Count an alert."""
        self._of(alert.rule.name).add(alert)

    def merge(self, other: Summary) -> None:
        """Count what another one counted of the events that come next."""
        for name, rule in other.rules.items():
            self._of(name).merge(rule)

    def moved(self, lines: int | None) -> Summary:
        """Return the same with places so many lines further down; see `Place.moved`."""
        moved = Summary()
        moved.rules = {name: rule.moved(lines) for name, rule in self.rules.items()}
        return moved

    def in_order(self, names: Iterable[str]) -> list[tuple[str, RuleSummary]]:
        """Return the rules that fired, in the order of `names`."""
        return [(name, self.rules[name]) for name in names if name in self.rules]

    def _of(self, name: str) -> RuleSummary:
        return self.rules.setdefault(name, RuleSummary())


def _digest(name: str) -> str:
    return hashlib.blake2b(name.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
