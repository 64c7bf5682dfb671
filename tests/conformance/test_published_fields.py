"""Every field value and text that the published plugins gave to Falco, on real events, odd shapes and odd lines."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from recordings import DATA, captured, is_recorded, json_lines, reviews, split

from toolkit.fields.catalog import load_catalog
from toolkit.fields.extractor import Extractor
from toolkit.ruleset.outputs import parse_output

RECORDED = DATA / "real-events"
CASES = {
    "1.34.3": (captured("1.34.3"), RECORDED / "fields-1.34.3.jsonl.gz"),
    "1.37.2": (captured("1.37.2"), RECORDED / "fields-1.37.2.jsonl.gz"),
    "shapes": (RECORDED / "shapes.jsonl", RECORDED / "fields-shapes.jsonl"),
    "lines": (RECORDED / "lines.jsonl", RECORDED / "fields-lines.jsonl"),
}


@pytest.mark.parametrize("case", CASES)
def test_published_field_values_and_texts(case: str, record_property: Callable[[str, object], None]) -> None:
    events, expected = CASES[case]
    facts, differences = compare(events, {line["line"]: line for line in json_lines(expected)})
    record_property("compared field values and texts", facts)
    assert not differences, f"{len(differences)} of {facts} differ, the first:\n" + "\n".join(differences[:5])


def compare(events: Path, expected: dict[int, dict[str, dict[str, object]]]) -> tuple[int, list[str]]:
    """Return the number of facts compared and the ones that differ."""
    read = reviews(events, published=True)
    assert [review.line for review in read] == sorted(expected), "other lines became events"
    extractor = Extractor(load_catalog("published"))
    texts = {
        field: parse_output(f"%{field}", extractor.catalog) for line in expected.values() for field in line["fields"]
    }
    facts, differences = 0, []
    for number, review in enumerate(read, 1):
        fields = extractor.open(review, number, read[0].time_ns)
        for field, value in expected[review.line]["fields"].items():
            found = fields.output_value(*split(field))
            facts += 1
            if not is_recorded(value, found):
                differences.append(f"line {review.line} {field}: expected {value!r:.300}, found {found!r:.300}")
        for field, text in expected[review.line].get("text", {}).items():
            facts += 1
            if not is_recorded(text, texts[field].text(fields)):
                differences.append(f"line {review.line} text of {field}: expected {text!r:.300}")
    return facts, differences
