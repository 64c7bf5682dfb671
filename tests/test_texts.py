"""Text from outside, made fit for JSON and for terminals."""

from __future__ import annotations

import json

import pytest

from toolkit.texts import encode_json, valid, visible


@pytest.mark.parametrize(
    ("text", "expected"),
    [("plain", "plain"), ("né\n", "né\n"), ("a\udcffb", "a\ufffdb"), ("\ud83d first", "\ufffd first"), ("", "")],
)
def test_what_is_no_utf_8_is_replaced(text: str, expected: str) -> None:
    assert valid(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain é\n\tmore", "plain é\n\tmore"),
        ("\x1b[31mred", "\\x1b[31mred"),
        ("a\u202eb\r", "a\\u202eb\\r"),
        ("nul\0", "nul\\x00"),
        ("\udcff", "\ufffd"),
    ],
)
def test_what_nobody_sees_is_written_out(text: str, expected: str) -> None:
    assert visible(text) == expected


def test_json_of_any_text() -> None:
    document = {"a\udcff": ["x", "\ud800", {"b": ("\udcfe",)}], "n": 1}
    assert json.loads(encode_json(document)) == {"a\ufffd": ["x", "\ufffd", {"b": ["\ufffd"]}], "n": 1}
