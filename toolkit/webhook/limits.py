"""How much the endpoint takes at a time."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """How large an event and a body may be, in bytes."""

    event: int = 262_144
    body: int = 12_582_912
