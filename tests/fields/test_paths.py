"""The language of paths."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolkit.events.source import Source
from toolkit.fields.paths import Path, PathError, find_all, find_one, parse_path

SOURCE = Source(b'{"a":{"x.y":[{"n":1,"m":[5,6]},null,{"m":[7]}]},"b":[[1,2],[3]],"k":{"one":"1"},"[]":"odd"}')


def texts(paths: list[str], **options: object) -> list[str]:
    return [found.json() for found in find_all([parse_path(path) for path in paths], SOURCE, **options)]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("path", "found"),
    [('a."x.y"[0].n', "1"), ("b[1][0]", "3"), ("b[2]", None), ("a.no.n", None), ("k.one", "1"), ('"[]"', "odd")],
)
def test_one(path: str, found: str | None) -> None:
    source = find_one(parse_path(path), SOURCE)
    assert (source.words() if source else None) == found


def test_a_key() -> None:
    source = find_one(parse_path("k.{key}"), SOURCE, "one")
    assert source is not None
    assert source.words() == "1"
    assert find_one(parse_path("k.{key}"), SOURCE, "two") is None


def test_every_element_and_one_of_them() -> None:
    assert texts(['a."x.y"[].m[]']) == ["5", "6", "7"]
    assert texts(['a."x.y"[].m[]'], index=2) == ["7"]
    assert texts(['a."x.y"[].m[]'], index=1) == []
    assert texts(['a."x.y"[].m[]', "b[]"], index=3) == ["[1,2]"]
    assert texts(["b[][]"]) == ["1", "2", "3"]


@pytest.mark.parametrize(
    ("text", "column"),
    [
        ("", 1),
        (".a", 1),
        ("a..b", 2),
        ("a.", 2),
        ("a[", 2),
        ("a[x]", 2),
        ("[]", 1),
        ("{key}", 1),
        ('a."b', 2),
        ("a b", 2),
    ],
)
def test_what_is_no_path(text: str, column: int) -> None:
    with pytest.raises(PathError) as caught:
        parse_path(text)
    assert caught.value.column == column


@given(st.text(alphabet='ab.[]{}key0"'))
def test_any_text_is_a_path_or_an_error_inside_it(text: str) -> None:
    try:
        column = 1 if isinstance(parse_path(text), Path) else 0
    except PathError as error:
        column = error.column
    assert 1 <= column <= len(text) + 1
