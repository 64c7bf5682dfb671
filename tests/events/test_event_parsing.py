"""What is a review and what is a broken line, and in which words."""

from __future__ import annotations

import json
from typing import Any

import pytest
from event_samples import review_line
from hypothesis import example, given
from hypothesis import strategies as st

from toolkit.events.parsing import parse_line
from toolkit.events.review import BrokenLine, Review
from toolkit.events.times import parse_rfc3339


def review(text: bytes, *, published: bool = False) -> Review:
    parsed = parse_line(text, "f", 7, published=published)
    assert isinstance(parsed, Review), parsed
    return parsed


def broken(text: bytes, *, published: bool = False) -> str:
    parsed = parse_line(text, "f", 7, published=published)
    assert isinstance(parsed, BrokenLine), parsed
    assert str(parsed).startswith("f:7: ")
    return parsed.reason


def test_a_review_has_place_time_and_compact_text() -> None:
    found = review(
        b'  {"request" : {"uid":"u", "operation":"CREATE"}, "requestReceivedTimestamp":"1970-01-01T00:00:01Z" }\n'
    )
    assert (
        found.text == b'{"request":{"uid":"u","operation":"CREATE"},"requestReceivedTimestamp":"1970-01-01T00:00:01Z"}'
    )
    assert (str(found.place), found.time_ns, found.time_fault, found.uid) == ("f:7", 10**9, None, "u")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (b"{broken", "not JSON: expecting property name enclosed in double quotes at column 2"),
        (review_line()[:50], "not JSON: it ends too early, as a line that was cut off does"),
        (b'{"request":{"uid":"u","operation":"CREATE"', "not JSON: it ends too early, as a line that was cut off does"),
        (b"[" + review_line() + b"]", 'expected a JSON object, found \'[{"kind":"AdmissionR\''),
        (b'"text"', "expected a JSON object, found '\"text\"'"),
        (review_line() + b" x", f"not JSON: extra data at column {len(review_line()) + 2}"),
        (b'{"a":01}', "not JSON: expecting ',' delimiter at column 7"),
        (b'{"a":NaN}', "not JSON: NaN is no number at column 6"),
        (b'{"a":"\xff"}', "not JSON: byte 0xff is not UTF-8 at column 7"),
        (b'{"a":"tab\there"}', "not JSON: invalid control character at at column 10"),
        ("{}".encode("utf-16"), "begins with a byte order mark of UTF-16; save the file as UTF-8 without one"),
        (b"[" * 5000 + b"]" * 5000, "not JSON: nested too deep to be read at column 1"),
        (review_line({"uid": None}), 'no "uid" in "request"; a review has one'),
        (review_line({"uid": {"a": 1}}), 'no "uid" in "request"; a review has one'),
        (review_line({"operation": None}), 'no "operation" in "request"; a review has one'),
        (
            review_line(request=None, kind="x").replace(b'"request":{', b'"other":{'),
            'no "uid" in "request"; a review has one',
        ),
        (b'{"request":"text"}', 'no "uid" in "request"; a review has one'),
    ],
    ids=range(17),
)
def test_broken_lines_say_why(text: bytes, reason: str) -> None:
    assert broken(text) == reason


@pytest.mark.parametrize(
    ("stamp", "fault"),
    [
        (None, 'no "requestReceivedTimestamp"'),
        (5, '"requestReceivedTimestamp" is no RFC 3339 time: 5'),
        ("yesterday", '"requestReceivedTimestamp" is no RFC 3339 time: "yesterday"'),
    ],
)
def test_a_time_that_cannot_be_read_is_noted(stamp: Any, fault: str) -> None:
    line = review_line(requestReceivedTimestamp=stamp)
    found = review(line)
    assert (found.time_ns, found.time_fault) == (0, fault)
    assert broken(line, published=True) == f"{fault}; the published plugin drops such a line"


def test_unusual_numbers_and_strings_stay_as_they_stand() -> None:
    line = review_line(x=1)[:-1] + b',"y":1e400,"z":"\\ud800","n":' + b"9" * 5000 + b"}"
    found = review(line)
    assert found.text == line
    assert found.data["y"] == float("inf")
    assert found.data["z"] == "\ufffd"


def test_published_takes_what_fastjson_takes() -> None:
    lenient = review_line()[:-1] + b', "y" : 01, "z":[NaN,-Inf,+1.-e], "s":"\\x \t\xff"}'
    assert review(lenient, published=True).text.endswith(b',"y":01,"z":[NaN,-Inf,+1.-e],"s":"\\x \t\xff"}')
    assert broken(lenient).startswith("not JSON: ")
    assert review(review_line({"uid": None}), published=True).uid is None


@pytest.mark.parametrize(("levels", "is_taken"), [(299, True), (300, False)])
def test_published_nests_300_levels(levels: int, is_taken: bool) -> None:
    line = review_line()[:-1] + b',"deep":' + b"[" * (levels - 1) + b"1" + b"]" * (levels - 1) + b"}"
    assert isinstance(parse_line(line, "f", 1, published=True), Review) == is_taken
    assert isinstance(parse_line(line, "f", 1), Review)


@pytest.mark.parametrize(
    ("text", "time_ns"),
    [
        ("1970-01-01T00:00:00Z", 0),
        ("1969-12-31T23:59:59Z", -(10**9)),
        ("1970-01-01T00:00:00.000000001Z", 1),
        ("1970-01-01T00:00:00.5Z", 500_000_000),
        ("1970-01-01T00:00:00.1234567899Z", 123_456_789),
        ("1970-01-01T01:30:00+01:30", 0),
        ("1969-12-31T23:00:00-01:00", 0),
        ("2024-02-29T00:00:00Z", 1_709_164_800 * 10**9),
        ("2023-02-29T00:00:00Z", None),
        ("1970-01-01T24:00:00Z", None),
        ("1970-01-01T00:00:60Z", None),
        ("1970-01-01T00:00:00", None),
        ("1970-01-01 00:00:00Z", None),
        ("1970-01-01T00:00:00+01:60", None),
        ("1970-01-01T00:00:00.Z", None),
        ("", None),
    ],
)
def test_times(text: str, time_ns: int | None) -> None:
    assert parse_rfc3339(text) == time_ns


INTEGERS = st.integers(-(2**63), 2**64 - 1)
JSON = st.recursive(
    st.none() | st.booleans() | INTEGERS | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(st.binary() | JSON.map(lambda value: json.dumps(value).encode()), st.booleans())
@example(b'{"request":{"uid":"u","operation":"\\ud83d"}}', False)
@example(b"", True)
def test_any_line_is_a_review_or_broken(text: bytes, published: bool) -> None:
    parsed = parse_line(text, "f", 1, published=published)
    assert isinstance(parsed, Review) or parsed.reason


@given(JSON, st.sampled_from([None, 0, 3]))
def test_reviews_of_any_content_are_read_whole(content: Any, indent: int | None) -> None:
    whole = {"request": {"uid": "u", "operation": "C", "object": content}}
    found = review(json.dumps(whole, indent=indent).encode())
    assert found.data == whole
    assert found.text == json.dumps(whole, separators=(",", ":")).encode()


@given(st.integers(max_value=-(2**63) - 1, min_value=-(10**30)) | st.integers(min_value=2**64, max_value=10**30))
def test_an_integer_of_more_than_64_bits_is_read_as_a_fraction_and_its_text_stays(number: int) -> None:
    found = review(b'{"request":{"uid":"u","operation":"C","object":%d}}' % number)
    assert found.data["request"]["object"] == float(number)
    assert b'"object":%d}' % number in found.text
