"""What the loop works with: a source of events, the rules in force, outputs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from toolkit.engine.alerts import Alert
from toolkit.engine.run import Engine
from toolkit.ruleset.rules import Rule
from toolkit.webhook.endpoint_counts import EndpointCounts
from toolkit.webhook.families import Family
from toolkit.webhook.http_source import Arrival


class Source(Protocol):
    """Events that come while the process lives; `HttpSource` is one."""

    is_ended: bool
    counts: EndpointCounts

    def fileno(self) -> int:
        """Return the descriptor that is readable when `read` has something."""

    def read(self) -> Iterator[Arrival]:
        """Yield what has come in."""

    def notes(self) -> list[str]:
        """Return new lines for people."""

    def show(self, families: Iterable[Family]) -> None:
        """Show metrics, where there is a page for them."""

    def stop(self) -> None:
        """Take nothing more; what was taken still comes, then the end."""

    def abandon(self, count: int) -> None:
        """Count events that came and that no rule will see."""


class Outputs(Protocol):
    """Where alerts go; no method raises for what happens there, and `put` does not wait."""

    @property
    def lost(self) -> int:
        """How many alerts did not get through."""

    def put(self, alert: Alert) -> None:
        """Hand over one alert."""

    def reopen(self) -> None:
        """Open files anew."""


@dataclass(frozen=True, slots=True)
class Rules:
    """Rules as they were loaded: `defined` in the order of their definition, `files` with the SHA-256 of each."""

    engine: Engine
    defined: Sequence[Rule]
    files: Sequence[tuple[str, str]] = ()
