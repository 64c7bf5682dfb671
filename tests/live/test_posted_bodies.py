"""What a posted body is, and what becomes of each text in it."""

from __future__ import annotations

import asyncio
import gzip
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolkit.events.review import BrokenLine, Review
from toolkit.webhook.frames import Kind, Unpacker, pack
from toolkit.webhook.intake import Intake, Posted
from toolkit.webhook.line import NotAReviewError
from toolkit.webhook.posted import Asked, TooLargeError, UnknownEncodingError, read_body, unpack
from toolkit.webhook.reviews import review_of

REVIEW = b'{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","request":{"uid":"u","operation":"CREATE"}}'
STAMP = ',"requestReceivedTimestamp":"2026-01-02T03:04:05.5Z"}'
LOGGED = REVIEW[:-1] + STAMP.encode()
TIME_NS = 1_767_323_045_500_000_000


def of(text: bytes, *, published: bool = False) -> Review:
    review = review_of(text, TIME_NS + 7, "https://h:1/p", 3, published)
    assert isinstance(review, Review), review
    return review


@pytest.mark.parametrize("version", ["admission.k8s.io/v1", "admission.k8s.io/v1beta1"])
def test_a_review_is_asked_with_its_version(version: str) -> None:
    body = REVIEW.replace(b"admission.k8s.io/v1", version.encode())
    assert read_body(body) == Asked("u", version, body, is_logged=False)


def test_a_review_out_of_a_log_has_its_time() -> None:
    assert read_body(LOGGED) == Asked("u", "admission.k8s.io/v1", LOGGED, is_logged=True)


@pytest.mark.parametrize("odd", [b"[" * 3000 + b"]" * 3000, b'"\\ud800"', b'"\xff"', b"1e999999", b"9" * 5000])
def test_a_review_that_decoders_do_not_take_is_still_asked(odd: bytes) -> None:
    body = REVIEW.replace(b'"u"', b'"u","object":' + odd).replace(b"io/v1", b"io/v1beta1")
    assert read_body(body) == Asked("u", "admission.k8s.io/v1beta1", body, is_logged=False)


def test_an_indented_review_is_one_review() -> None:
    body = json.dumps(json.loads(REVIEW), indent=2).encode()
    assert isinstance(read_body(body), Asked)


@pytest.mark.parametrize(
    "body",
    [
        b"\n".join([REVIEW, LOGGED]),
        b"\r\n".join([REVIEW, b"", LOGGED, b""]),
        b"[" + REVIEW + b" , " + LOGGED + b"]",
        b" [\n" + REVIEW + b",\n" + LOGGED + b"\n]\n",
    ],
)
def test_batches(body: bytes) -> None:
    assert read_body(body) == [REVIEW, LOGGED]


def test_lines_that_a_shipper_has_wrapped_are_a_batch_also_one_alone() -> None:
    wrapped = json.dumps({"message": LOGGED.decode()}).encode()
    assert read_body(wrapped) == [wrapped]
    assert read_body(wrapped + b"\n" + wrapped + b"\n") == [wrapped, wrapped]


def test_an_empty_array_is_an_empty_batch() -> None:
    assert read_body(b"[]") == []


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "invalid json"),
        (b"nonsense", "invalid json"),
        (REVIEW[:-5], "invalid json"),
        (b"[" + REVIEW, "invalid json"),
        (b"{}", "uid not provided"),
        (b'{"request":null}', "uid not provided"),
        (b'{"request":{"uid":""}}', "uid not provided"),
        (b'{"request":{"uid":7}}', "uid not provided"),
        (b'{"kind":7,"request":{"uid":"u"}}', "expected an AdmissionReview"),
        (b"7", "expected an AdmissionReview"),
        (
            b'{"kind":"EventList","apiVersion":"audit.k8s.io/v1","request":{"uid":"u"}}',
            "expected a body of kind AdmissionReview, found EventList",
        ),
        (b"[" * 100_000, "expected an array of objects"),
        (b'[{"a":' * 100_000, "invalid json"),
        (b"\xff\xfe", "invalid json"),
        (b"[7," + b"7," * 5000 + b"7]", "expected an array of objects"),
        (b"[{},7]", "expected an array of objects"),
        (b"[" + b"{} , " * 5000 + b"{}]", "too many events for its size"),
        (b"{}\n" * 5000, "too many events for its size"),
        (b"{}" + b"\n" * 5000, "too many events for its size"),
    ],
)
def test_what_is_no_review_is_refused_with_the_reason(body: bytes, reason: str) -> None:
    with pytest.raises(NotAReviewError) as caught:
        read_body(body)
    assert str(caught.value) == reason


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    try:
        read = read_body(body)
    except NotAReviewError:
        return
    assert isinstance(read, Asked | list)


def test_gzip_is_unpacked_within_the_limit() -> None:
    packed = gzip.compress(REVIEW * 100)
    assert unpack(packed, "gzip", len(REVIEW) * 100) == REVIEW * 100
    with pytest.raises(TooLargeError):
        unpack(packed, "gzip", len(REVIEW) * 100 - 1)
    for damaged in (packed[:-9], b"x" + packed, b""):
        with pytest.raises(NotAReviewError, match="invalid gzip"):
            unpack(damaged, "gzip", 10**6)
    with pytest.raises(UnknownEncodingError, match="snappy"):
        unpack(packed, "snappy", 10**6)
    assert unpack(REVIEW, "identity", 1) == REVIEW


def test_a_review_without_time_gets_that_of_its_arrival_as_its_last_member() -> None:
    review = of(REVIEW)
    assert review.text.startswith(REVIEW[:-1] + b',"requestReceivedTimestamp":"')
    assert (review.time_ns, review.time_fault) == (TIME_NS + 7, None)
    assert str(review.place) == "https://h:1/p:3"


@pytest.mark.parametrize("text", [LOGGED, b"  " + LOGGED + b"\r\n"])
def test_a_review_with_its_time_stays_as_it_is(text: bytes) -> None:
    assert of(text).text == LOGGED
    assert of(text).time_ns == TIME_NS


def test_the_name_of_the_time_elsewhere_in_the_review_does_not_count() -> None:
    inside = REVIEW.replace(b'"u"', b'"u","object":{"requestReceivedTimestamp":"x"}')
    assert of(inside).time_ns == TIME_NS + 7
    assert of(inside, published=True).time_ns == TIME_NS + 7


def test_a_time_that_cannot_be_read_stays_and_is_told() -> None:
    review = of(REVIEW[:-1] + b',"requestReceivedTimestamp":"yesterday"}')
    assert "no RFC 3339 time" in (review.time_fault or "")


@pytest.mark.parametrize(
    "wrapped",
    [
        {"message": LOGGED.decode(), "host": "h", "source_type": "file"},
        {"date": 1.5, "log": LOGGED.decode()},
        {"level": "info", "ts": 1, "caller": "zapio/writer.go:146", "msg": LOGGED.decode()},
    ],
)
def test_a_line_that_a_shipper_wrapped_is_opened(wrapped: dict[str, object]) -> None:
    assert of(json.dumps(wrapped).encode()).text == LOGGED


def test_a_shippers_own_members_do_not_hurt() -> None:
    assert of(b'{"date":1.5,' + LOGGED[1:]).uid == "u"


@pytest.mark.parametrize("text", [b"{}", b"7", b"", b'{"log":"x"}', b'{"message":7}', REVIEW[:-3], b"\xff"])
def test_what_is_no_review_is_named_by_what_was_posted(text: bytes) -> None:
    broken = review_of(text, TIME_NS, "https://h:1/p", 3)
    assert isinstance(broken, BrokenLine)
    assert str(broken).startswith("https://h:1/p:3: ")


def test_the_queue_is_bounded_by_events_and_by_bytes() -> None:
    intake = Intake(2, 100)
    assert [intake.offer([text], 1) for text in (b"a", b"b", b"c")] == [True, True, False]
    assert len(intake) == 2
    heavy = Intake(10, 100)
    assert [heavy.offer([text], 1) for text in (b"x" * 100, b"y")] == [True, False]
    assert Intake(1, 100).offer([b"x"] * 50, 1), "a batch is taken whole where there is room"


def test_the_queue_gives_in_order_and_makes_room() -> None:
    async def play() -> None:
        intake = Intake(2, 100)
        intake.offer([b"a"], 1)
        intake.offer([b"b"], 2)
        assert await intake.take(10) == [Posted(b"a", 1), Posted(b"b", 2)]
        assert intake.offer([b"c"], 3)
        intake.end()
        assert await intake.take(10) == [Posted(b"c", 3)]
        assert await intake.take(10) == []

    asyncio.run(play())


@given(st.lists(st.tuples(st.sampled_from(Kind), st.integers(0, 2**63), st.binary(max_size=50))), st.integers(1, 9))
def test_frames_come_out_as_they_went_in_however_the_stream_is_cut(
    frames: list[tuple[Kind, int, bytes]], size: int
) -> None:
    wire = b"".join(pack(kind, text, time_ns) for kind, time_ns, text in frames)
    unpacker = Unpacker()
    found = [frame for at in range(0, len(wire), size) for frame in unpacker.feed(wire[at : at + size])]
    assert [tuple(frame) for frame in found] == frames
