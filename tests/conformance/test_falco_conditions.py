"""Random conditions on random events, case by case: which rules load, why others do not, what fires, what is said."""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Callable
from pathlib import Path

import pytest
from engine_runs import KINDS, alerts_on, as_line, load_texts, reviews_of, unpacked
from recordings import DATA

CASES = sorted((DATA / "conditions").iterdir())


def items(rules: str) -> list[tuple[str, str, str]]:
    """Return kind, name and text of each item of a rules file."""
    texts = re.split(r"^(?=- )", rules, flags=re.MULTILINE)[1:]
    heads = [re.match(r"- (\w+): (.*)", text) for text in texts]
    return [(head[1], head[2], text) for head, text in zip(heads, texts, strict=True) if head]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("path", CASES, ids=lambda path: path.name.partition(".")[0])
def test_a_case(path: Path, kind: str, record_property: Callable[[str, object], None]) -> None:
    case = json.loads(unpacked(path))
    expected = case["expected"]
    invalid = expected["invalid"]
    kept = [item for item in items(case["rules"]) if item[1] not in expected["removed_macros"]]
    shared = "".join(text for kind, _, text in kept if kind != "rule")
    for kind, name, text in kept:
        if kind == "rule" and name in invalid:
            errors = load_texts([shared + text]).results[0].errors
            assert [(error.code.name, error.message) for error in errors] == [tuple(invalid[name])], name

    loaded = load_texts(["".join(text for _, name, text in kept if name not in invalid)])
    ruleset = loaded.checked()
    assert [rule.name for rule in ruleset.rules] == expected["valid"]
    alerts = alerts_on(ruleset, reviews_of(case["events"].encode()), expected["matching"], kind)
    fired = defaultdict(list)
    for alert in alerts:
        fired[alert.rule.name].append(alert.output_fields().get("kar.uid"))
    assert fired == expected["fired"]
    missing = Counter(map(as_line, expected["alerts"])) - Counter(alert.json() for alert in alerts)
    assert not missing
    record_property("compared random rules", len(expected["valid"]) + len(invalid))
    record_property("compared firings", len(alerts))


def test_the_cases_are_all_there() -> None:
    assert len(CASES) == 16
