"""Values as they stand in the source, against a reading of the whole text."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolkit.events import lenient, strict
from toolkit.events.source import Source
from toolkit.events.strings import unquote, unquote_like_fastjson

TEXT = (
    b'{"z":1.0,"a":{"b":[1e3,{"c":"\\u003c\\/x"},[]],"empty":{}},"z":-0,"\\u006ey":true,'
    b'"n":null,"\xc3\xb6":"\xe2\x98\x83","s":"a\\nb"}'
)


def test_values_keep_order_numbers_and_escapes() -> None:
    source = Source(TEXT)
    assert source.names == ["z", "a", "z", "ny", "n", "ö", "s"]
    b = source.last("a", "b")
    assert b is not None
    assert b.json() == '[1e3,{"c":"\\u003c\\/x"},[]]'
    assert [element.words() for element in b.elements] == ["1e3", '{"c":"\\u003c\\/x"}', "[]"]
    assert [element.scalar() for element in b.elements] == ["1e3", None, None]


def test_first_and_last_of_equal_names() -> None:
    source = Source(TEXT)
    first, last = source.first("z"), source.last("z")
    assert first is not None
    assert last is not None
    assert (first.json(), last.json()) == ("1.0", "-0")


def test_words() -> None:
    source = Source(TEXT)
    said = {name: source.last(name) for name in source.names}
    assert {name: value.scalar() for name, value in said.items() if value} == {
        "z": "-0",
        "a": None,
        "ny": "true",
        "n": None,
        "ö": "☃",
        "s": "a\nb",
    }


@pytest.mark.parametrize("path", [("no",), ("z", "x"), ("a", "b", "c"), ("n", "x"), ("no", "no")])
def test_nothing_where_no_path_leads(path: tuple[str, ...]) -> None:
    assert Source(TEXT).last(*path) is None
    assert Source(TEXT).first(*path) is None


@pytest.mark.parametrize(
    ("text", "said", "by_fastjson"),
    [
        (rb'"\u00e4\t\"\\\/"', 'ä\t"\\/', 'ä\t"\\/'),
        (rb'"\ud83d\ude00"', "😀", "😀"),
        (rb'"\ud83dx"', "\ufffdx", r"\ud83dx"),
        (rb'"\ude00\ud83d"', "\ufffd\ufffd", "\ufffd"),
        (rb'"\x\u12"', "\\x\\u12", "\\x\\u12"),
        (b'"\xff"', "\ufffd", "\ufffd"),
        (b'"\xff\\n"', "\ufffd\n", "\ufffd\n"),
    ],
)
def test_strings(text: bytes, said: str, by_fastjson: str) -> None:
    assert unquote(text) == said
    assert unquote_like_fastjson(text) == by_fastjson


NUMBERS = st.sampled_from(["0", "-0", "1.0", "1e3", "1E+2", "12345678901234567890", "1e400"])
TEXTS = st.recursive(
    NUMBERS | st.sampled_from(["true", "false", "null"]) | st.text().map(json.dumps),
    lambda inner: (
        st.lists(inner, max_size=4).map(lambda parts: f"[{','.join(parts)}]")
        | st.lists(st.tuples(st.text(max_size=2).map(json.dumps), inner), max_size=4).map(
            lambda members: "{" + ",".join(f"{name}:{value}" for name, value in members) + "}"
        )
    ),
    max_leaves=25,
)


def reference(text: str) -> Any:
    """Read JSON with numbers as text and members as pairs."""
    return json.loads(text, parse_float=str, parse_int=str, object_pairs_hook=lambda pairs: pairs)


def opened(source: Source) -> Any:
    """Read a source wholly, in the form of `reference`."""
    if source.is_object:
        members = [source.first(name) for name in dict.fromkeys(source.names)]
        return [
            (name, opened(member)) for name, member in zip(dict.fromkeys(source.names), members, strict=True) if member
        ]
    if source.is_array:
        return [opened(element) for element in source.elements]
    word = source.json()
    return {"true": True, "false": False, "null": None}.get(word, source.words())


def first_of_each(value: Any) -> Any:
    """Keep the first of equal names."""
    if isinstance(value, list) and value and all(isinstance(pair, tuple) for pair in value):
        kept: dict[str, Any] = {}
        for name, member in value:
            kept.setdefault(name, first_of_each(member))
        return list(kept.items())
    return [first_of_each(element) for element in value] if isinstance(value, list) else value


@given(TEXTS)
def test_the_lazy_reading_equals_a_plain_one(text: str) -> None:
    assert opened(Source(text.encode())) == first_of_each(reference(text))


@given(TEXTS)
def test_compacting_and_indenting_change_blanks_only(text: str) -> None:
    source = text.encode()
    indented = strict.indented(source)
    assert strict.compact(indented) == source
    assert lenient.compact(indented) == source
    lines = indented.decode().split("\n")
    assert all((len(line) - len(line.lstrip(" "))) % 2 == 0 for line in lines)


@given(TEXTS)
def test_the_lenient_reader_takes_all_that_is_json(text: str) -> None:
    lenient.check(text.encode())


@pytest.mark.parametrize(
    "text", [b"", b"{", b"[1", b"[1,]", b'{"a"}', b'{"a":1,}', b'"a', b"nul", b"[1 2]", b"1 2", b"{1:2}"]
)
def test_the_lenient_reader_refuses_the_rest(text: bytes) -> None:
    with pytest.raises(lenient.NotJsonError):
        lenient.check(text)


def test_indenting_what_msgspec_does_not_take() -> None:
    assert strict.indented(b'{"a":"\\ud800","b":{},"c":[1,{"d":[]}]}').decode() == (
        '{\n  "a": "\\ud800",\n  "b": {},\n  "c": [\n    1,\n    {\n      "d": []\n    }\n  ]\n}'
    )
