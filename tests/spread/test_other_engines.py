"""The lines for Spark and Ray in the docs, run with stand-ins that pickle what they get for other processes.

`make test-spark` runs them with the real ones.
"""

from __future__ import annotations

import multiprocessing
import os
import re
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import cloudpickle
import pytest
from spread_samples import CAPTURED, ROOT, RULES

from toolkit.engine.shards import Task
from toolkit.events.tally import Tally

LINES = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "run.md").read_text("utf-8"), re.S)


def call(pickled: bytes) -> bytes:
    """Call a function on its arguments, in another process."""
    function, arguments = cloudpickle.loads(pickled)
    done: bytes = cloudpickle.dumps(function(*arguments))
    return done


def elsewhere(function: Callable[..., Any], arguments: Iterable[tuple[Any, ...]]) -> list[Any]:
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        return [
            cloudpickle.loads(done) for done in pool.map(call, [cloudpickle.dumps((function, a)) for a in arguments])
        ]


class SparkContext:
    """Has of Spark what the lines use."""

    def parallelize(self, items: Sequence[Any], slices: int) -> SparkData:
        assert slices == len(items) > 1
        return SparkData(items, [])


class SparkData:
    def __init__(self, items: Sequence[Any], steps: list[Callable[[Any], list[Any]]]) -> None:
        self._items = items
        self._steps = steps

    def map(self, function: Callable[[Any], Any]) -> SparkData:
        return SparkData(self._items, [*self._steps, lambda item: [function(item)]])

    def flatMap(self, function: Callable[[Any], Iterable[Any]]) -> SparkData:  # noqa: N802
        return SparkData(self._items, [*self._steps, lambda item: list(function(item))])

    def collect(self) -> list[Any]:
        steps = self._steps

        def all_steps(item: Any) -> list[Any]:
            items = [item]
            for step in steps:
                items = [done for each in items for done in step(each)]
            return items

        return [each for found in elsewhere(all_steps, [(item,) for item in self._items]) for each in found]


class Ray:
    """Has of Ray what the lines use."""

    class _Remote:
        def __init__(self, function: Callable[..., Any]) -> None:
            self.function = function

        def remote(self, *arguments: Any) -> tuple[Callable[..., Any], tuple[Any, ...]]:
            return self.function, arguments

    def remote(self, function: Callable[..., Any]) -> _Remote:
        return self._Remote(function)

    def get(self, calls: Sequence[tuple[Callable[..., Any], tuple[Any, ...]]]) -> list[Any]:
        return elsewhere(lambda function, arguments: function(*arguments), calls)


@pytest.mark.parametrize(("lines", "names"), list(zip(LINES, ({"sc": SparkContext()}, {"ray": Ray()}), strict=True)))
def test_the_lines_find_what_one_process_finds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lines: str, names: dict[str, Any]
) -> None:
    monkeypatch.chdir(tmp_path)
    check(tmp_path, lines, names)


@pytest.mark.spark
def test_the_lines_find_it_on_spark(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from pyspark import SparkContext as RealContext

    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(os.environ, "PYSPARK_PYTHON", sys.executable)
    context = RealContext("local[2]")
    try:
        check(tmp_path, LINES[0], {"sc": context})
    finally:
        context.stop()


@pytest.mark.spark
def test_the_lines_find_it_on_ray(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import ray

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RAY_AUTH_MODE", "disabled")
    ray.init(num_cpus=2, include_dashboard=False)
    try:
        check(tmp_path, LINES[1], {"ray": ray})
    finally:
        ray.shutdown()


def test_the_readme_has_the_lines_for_spark() -> None:
    assert LINES[0] in (ROOT / "README.md").read_text("utf-8")


def check(tmp_path: Path, lines: str, names: dict[str, Any]) -> None:
    (tmp_path / "logs").mkdir()
    for log in CAPTURED[:6]:
        (tmp_path / "logs" / log.name).write_bytes(log.read_bytes())
    (tmp_path / "rules.yaml").write_text(RULES)
    size = "64 * 2**20"
    assert lines.count(size) == 1
    assert len(lines.strip().splitlines()) == 7
    exec(lines.replace(size, "10_000"), names)
    task = Task(rendered=True)
    alone = [alert.line(task.form) for alert in task.make_engine(RULES).run(["logs"], Tally())]
    assert names["alerts"] == alone
    assert len(alone) > 20
