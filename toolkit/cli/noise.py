"""Which bundled rules fire on noise that was not there before, without a reason given for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from toolkit.capture.background import Shape


def unclaimed(new_shapes: Mapping[Shape, bytes], scenarios: Path) -> Iterator[str]:
    """Yield a line for each rule that fires on a new shape and that `background.yaml` does not name.

    Raises ToolkitError (exit 3) when the rules do not load.
    """
    from toolkit.capture.background import describe
    from toolkit.engine.run import Engine, Matching
    from toolkit.events.parsing import parse_line
    from toolkit.events.review import Review
    from toolkit.fields.catalog import load_catalog
    from toolkit.fields.extractor import Extractor
    from toolkit.ruleset.files import read_rule_files
    from toolkit.ruleset.loader import load
    from toolkit.scenarios.loader import load_background

    claimed = {claim.rule for claim in load_background(scenarios)}
    catalog = load_catalog()
    engine = Engine(load(read_rule_files(), catalog).checked(), Extractor(catalog), Matching.ALL)
    for shape, line in new_shapes.items():
        review = parse_line(line, "background", 1)
        fired = engine.matches(review) if isinstance(review, Review) else []
        yield from (f"{rule.name} fires on {describe(shape)}" for rule in fired if rule.name not in claimed)
