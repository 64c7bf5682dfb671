"""How deep a text nests is told without reading it value by value, and the same as by reading it so."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from toolkit.events import lenient

LEAVES = st.sampled_from([b"1", b"null", b"{}", b"[]", b'"a"', b'"[{"', b'"}]"', b'"}]\\""', b'"\\\\"'])


def nested(inner: st.SearchStrategy[bytes]) -> st.SearchStrategy[bytes]:
    lists = st.lists(inner, min_size=1, max_size=3).map(lambda parts: b"[" + b",".join(parts) + b"]")
    return (
        lists | inner.map(lambda part: b'{"}":' + part + b',"{":[]}') | inner.map(lambda part: b'[{"k":' + part + b"}]")
    )


@settings(max_examples=600, deadline=None)
@given(st.recursive(LEAVES, nested, max_leaves=30), st.integers(0, 8), st.sampled_from([b"", b'"{",', b'"]",']))
def test_the_same_as_reading_value_by_value(text: bytes, more: int, before: bytes) -> None:
    text = (b"[" + before) * more + text + b"]" * more
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lenient, "MAX_DEPTH", 8)
        assert lenient.is_too_deep(text) is refused(text)


def refused(text: bytes) -> bool:
    try:
        lenient.check(text)
    except lenient.NotJsonError:
        return True
    return False


@pytest.mark.parametrize(("depth", "inside"), [(299, b""), (299, b"1"), (300, b""), (300, b"1"), (301, b"")])
def test_at_the_limit(depth: int, inside: bytes) -> None:
    text = b"[" * depth + inside + b"]" * depth
    assert lenient.is_too_deep(text) is refused(text)
