"""What shards come to survives being written, whatever is in it, and comes to the same bytes."""

from __future__ import annotations

import json
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolkit.engine.shards import Shard, ShardResult
from toolkit.engine.summary import Distinct, Example, RuleSummary, Summary
from toolkit.errors import ToolkitError
from toolkit.events.tally import Note, Tally
from toolkit.places import Place
from toolkit.spread.documents import PartResult, joined, read_part, run_of

TEXT = st.text(st.characters(), max_size=8)
PLACES = st.builds(Place, TEXT, st.none() | st.integers(1, 10**12))
DISTINCT = st.builds(lambda names, exact: Distinct(names, is_exact=exact), st.sets(TEXT, max_size=4), st.booleans())
TIMES = st.none() | st.integers(0, 2**63)
RULES = st.builds(
    RuleSummary,
    st.integers(0, 9),
    DISTINCT,
    DISTINCT,
    DISTINCT,
    TIMES,
    TIMES,
    st.lists(st.builds(Example, PLACES, TEXT), max_size=3),
)


@st.composite
def results(draw: st.DrawFn) -> ShardResult:
    tally = Tally()
    tally.reviews, tally.broken, tally.without_time = draw(st.tuples(*[st.integers(0, 10**9)] * 3))
    tally.named = draw(st.lists(st.builds(Note, PLACES, TEXT), max_size=3))
    tally.first_without_time = draw(st.none() | st.builds(Note, PLACES, TEXT))
    summary = Summary()
    summary.rules = draw(st.dictionaries(TEXT, RULES, max_size=3))
    counts = Counter(draw(st.dictionaries(TEXT, st.integers(1, 9), max_size=3)))
    length = draw(st.none() | st.integers(0, 10**9))
    return ShardResult(counts, tally, summary=draw(st.sampled_from([None, summary])), length=length)


def all_of(result: ShardResult) -> object:
    tally = result.tally
    rules = {
        name: (
            *(rule.alerts, rule.first_ns, rule.last_ns, rule.examples),
            *((each.names, each.is_exact) for each in (rule.users, rule.namespaces, rule.objects)),
        )
        for name, rule in (result.summary.rules if result.summary else {}).items()
    }
    counted = (tally.reviews, tally.broken, tally.without_time, tally.named, tally.first_without_time)
    return result.counts, counted, result.summary is None, rules, result.length


@given(results())
def test_any_result_comes_back(result: ShardResult) -> None:
    part = PartResult((Shard("a\udcff.log", 5, 9, None), Shard("b")), 4, result)
    document = part.document("r")
    back = read_part(document, "r", "out/part")
    assert all_of(back.result) == all_of(result)
    assert (back.shards, back.size) == (part.shards, part.size)
    assert back.document("r") == document
    assert document.count(b"\n") == 1
    assert document.isascii()
    assert run_of(document) == "r"


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"{}", b"null", b"\xff", b'{"run": "r", "from": 3}'])
def test_a_damaged_document_is_named(content: bytes) -> None:
    with pytest.raises(ToolkitError, match=r"out/part: is damaged\n  hint: remove it") as raised:
        read_part(content, "r", "out/part")
    assert raised.value.exit_code == 3


def test_a_document_of_another_run_is_named() -> None:
    document = PartResult((), 0, ShardResult(Counter(), Tally())).document("other")
    with pytest.raises(ToolkitError, match="out/part: is of another run"):
        read_part(document, "r", "out/part")
    assert run_of(b"{") is None
    assert json.loads(document)["run"] == "other"


def test_results_of_several_files_are_put_together() -> None:
    each = [ShardResult(Counter(a=number), Tally(), summary=Summary(), length=number) for number in (1, 2)]
    whole = joined(each)
    assert whole.counts == Counter(a=3)
    assert whole.length is None
    assert joined(each[:1]) is each[0]
