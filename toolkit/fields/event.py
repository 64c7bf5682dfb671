"""What a field's value is read from: a review, its place in the run, and the machine."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from toolkit.events.review import Review
from toolkit.events.source import Source


@dataclass(frozen=True, slots=True)
class Machine:
    """What `evt.hostname` and local times depend on; the offset of local time from UTC is in seconds."""

    hostname: str | None = None
    utc_offset: int = 0


class Subject(NamedTuple):
    """What an event is about, by `request.kind` and `request.resource`; "" where the review does not say."""

    kind_group: str
    kind: str
    resource_group: str
    resource: str
    subresource: str


@dataclass(frozen=True)
class Event:
    """A review as the event number `num` (from 1) of a run whose first event is of `first_time_ns`."""

    review: Review
    num: int
    first_time_ns: int
    machine: Machine

    @property
    def source(self) -> Source:
        """The review as it stands in its line."""
        return self.review.source

    @cached_property
    def subject(self) -> Subject:
        """What the event is about."""
        return Subject(
            self._word("kind", "group"),
            self._word("kind", "kind"),
            self._word("resource", "group"),
            self._word("resource", "resource"),
            self._word("subResource"),
        )

    def _word(self, *path: str) -> str:
        found = self.source.last("request", *path)
        return (found.scalar() if found else None) or ""
