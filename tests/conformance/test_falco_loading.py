"""Rules files, case by case: what Falco says of loading them, whether it runs, what fires and what is said."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import Any

import pytest
from engine_runs import KINDS, alerts_on, as_line, load_texts, reviews_of, unpacked
from recordings import DATA, json_lines

CASES = list(json_lines(DATA / "loading" / "cases.jsonl.gz"))
EVENTS = reviews_of(unpacked(DATA / "loading" / "events.jsonl.gz"))


def without_schema_words(results: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Leave out the words of the schema check; that it fails or not is compared."""
    return [{key: value for key, value in result.items() if key != "schema_warnings"} for result in results]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_a_case(case: dict[str, Any], kind: str, record_property: Callable[[str, object], None]) -> None:
    record_property("compared load results", len(case["files"]))
    loaded = load_texts(case["files"])
    if case["load"] is None:
        assert case["run_error"] == [f"Error: {loaded.plugin_error}"]
    else:
        expected = case["load"]["falco_load_results"]
        assert without_schema_words(loaded.as_json()) == without_schema_words(expected)
        assert all(result.successful for result in loaded.results) is (case["validate_exit"] == 0)
    assert (loaded.ruleset is not None) is (case["run_exit"] == 0)
    assert bool(loaded.faults) is (loaded.ruleset is None)
    if loaded.ruleset is None:
        return
    alerts = alerts_on(loaded.ruleset, EVENTS, "all", kind)
    fired = defaultdict(list)
    for alert in alerts:
        fired[alert.rule.name].append(alert.review.line)
    assert fired == case["fired"]
    record_property("compared firings", len(alerts))
    assert [alert.json() for alert in alerts[: len(case["alerts"])]] == [as_line(alert) for alert in case["alerts"]]


def test_the_cases_are_all_there() -> None:
    entries = [entry for case in CASES if case["load"] for entry in case["load"]["falco_load_results"]]
    errors, warnings = (sum(len(entry[key]) for entry in entries) for key in ("errors", "warnings"))
    assert (len(CASES), len(EVENTS)) == (208, 150)
    assert errors > 50
    assert warnings > 15
