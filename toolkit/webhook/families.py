"""What a metrics page shows, before it is text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple


class Sample(NamedTuple):
    """One value and its labels."""

    labels: Mapping[str, str]
    value: float


class Family(NamedTuple):
    """Samples of one name; the name of a counter ends in `_total`."""

    name: str
    help: str
    type: Literal["counter", "gauge"]
    samples: list[Sample]
