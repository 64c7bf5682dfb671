"""Operators and transformers against simple models that know nothing of their code."""

from __future__ import annotations

import ctypes
import ctypes.util
import locale
import re
from collections.abc import Iterator

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from toolkit.conditions import transformers
from toolkit.conditions.comparisons import COMPARISONS, member, modified
from toolkit.conditions.globs import glob
from toolkit.conditions.octets import decode, encode
from toolkit.conditions.paths import pmatch
from toolkit.conditions.regexes import regex

C_LIBRARY = ctypes.CDLL(None)
FOLD_CASE = 16
TEXTS = st.text(st.sampled_from("abAB/é-.☃"), max_size=8)


@pytest.fixture
def c_locale() -> Iterator[None]:
    before = locale.setlocale(locale.LC_CTYPE)
    locale.setlocale(locale.LC_CTYPE, "C")
    yield
    locale.setlocale(locale.LC_CTYPE, before)


GLOBS = st.lists(
    st.sampled_from(
        [*"aBé*?[]!^-\\:.=", "[:alpha:]", "[:upper:]", "[:foo:]", "[=a=]", "[.a.]", "[.", "[=", "[:", "[aa-"]
    ),
    max_size=9,
).map("".join)


@pytest.mark.skipif(not hasattr(C_LIBRARY, "gnu_get_libc_version"), reason="the model is the C library's own fnmatch")
@pytest.mark.usefixtures("c_locale")
@pytest.mark.parametrize("fold", [False, True], ids=["glob", "iglob"])
def test_globs_match_as_the_c_library_does(fold: bool) -> None:
    @settings(max_examples=600, deadline=None)
    @given(GLOBS, st.text(st.sampled_from("abABé[]!^-\\:.="), max_size=4))
    @example("[aa-[:alpha:]", "a")
    @example("[aa-[:alpha:]x]", "ax]")
    @example("[aa-[:alpha:]x]", "a")
    @example("[a[:foo:]]", "a")
    @example("[a[=aa=]]", "a")
    @example("[a-", "[a-")
    def compare(pattern: str, value: str) -> None:
        expected = C_LIBRARY.fnmatch(encode(pattern), encode(value), FOLD_CASE if fold else 0) == 0
        assert glob(pattern, fold=fold)(value) is expected

    compare()


@pytest.mark.parametrize("piece", ["[", "[a", "[a[.", "[[:", "[a[=", "[a-", "[aa-[:alpha:]x]"])
def test_a_glob_of_many_brackets_is_quick(piece: str) -> None:
    assert not glob(piece * 10_000)("x" * 10)


def test_a_glob_of_many_stars_is_quick() -> None:
    assert not glob("*a" * 40 + "b")("a" * 20_000)


PATHS = st.lists(st.sampled_from(["", "a", "b", "ab", ".", ".."]), max_size=4).map("/".join)
SEARCHES = st.lists(st.sampled_from(["", "a", "b", "ab", "*", "a?", "[ab]"]), max_size=4).map("/".join)


def one_component(pattern: str, component: str) -> bool:
    return re.fullmatch(pattern.replace("*", ".*").replace("?", "."), component) is not None


@settings(max_examples=400, deadline=None)
@given(st.lists(SEARCHES, max_size=3), PATHS)
def test_pmatch_compares_whole_components_from_the_first(searches: list[str], value: str) -> None:
    components = value.strip("/").replace("///", "/").replace("//", "/").split("/") if value.strip("/") else []
    expected = False
    for search in searches:
        wanted = [part for part in search.split("/") if part != ""]
        beginning = components[: len(wanted)]
        expected |= len(beginning) == len(wanted) and all(map(one_component, wanted, beginning))
    assert pmatch(searches)(value) is expected


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.sampled_from(["a", "b", ".", "é", "[ab]", "[^a]", "(a|ab)", "a*", "b+", "(ab)?"]), max_size=4),
    st.text(st.sampled_from("abé"), max_size=5),
)
def test_regex_matches_the_whole_value(pieces: list[str], value: str) -> None:
    assert regex("".join(pieces))(value) is (re.fullmatch("".join(pieces), value) is not None)


@pytest.mark.parametrize(
    ("pattern", "value", "matches"),
    [
        ("a.b", "a\nb", False),
        ("a\n^b", "a\nb", True),
        ("a$\nb", "a\nb", True),
        (".", "\udcff", False),
        ("x{1000}", "x" * 1000, True),
    ],
)
def test_regex_is_re2_in_posix_syntax(pattern: str, value: str, matches: bool) -> None:
    assert regex(pattern)(value) is matches


@pytest.mark.parametrize("pattern", [r"\d", "(?i)a", "(?:a)", "a{1001}", "(", r"\pL", r"\Aa"])
def test_what_posix_syntax_lacks_is_refused(pattern: str, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        regex(pattern)
    assert capfd.readouterr().err == ""


BYTES = st.binary(max_size=6).map(lambda octets: octets.replace(b"\0", b"").replace(b"A", b"a"))


@settings(max_examples=300, deadline=None)
@given(BYTES, BYTES)
def test_text_is_compared_byte_by_byte(left: bytes, right: bytes) -> None:
    def holds(operator: str) -> bool:
        return COMPARISONS[operator](decode(right))(decode(left))

    assert holds("=") is (left == right)
    assert holds("!=") is (left != right)
    assert holds("<") is (left < right)
    assert holds("<=") is (left <= right)
    assert holds(">") is (left > right)
    assert holds(">=") is (left >= right)
    assert holds("contains") is (right in left)
    assert holds("startswith") is left.startswith(right)
    assert holds("endswith") is left.endswith(right)
    assert holds("icontains") is (right.lower() in left.lower())
    assert transformers.size(decode(left)) == len(left)


@pytest.mark.parametrize(("value", "folded"), [("ABC", "abc"), ("ÄB", "Äb"), ("İI", "İi"), ("ẞ", "ẞ")])
def test_only_ascii_letters_change_case(value: str, folded: str) -> None:
    assert transformers.TEXT_CHANGES["tolower"](value) == folded
    assert COMPARISONS["icontains"](value)(folded)


@settings(max_examples=200, deadline=None)
@given(st.lists(TEXTS, min_size=1, max_size=4), st.lists(TEXTS, max_size=4))
def test_in_is_all_and_intersects_is_some(left: list[str], right: list[str]) -> None:
    assert member("in", right)(left) is all(element in right for element in left)
    assert member("intersects", right)(left) is any(element in right for element in left)
    assert member("in", right)(left[0]) is (left[0] in right)
    assert member("intersects", right)(left[0]) is (left[0] in right)


@given(st.lists(st.booleans(), max_size=5))
def test_modifiers_count(outcomes: list[bool]) -> None:
    tests = [lambda _left, outcome=outcome: outcome for outcome in outcomes]
    assert modified("anyof", tests)("") is (outcomes.count(True) >= 1)
    assert modified("oneof", tests)("") is (outcomes.count(True) == 1)
    assert modified("allof", tests)("") is (outcomes != [] and False not in outcomes)


@pytest.mark.parametrize(
    ("text", "decoded"),
    [
        ("aGVsbG8=", "hello"),
        ("aGVsbG8", "hello"),
        ("", ""),
        ("YQBi", "a"),
        ("/w==", "\udcff"),
        ("aGVsbG8==", None),
        ("aGVs bG8=", None),
        ("aGVsbG9=", None),
        ("aGVsb", None),
        ("a-_b", None),
        ("=", None),
        ("é", None),
    ],
)
def test_b64(text: str, decoded: str | None) -> None:
    assert transformers.b64(text) == decoded


@pytest.mark.parametrize(
    ("words", "options", "found"),
    [
        (["-a", "-b", "val"], "ab:", ["a", "b", "val"]),
        (["-ab", "x"], "ab:", ["a", "b", "x"]),
        (["-bx", "-a"], "ab:", ["b", "x", "a"]),
        (["-b"], "b:", ["b", ""]),
        (["-z", "-:"], "a", ["?", "?"]),
        (["--long", "-a", "--", "-b"], "ab", ["a"]),
        (["-a", "-", "-b"], "ab", ["a"]),
        (["-a", "", "-b"], "ab", ["a"]),
        (["id", "-a"], "a", []),
        (["-b", "--", "-a"], "ab:", ["b", "--", "a"]),
        (["-a"], ":a", ["a"]),
    ],
)
def test_getopt(words: list[str], options: str, found: list[str]) -> None:
    assert transformers.getopt(words, options) == found
    assert words, "the words are left as they are"


def test_the_last_selected_option_counts() -> None:
    assert transformers.selected_option(["-b1", "-b", "2", "-a"], "ab:", "b") == "2"
    assert transformers.selected_option(["-b1", "-a"], "ab:", "a") == "a"
    assert transformers.selected_option(["-b1"], "ab:", "a") is None
    assert transformers.selected_option(["-z"], "ab:", "?") is None
