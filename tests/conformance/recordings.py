"""Access to recorded data: what was captured, and what Falco 0.44.1 made of it."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from toolkit.events.reader import read_reviews
from toolkit.events.review import BrokenLine, Review

DATA = Path(__file__).parent / "data"
VERSIONS = ("1.34.3", "1.37.2")


def captured(version: str) -> Path:
    """Return the log that an API server of this version filled."""
    return DATA / "captured" / f"apiserver-{version}.jsonl.gz"


def reviews(path: Path, *, published: bool = False) -> list[Review]:
    """Return the reviews of a log; broken lines are left out."""
    return [line for line in read_reviews([path], published=published) if not isinstance(line, BrokenLine)]


def json_lines(path: Path) -> Iterator[Any]:
    """Yield the values of a file of JSON lines, compressed or not."""
    text = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    yield from map(json.loads, text.splitlines())


def split(field: str) -> tuple[str, str | None]:
    """Return name and argument of a field as recordings write it."""
    name, bracket, rest = field.partition("[")
    return name, rest[:-1] if bracket else None


def is_recorded(expected: Any, value: object) -> bool:
    """Return whether a value is the recorded one; long texts are recorded by length and hash."""
    if isinstance(expected, dict):
        return (
            isinstance(value, str)
            and len(value) == expected["length"]
            and value.startswith(expected["cut"])
            and hashlib.sha256(value.encode()).hexdigest() == expected["sha256"]
        )
    if isinstance(expected, list):
        return (
            isinstance(value, list)
            and len(value) == len(expected)
            and all(is_recorded(one, other) for one, other in zip(expected, value, strict=True))
        )
    return type(value) is type(expected) and value == expected
