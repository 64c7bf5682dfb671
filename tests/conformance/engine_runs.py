"""Rules and events put through the engine, for comparing with what Falco made of them."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from toolkit.engine.alerts import Alert
from toolkit.engine.choice import make_engine
from toolkit.events.parsing import parse_line
from toolkit.events.review import Review
from toolkit.fields.catalog import load_catalog
from toolkit.fields.extractor import Extractor
from toolkit.ruleset.loader import Loaded, RuleFile, load
from toolkit.ruleset.rules import Ruleset

KINDS = ("walk", "compiled")
"""The engines, both of which are held against what Falco did."""
PUBLISHED = load_catalog("published")


def load_texts(texts: Iterable[str]) -> Loaded:
    """Load texts as rules files called `rules0.yaml`, `rules1.yaml` and so on."""
    return load([RuleFile(f"rules{number}.yaml", text.encode()) for number, text in enumerate(texts)], PUBLISHED)


def reviews_of(lines: bytes) -> list[Review]:
    """Return the reviews of a log's bytes; every line has to be one."""
    found = []
    for number, line in enumerate(lines.splitlines(), 1):
        review = parse_line(line, "events", number, published=True)
        assert isinstance(review, Review), review
        found.append(review)
    return found


def alerts_on(ruleset: Ruleset, reviews: Sequence[Review], matching: str, kind: str) -> list[Alert]:
    """Return all alerts of a run with an engine of a kind."""
    return list(make_engine(kind, ruleset, Extractor(PUBLISHED), matching).alerts(reviews))


def as_line(alert: dict[str, Any]) -> bytes:
    """Return an alert of a recording as the line that Falco printed."""
    return json.dumps(alert, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def unpacked(path: Path) -> bytes:
    """Return the content of a compressed file."""
    return gzip.decompress(path.read_bytes())
