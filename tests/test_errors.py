"""What people see of an error: the place, the message, the source under a caret, the hint."""

from __future__ import annotations

import pytest

from toolkit.errors import ExitCode, Fault, Faults, ToolkitError, closest
from toolkit.places import Place, caret


def test_a_fault_shows_place_source_and_hint() -> None:
    fault = Fault("unknown key 'fire'", Place("a.yaml", 3, 7), 'did you mean "fires"?', caret("      fire: []", 7))
    assert str(fault).splitlines() == [
        "a.yaml:3:7: unknown key 'fire'",
        "        fire: []",
        "        ^",
        '  hint: did you mean "fires"?',
    ]


def test_the_caret_stays_under_its_column_in_a_long_line() -> None:
    text = "x" * 500 + "!" + "y" * 500
    shown, under = caret(text, 501).splitlines()
    assert shown[under.index("^")] == "!"
    assert len(shown) <= 110


def test_faults_are_collected_and_raised_at_once() -> None:
    faults = Faults()
    faults.check()
    faults.add("one")
    faults.add("two", Place("f"))
    with pytest.raises(ToolkitError) as caught:
        faults.check(ExitCode.BAD_INPUT)
    assert [fault.message for fault in caught.value.faults] == ["one", "two"]
    assert caught.value.exit_code == 3


def test_a_fault_may_ask_for_a_higher_exit_status() -> None:
    faults = Faults()
    faults.note(Fault("unreachable"), ExitCode.ENVIRONMENT)
    faults.add("one")
    with pytest.raises(ToolkitError) as caught:
        faults.check()
    assert caught.value.exit_code == 4
    assert len(caught.value.faults) == 2


@pytest.mark.parametrize(("word", "hint"), [("fire", 'did you mean "fires"?'), ("zzzz", None)])
def test_the_nearest_known_word_is_offered(word: str, hint: str | None) -> None:
    assert closest(word, ["fires", "nearMiss"]) == hint
