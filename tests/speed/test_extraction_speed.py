"""Extraction keeps up: the bounds are ten times what a small machine needs, so that only a change of order fails."""

from __future__ import annotations

import gzip
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from toolkit.events.parsing import parse_line
from toolkit.events.review import Review
from toolkit.fields.catalog import load_catalog
from toolkit.fields.extractor import Extractor

CAPTURED = Path(__file__).resolve().parents[1] / "conformance" / "data" / "captured" / "apiserver-1.37.2.jsonl.gz"
LINES = gzip.decompress(CAPTURED.read_bytes()).splitlines()


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Fail when the block takes more processor time than this."""
    begun = time.process_time()
    yield
    taken = time.process_time() - begun
    assert taken < seconds, f"took {taken:.2f} s, expected less than {seconds} s"


def read_all(lines: list[bytes], plugin: str) -> int:
    """Read every field of every line; return how many have a value."""
    extractor = Extractor(load_catalog(plugin))
    names = [field.name for field in extractor.catalog if field.name.startswith("kar.") and not field.argument_required]
    values = 0
    for number, line in enumerate(lines, 1):
        review = parse_line(line, "f", number, published=plugin == "published")
        assert isinstance(review, Review)
        fields = extractor.open(review, number, 0)
        values += sum(fields.value(name) is not None for name in names)
    return values


@pytest.mark.parametrize("plugin", ["corrected", "published"])
def test_all_fields_of_500_events(plugin: str) -> None:
    usual = [line for line in LINES if len(line) < 100_000]
    with within(2):
        assert read_all((usual * 3)[:500], plugin) > 5000


def test_an_event_of_900_kilobytes() -> None:
    large = max(LINES, key=len)
    assert len(large) > 900_000
    with within(0.2):
        read_all([large], "corrected")


def test_an_event_of_20000_containers_takes_time_in_proportion() -> None:
    containers = [{"name": str(number), "image": "a"} for number in range(20_000)]
    request = {"uid": "u", "operation": "C", "kind": {"kind": "Pod"}, "object": {"spec": {"containers": containers}}}
    with within(6):
        assert read_all([json.dumps({"request": request}).encode()], "corrected") > 4
