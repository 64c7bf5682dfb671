"""A folder of results belongs to one run: what differs is said, and nothing is mixed."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from toolkit.engine.shards import Task
from toolkit.errors import ToolkitError
from toolkit.events.files import Input
from toolkit.fields.event import Machine
from toolkit.fields.user_fields import load_user_fields
from toolkit.ruleset.additions import Addition
from toolkit.ruleset.loader import RuleFile
from toolkit.ruleset.selection import Selector
from toolkit.spread import plan as plans
from toolkit.spread.names import PartNames, alerts, foreign, results
from toolkit.spread.plan import RunPlan, begin, shard_size
from toolkit.storage.folder import Folder

RULES = RuleFile("rules.yaml", b"- macro: a\n")


@pytest.fixture
def plan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunPlan:
    monkeypatch.chdir(tmp_path)
    logs = [Path("a.log"), Path("b.log")]
    for log in logs:
        log.write_bytes(b"{}\n")
    return RunPlan((RULES,), Task(machine=Machine("here", 0)), tuple(Input(str(log), log) for log in logs), 100)


@pytest.fixture
def folder(plan: RunPlan) -> Folder:
    """A folder with a run that was begun and has one part."""
    folder = Folder("out")
    begin(plan, folder)
    folder.write("part-000000.json", b"{}")
    return folder


def contents(folder: Folder) -> dict[str, bytes | None]:
    return {name: folder.find(name) for name in folder.names()}


def refused(plan: RunPlan, folder: Folder, exit_code: int = 2) -> str:
    before = contents(folder)
    with pytest.raises(ToolkitError) as raised:
        begin(plan, folder)
    assert raised.value.exit_code == exit_code
    assert contents(folder) == before
    return str(raised.value)


def test_the_same_plan_goes_on_as_the_machine_that_it_began_on(plan: RunPlan, folder: Folder) -> None:
    first = begin(plan, folder)
    elsewhere = replace(plan, task=replace(plan.task, machine=Machine("there", 3600), spool="x"))
    again = begin(elsewhere, folder)
    assert again == first
    assert again.machine == Machine("here", 0)
    assert again.names == ["part-000000.json", "run.json"]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"matching": "all"}, "other settings: --matching was 'first', and is 'all'"),
        ({"summary": True}, "other settings: --summary was False, and is True"),
        ({"hostname": "x"}, "other settings: --hostname was None, and is 'x'"),
        ({"max_bytes": 7}, "other settings: maxEventSize of the configuration was None, and is 7"),
        ({"additions": (Addition(tags=frozenset("ab")),)}, "other settings: append_output of the configuration"),
        ({"selectors": (Selector(True, "x"),)}, "other settings: which rules are on (rules of the configuration)"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_settings_that_differ(plan: RunPlan, folder: Folder, changes: dict[str, object], words: str) -> None:
    said = refused(replace(plan, task=replace(plan.task, **changes)), folder)  # type: ignore[arg-type]
    assert said.splitlines()[0].startswith(f"out: the run in it has {words}")
    assert said.splitlines()[-1].startswith("  hint: name another folder with --out")


def test_every_difference_is_said(plan: RunPlan, folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plans, "__version__", "9.9")
    Path("a.log").write_bytes(b"{}\n{}\n")
    Path("c.log").touch()
    inputs = (plan.inputs[0], Input("c.log", Path("c.log")))
    rules = (RuleFile("rules.yaml", b"- macro: b\n"), RuleFile("more.yaml", b""))
    assert refused(RunPlan(rules, plan.task, inputs, 200), folder).splitlines() == [
        "out: the run in it has version 0.1.0 of the toolkit; this is 9.9",
        "out: the run in it has other rules: rules.yaml changed since; more.yaml not in it",
        "out: the run in it has other logs: a.log changed since; c.log not in it; b.log only in it",
        "out: the run in it has shards of 100 bytes; here they have 200",
        "  hint: name another folder with --out, or remove this one to begin anew",
    ]


def test_logs_in_another_order_are_other_logs(plan: RunPlan, folder: Folder) -> None:
    said = refused(replace(plan, inputs=plan.inputs[::-1]), folder)
    assert "the run in it has other logs: the same in another order" in said


def test_a_run_that_came_to_nothing_yet_is_replaced(plan: RunPlan) -> None:
    folder = Folder("out")
    first = begin(plan, folder)
    other = begin(replace(plan, shard_size=7), folder)
    assert other.digest != first.digest
    assert json.loads(folder.find("run.json") or b"")["shard_bytes"] == 7


def test_rules_by_another_name_are_the_same(plan: RunPlan, folder: Folder) -> None:
    moved = replace(plan, rules=(RuleFile("/elsewhere/rules.yaml", RULES.text),))
    assert begin(moved, folder).digest == begin(plan, folder).digest


def test_folders_of_something_else_are_refused(plan: RunPlan, tmp_path: Path) -> None:
    for number in range(7):
        (tmp_path / "else").mkdir(exist_ok=True)
        (tmp_path / "else" / f"{number}").touch()
    said = refused(plan, Folder("else"))
    assert said.startswith("else holds what is not of a run: 0, 1, 2, 3, 4 and 2 more\n  hint: name a folder that is")


def test_parts_without_a_plan_and_a_damaged_plan(plan: RunPlan, folder: Folder) -> None:
    folder.write("run.json", b'{"machine": {}}')
    assert "out/run.json: is damaged" in refused(plan, folder, 3)
    folder.remove("run.json")
    assert "out holds parts of a run, and no run.json" in refused(plan, folder)


def test_fields_of_ones_own_count_by_how_they_are_read(plan: RunPlan, folder: Folder, tmp_path: Path) -> None:
    text = "fields:\n- {name: kar.own, description: d, type: string, path: request.object%s}\n"
    digests = []
    for end in ("", ", json: true", ""):
        (tmp_path / "fields.yaml").write_text(text % end)
        task = replace(plan.task, user_fields=load_user_fields([tmp_path / "fields.yaml"]))
        digests.append(json.dumps(replace(plan, task=task).members()))
    assert digests[0] == digests[2] != digests[1]


def test_names_of_parts_are_in_order_however_many_there_are() -> None:
    for most in (9, 10**6, 10**7):
        names = PartNames.up_to(most)
        numbers = [0, 3, most // 2 + 2, most - 1]
        written = [names.result(number) for number in numbers]
        assert sorted(written) == written
        assert results([*written, "run.json"]) == set(numbers)
    assert alerts(["part-000001.jsonl.zst", "part-000002.json"]) == {1}
    assert foreign(["part-00000.json", "x", "run.json", "total.json", "part-0000001.jsonl.zst"]) == [
        "part-00000.json",
        "x",
    ]


def test_shards_are_neither_tiny_nor_huge() -> None:
    assert [shard_size(total) for total in (0, 2**30, 2**50)] == [2**20, 2**22, 2**28]


def test_settings_read_the_same_in_every_process() -> None:
    tags = frozenset(map(str, range(50)))
    expected = ", ".join(sorted(map(repr, tags)))
    assert f"tags={{{expected}}}, text=''" in plans._text((Addition(tags=tags),))
