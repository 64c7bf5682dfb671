"""The Python that conditions become: readable, the same every time, bounded, and never another meaning."""

from __future__ import annotations

import os
import subprocess
import sys
import traceback
from collections.abc import Sequence

import pytest

from toolkit.conditions import compiled
from toolkit.conditions.compiled import Candidate, Code, write
from toolkit.conditions.compiler import compile_condition
from toolkit.conditions.parser import parse
from toolkit.conditions.walk import evaluate
from toolkit.engine.predicates import general_reader
from toolkit.fields.catalog import load_catalog
from toolkit.fields.model import Value

CATALOG = load_catalog()


class Event:
    """An event by the values of its fields; counts how often each is read."""

    def __init__(self, **values: Value) -> None:
        self._values = {f"kar.{name.replace('_', '.')}": value for name, value in values.items()}
        self.reads: list[str] = []

    def value(self, name: str, argument: str | None = None) -> Value:
        self.reads.append(name)
        return self._values.get(name)


def code(*conditions: str, first_only: bool = False) -> Code:
    trees = [compile_condition(parse(text), CATALOG) for text in conditions]
    candidates = [Candidate(number, f"r{number}", each, each.tree) for number, each in enumerate(trees)]
    return write(candidates, first_only=first_only)


def fired(event: Event, *conditions: str, first_only: bool = False) -> Sequence[int]:
    return list(code(*conditions, first_only=first_only).function(general_reader)(event, event))


def test_one_function_for_several_rules() -> None:
    rules = ("kar.verb = CREATE", "kar.verb = DELETE", "not kar.user.name exists")
    assert fired(Event(verb="CREATE"), *rules) == [0, 2]
    assert fired(Event(verb="CREATE"), *rules, first_only=True) == [0]
    assert fired(Event(user_name="x"), *rules) == []


def test_a_field_is_read_when_it_is_needed_and_once() -> None:
    rules = ("kar.verb = CREATE and kar.user.name = a", "kar.user.name = b or kar.verb = DELETE", "kar.user.name = c")
    event = Event(verb="DELETE", user_name="c")
    assert fired(event, *rules) == [1, 2]
    assert event.reads == ["kar.verb", "kar.user.name"]


def test_the_text_is_readable_and_names_the_rule() -> None:
    assert code("kar.verb in (CREATE, UPDATE) and not kar.user.name startswith 'system:'", first_only=True).text == (
        "def fired(review, event):\n"
        "    if ((kar_verb_0 := read_kar_verb_0(event)) in {'CREATE', 'UPDATE'}) and (not ((kar_user_name_1 := "
        "read_kar_user_name_1(event)) is not None and kar_user_name_1.startswith('system:'))):  # 'r0'\n"
        "        return (0,)\n"
        "    return ()\n"
    )


def test_comments_say_what_is_only_named() -> None:
    written = code("kar.user.groups intersects (a, 'b c') and kar.user.name glob x*", first_only=True)
    assert written.explained == "# set_1: 'a', 'b c'\n# test_2: kar.user.name glob x*\n" + written.text


def test_the_same_rules_give_the_same_text_whatever_the_process() -> None:
    command = [sys.executable, "-m", "toolkit", "lint", "--show-python", "Create/Modify Workload With Sensitive Mount"]
    texts = {
        subprocess.run(
            command, env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, check=True, timeout=60
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(texts) == 1
    assert b"def fired(review, event):" in texts.pop()


def test_tracebacks_show_the_text() -> None:
    def broken(_event: object) -> Value:
        raise RuntimeError("a reader that fails")

    function = code("kar.verb = CREATE").function(lambda _field: broken)
    with pytest.raises(RuntimeError) as caught:
        function(None, None)
    assert "kar_verb_0 := read_kar_verb_0(event)" in "".join(traceback.format_exception(caught.value))


def test_nesting_and_size_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    deep = "kar.verb = CREATE"
    for number in range(150):
        deep = f"({deep}) and kar.verb exists" if number % 2 else f"not ({deep})"
    wide = " or ".join(f"kar.verb = v{number}" for number in range(30))
    monkeypatch.setattr(compiled, "MOST_CHECKS", 20)
    written = code(deep, wide, "kar.verb exists")
    assert len(written.text) < 500
    for verb in ("CREATE", "v29", "x"):
        event = Event(verb=verb)
        trees = [compile_condition(parse(text), CATALOG) for text in (deep, wide, "kar.verb exists")]
        walked = [number for number, tree in enumerate(trees) if evaluate(tree, event.value)]
        assert list(written.function(general_reader)(event, event)) == walked


def test_long_lists_are_named_and_not_written_out() -> None:
    names = ", ".join(f"name{number}" for number in range(500))
    written = code(f"kar.user.name in ({names})")
    assert "name7" not in written.text
    assert list(written.function(general_reader)(None, Event(user_name="name499"))) == [0]
    assert list(written.function(general_reader)(None, Event(user_name="name500"))) == []


@pytest.mark.parametrize("word", ["'); import os  #", "\\udcff", "a\nb", "{x}", "é", '"""'])
def test_values_and_names_cannot_become_code(word: str) -> None:
    quoted = '"' + word.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
    assert fired(Event(verb=word), f"kar.verb = {quoted}") == [0]
    tree = compile_condition(parse("kar.verb exists"), CATALOG)
    written = write([Candidate(0, f"{word}\n    return (7,)", tree, tree.tree)], first_only=True)
    assert list(written.function(general_reader)(None, Event(verb="x"))) == [0]
