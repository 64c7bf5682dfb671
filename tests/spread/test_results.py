"""Results of parts come in order, whatever order workers are done in, and few of them wait in memory."""

from __future__ import annotations

from collections import Counter

import pytest
from fsspec.implementations.memory import MemoryFileSystem
from hypothesis import given
from hypothesis import strategies as st

from toolkit.engine.shards import Shard, ShardResult
from toolkit.errors import Fault
from toolkit.events.tally import Note, Tally
from toolkit.places import Place
from toolkit.spread import results as results_module
from toolkit.spread.documents import PartResult
from toolkit.spread.names import PartNames
from toolkit.spread.results import Results
from toolkit.spread.work import Answer
from toolkit.storage.folder import Folder

PARTS = 9
LENGTH = 10


def document(number: int) -> bytes:
    """Return the document of a part: three of each file, with a broken line in the third line of each."""
    file, third = divmod(number, 3)
    tally = Tally()
    tally.broken = 1
    tally.named = [Note(Place(f"{file}.log", 3 + bool(third)), "broken")]
    shard = Shard(f"{file}.log", 100 * third, 100 * third + 100, None if third else 0)
    return PartResult((shard,), 100, ShardResult(Counter(a=number), tally, length=LENGTH)).document("run")


def folder() -> Folder:
    MemoryFileSystem.store.clear()
    made = Folder("memory://out")
    made.make()
    return made


def taken(results: Results) -> list[tuple[int, str]]:
    return [(part.result.counts["a"], str(part.result.tally.named[0].place)) for part, _ in results.next_ones()]


EXPECTED = [(number, f"{number // 3}.log:{3 + LENGTH * (number % 3)}") for number in range(PARTS)]


@given(st.permutations(range(PARTS)), st.sets(st.integers(0, PARTS - 1)), st.sampled_from([0, 700, 10**6]))
def test_any_order_of_any_parts_done_before_and_now(order: list[int], before: set[int], memory: int) -> None:
    out, names = folder(), PartNames()
    for number in range(PARTS):
        out.write(names.result(number), document(number))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(results_module, "_IN_MEMORY", memory)
        patch.setattr(results_module, "_TOGETHER", 2)
        results = Results("run", out, names, PARTS, before)
        found = taken(results)
        for number in order:
            if not results.is_done(number):
                results.put(number, Answer(document(number)))
                assert results._waits <= max(memory, 2 * len(document(0)))
                found += taken(results)
    assert found == EXPECTED
    assert (results._waiting, results._waits) == ({}, 0)


def test_after_a_file_that_could_not_be_read_on_nobody_knows_the_lines() -> None:
    results = Results("run", folder(), PartNames(), PARTS, ())
    for number in range(PARTS):
        faults = (Fault("cannot be read"),) if number == 3 else ()
        results.put(number, Answer(document(number), faults))
    found = [(str(part.result.tally.named[0].place), tuple(map(str, faults))) for part, faults in results.next_ones()]
    assert found[:3] == [(place, ()) for _, place in EXPECTED[:3]]
    assert found[3:6] == [("1.log:3", ("cannot be read",)), ("1.log", ()), ("1.log", ())]
    assert found[6:] == [(place, ()) for _, place in EXPECTED[6:]]
