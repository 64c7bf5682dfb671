"""What the answering process is told at its start."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from toolkit.webhook.limits import Limits
from toolkit.webhook.tls import TlsFiles


@dataclass(frozen=True, slots=True)
class Listener:
    """A bound socket and what is served there: posts at `path` (None: none), and pages."""

    descriptor: int
    tls: TlsFiles | None
    path: str | None
    health: str
    metrics: bool


@dataclass(frozen=True, slots=True)
class Orders:
    """The sockets of the process, and its bounds; `queue_size` counts events."""

    link: int
    listeners: tuple[Listener, ...]
    limits: Limits
    queue_size: int

    def plain(self) -> dict[str, Any]:
        """Return what JSON can hold."""
        return asdict(self)

    @classmethod
    def from_plain(cls, plain: dict[str, Any]) -> Orders:
        """Read what `plain` gave, out of JSON."""
        listeners = tuple(_listener(each) for each in plain["listeners"])
        return cls(plain["link"], listeners, Limits(**plain["limits"]), plain["queue_size"])


def _listener(plain: dict[str, Any]) -> Listener:
    files = plain["tls"]
    return Listener(**(plain | {"tls": _files(**files) if files else None}))


def _files(chain: str, key: str | None, client_ca: str | None) -> TlsFiles:
    return TlsFiles(Path(chain), Path(key) if key else None, Path(client_ca) if client_ca else None)
