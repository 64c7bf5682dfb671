"""The line of a review is its body, compacted, with the time: kube-audit-rest's bytes."""

from __future__ import annotations

import gzip
import json
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolkit.webhook.line import NotAReviewError, record_review, rfc3339_nano

STAMP = "2026-11-24T01:02:03.5Z"
ADDED = b',"requestReceivedTimestamp":"2026-11-24T01:02:03.5Z"}'


def line(body: bytes) -> bytes:
    return record_review(body, STAMP).line


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        pytest.param(
            b'{"request":{"uid":"u"}}',
            b'{"request":{"uid":"u"}' + ADDED,
            id="appended last",
        ),
        pytest.param(
            b' {\r\n\t"kind" : "AdmissionReview" ,\n "request" : { "uid" : "a b" } , "n" : [ 1 , 2 ] }\n',
            b'{"kind":"AdmissionReview","request":{"uid":"a b"},"n":[1,2]' + ADDED,
            id="white space goes, but not from strings",
        ),
        pytest.param(
            b'{"z":1.50e+05,"a":-0,"big":123456789012345678901234567890,"request":{"uid":"u"}}',
            b'{"z":1.50e+05,"a":-0,"big":123456789012345678901234567890,"request":{"uid":"u"}' + ADDED,
            id="numbers and order of keys as sent",
        ),
        pytest.param(
            b'{"s":"\\u003c<\\/\\" \\\\","t":"\xc3\xbc\\ud83d\\ude00\xe2\x80\xa8","request":{"uid":"u"}}',
            b'{"s":"\\u003c<\\/\\" \\\\","t":"\xc3\xbc\\ud83d\\ude00\xe2\x80\xa8","request":{"uid":"u"}' + ADDED,
            id="escapes as sent",
        ),
        pytest.param(
            b'{"s":"\xff\xfe","t":"\\ud800","request":{"uid":"u"}}',
            b'{"s":"\xff\xfe","t":"\\ud800","request":{"uid":"u"}' + ADDED,
            id="bytes that are not UTF-8 and half a surrogate pass through",
        ),
        pytest.param(
            b'{"a":{"requestReceivedTimestamp":"in"},"requestReceivedTimestamp" : "old", "request":{"uid":"u"}}',
            b'{"a":{"requestReceivedTimestamp":"in"},"requestReceivedTimestamp":"2026-11-24T01:02:03.5Z","request":{"uid":"u"}}',
            id="replaced where it stands, at the top level only",
        ),
        pytest.param(
            b'{"requestReceivedTimestamp":{"x":[1]},"request":{"uid":"\xff\\u00fc"},"z":null}',
            b'{"requestReceivedTimestamp":"2026-11-24T01:02:03.5Z","request":{"uid":"\xff\\u00fc"},"z":null}',
            id="replaced whatever it was",
        ),
    ],
)
def test_bytes_of_the_line(body: bytes, expected: bytes) -> None:
    assert line(body) == expected


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"x",
        b"{",
        b'{"request":{"uid":"u"}} {}',
        b'{"request":{"uid":"u"},"a":NaN}',
        b'{"request":{"uid":"u"},"a":01}',
        b'\xef\xbb\xbf{"request":{"uid":"u"}}',
        b'{"request":{"uid":"u\n"}}',
        b'{"a":' + b"[" * 100_000,
    ],
)
def test_what_is_not_json_is_refused(body: bytes) -> None:
    with pytest.raises(NotAReviewError, match=r"^invalid json$"):
        record_review(body, STAMP)


@pytest.mark.parametrize(
    "body",
    [b"[]", b"null", b'"request"', b"{}", b'{"request":null}', b'{"request":[]}', b'{"request":{}}']
    + [b'{"request":{"uid":%s}}' % uid for uid in (b"5", b"1.5", b"null", b'""', b'["u"]', b"true", b"{}")],
)
def test_without_a_uid_that_is_a_string_it_is_refused(body: bytes) -> None:
    with pytest.raises(NotAReviewError, match=r"^uid not provided$"):
        record_review(body, STAMP)


def test_the_uid_is_read_unescaped() -> None:
    assert record_review(b'{"request":{"uid":"a\\u002db"}}', STAMP).uid == "a-b"


def test_a_number_of_many_digits_is_no_obstacle() -> None:
    assert b"9" * 10_000 in line(b'{"request":{"uid":"u"},"n":%s}' % (b"9" * 10_000))


CAPTURED = Path(__file__).parent.parent / "conformance/data/captured"


@pytest.mark.parametrize("version", ["1.34.3", "1.37.2"])
def test_what_kube_audit_rest_recorded_comes_back_but_for_the_time(version: str) -> None:
    recorded = gzip.decompress((CAPTURED / f"apiserver-{version}.jsonl.gz").read_bytes()).splitlines()
    assert len(recorded) > 190
    for theirs in recorded:
        start, found, _ = theirs.rpartition(b',"requestReceivedTimestamp":"')
        assert found
        assert line(theirs) == line(start + b"}") == start + ADDED


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


@pytest.mark.parametrize(
    ("zone", "nanoseconds", "expected"),
    [
        ("UTC", 0, "1970-01-01T00:00:00Z"),
        ("UTC", 1_500_000_000, "1970-01-01T00:00:01.5Z"),
        ("UTC", 1_000_000_001, "1970-01-01T00:00:01.000000001Z"),
        ("UTC", 1_795_482_123_120_340_000, "2026-11-24T01:02:03.12034Z"),
        ("Asia/Kolkata", 1_795_482_123_000_000_000, "2026-11-24T06:32:03+05:30"),
        ("America/St_Johns", 1_795_482_123_100_000_000, "2026-11-23T21:32:03.1-03:30"),
    ],
)
def test_times_are_gos(monkeypatch: pytest.MonkeyPatch, zone: str, nanoseconds: int, expected: str) -> None:
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        assert rfc3339_nano(nanoseconds) == expected
    finally:
        monkeypatch.undo()
        time.tzset()
