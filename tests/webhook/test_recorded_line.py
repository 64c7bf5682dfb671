"""The line of a review is its body, compacted, with the time, whatever the body's layout."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from toolkit.webhook.line import record_review

STAMP = "2026-11-24T01:02:03.5Z"


def line(body: bytes) -> bytes:
    return record_review(body, STAMP).line


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(st.dictionaries(st.text().filter(lambda key: key != "request"), VALUES, max_size=5), st.data())
def test_layout_does_not_matter_and_content_stays(members: dict[str, Any], data: st.DataObject) -> None:
    review = {**members, "request": {"uid": "u"}}
    spaced = json.dumps(review, indent=data.draw(st.sampled_from(["\t", "  ", "\r\n"])), ensure_ascii=False)
    tight = json.dumps(review, separators=(",", ":"), ensure_ascii=False)
    assert line(spaced.encode()) == line(tight.encode())
    assert json.loads(line(tight.encode())) == {**review, "requestReceivedTimestamp": STAMP}
