"""Which engine a run takes."""

from __future__ import annotations

from toolkit.engine.compiled import CompiledEngine
from toolkit.engine.run import Engine, Matching
from toolkit.fields.extractor import Extractor
from toolkit.ruleset.rules import Ruleset


def make_engine(kind: str, ruleset: Ruleset, extractor: Extractor, matching: Matching | str = Matching.FIRST) -> Engine:
    """Return the engine of a kind: `compiled`, or `walk`, which is what the other is held against."""
    return (Engine if kind == "walk" else CompiledEngine)(ruleset, extractor, matching)
