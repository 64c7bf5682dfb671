"""The engine is as fast as it should be: ratios of processor time within one run, with room for a noisy machine.

`make bench` prints the same figures, measured for longer, beside those to reach.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path

from event_stream import generate
from measuring import (
    bare,
    bundled_rules,
    counted,
    custom_resources,
    engine,
    measure,
    peak_mebibytes,
    processor_seconds,
    rendered,
)

Record = Callable[[str, object], None]


@cache
def lines() -> list[bytes]:
    return [line + b"\n" for line in generate(3000)]


def test_judging_costs_less_than_parsing() -> None:
    run, events = engine(), lines()
    taken = measure(
        {"bare": lambda: bare(events), "counted": lambda: counted(run, events), "json": lambda: rendered(run, events)},
        7,
    )
    assert taken["counted"].ratio(taken["bare"]) <= 0.75
    assert taken["json"].ratio(taken["bare"]) <= 0.90


def test_the_compiled_engine_is_several_times_as_fast_as_the_walk() -> None:
    walk, run, events = engine("walk"), engine(), lines()[:1000]
    taken = measure({"walk": lambda: rendered(walk, events), "compiled": lambda: rendered(run, events)}, 3)
    assert taken["compiled"].ratio(taken["walk"]) <= 0.30


def test_more_rules_cost_less_than_in_proportion() -> None:
    events = lines()[:1500]
    runs = {copies: engine(ruleset=bundled_rules(copies)) for copies in (1, 10, 100)}
    taken = measure({str(copies): lambda run=run: counted(run, events) for copies, run in runs.items()}, 4)  # type: ignore[misc]
    assert taken["10"].ratio(taken["1"]) <= 3
    assert taken["100"].ratio(taken["1"]) <= 12


def test_memory_is_bounded_whatever_the_log(tmp_path: Path) -> None:
    log = tmp_path / "events.jsonl"
    with log.open("wb") as stream:
        stream.writelines(custom_resources(20_000))
        for _ in range(4):
            stream.writelines(lines())
    assert peak_mebibytes(log) <= 64


def test_the_command_starts_quickly() -> None:
    commands = {
        "help": [sys.executable, "-m", "toolkit", "--help"],
        "typer": [sys.executable, "-c", "import typer"],
    }
    best = {name: min(processor_seconds(command) for _ in range(3)) for name, command in commands.items()}
    assert best["help"] <= 3.0 * best["typer"]
