"""What the endpoint counts of posts, events and callers."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field, fields

OVERSIZE = "max_event_size"
QUEUE_FULL = "queue_full"
SHUTDOWN = "shutdown"


@dataclass(slots=True)
class EndpointCounts:
    """Running totals since the endpoint began to listen."""

    requests: int = 0
    """Posts to the endpoint's path, whatever the answer."""
    answered: int = 0
    """Reviews that were answered "allowed", dropped ones included."""
    batches: int = 0
    """Bodies of several events that were taken."""
    events: int = 0
    """Events that were posted: those handed to the rules, those that wait, and those dropped."""
    waiting: int = 0
    """Events that wait for the rules, now."""
    dropped: Counter[str] = field(default_factory=Counter)
    """Events that no rule sees, by reason."""
    refused: Counter[str] = field(default_factory=Counter)
    """Posts that were not taken, by the status of the answer."""
    tls_failures: Counter[str] = field(default_factory=Counter)
    """Connections that came to nothing in TLS, by reason."""

    def json(self) -> bytes:
        """Return the counts as they go from process to process."""
        return json.dumps({each.name: getattr(self, each.name) for each in fields(self)}).encode()

    @classmethod
    def from_json(cls, text: bytes) -> EndpointCounts:
        """Read what `json` wrote."""
        read = cls(**json.loads(text))
        read.dropped, read.refused, read.tls_failures = map(Counter, (read.dropped, read.refused, read.tls_failures))
        return read

    def words(self) -> list[str]:
        """Return what people should know when all is over, one line each; nothing where all went well."""
        said = []
        if self.dropped:
            said.append(f"{self.dropped.total()} of {self.events} events were dropped: {_listed(self.dropped)}")
        if self.refused:
            said.append(f"{self.refused.total()} of {self.requests} posts were refused: {_listed(self.refused)}")
        if self.tls_failures:
            said.append(f"{self.tls_failures.total()} connections failed in TLS: {_listed(self.tls_failures)}")
        return said


def _listed(counts: Counter[str]) -> str:
    return ", ".join(f"{count} {reason}" for reason, count in counts.most_common())
