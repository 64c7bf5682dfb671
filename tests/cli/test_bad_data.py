"""Scenarios, datasets and options that are not what they should be, as `toolkit validate` meets them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from command_line import Toolkit
from small_project import EVERYTHING, HOST_PATH, SmallProject

from toolkit.errors import ExitCode


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SmallProject:
    """Return a project in a folder of its own, which is the current one."""
    monkeypatch.chdir(tmp_path)
    return SmallProject(Path()).write()


def bomb() -> str:
    levels = [
        "a: &a [1,1,1,1,1,1,1,1,1,1]",
        *(f"b{n}: &b{n} [{','.join([f'*b{n - 1}' if n else '*a'] * 10)}]" for n in range(9)),
    ]
    return "\n".join(levels)


SCENARIOS = {
    "an unknown key": (HOST_PATH.replace("nearMiss", "nearMis"), ":30:7: ", 'did you mean "nearMiss"?'),
    "a wrong type": (
        HOST_PATH.replace("fires: [Pod Created]", "fires: 5"),
        ":29:14: ",
        "expected a list or a map, found 5",
    ),
    "no steps": (HOST_PATH[: HOST_PATH.index("  steps:")] + "  steps: []\n", ":5:10: ", "at least 1"),
    "a text": ("hello", ": neither a scenario nor a manifest", "hint: a scenario begins with"),
    "nothing": ("", ": the file is empty", ""),
    "no YAML": ("a: [", ":", "not YAML"),
    "invalid UTF-8": ("a: \udcff", ":1", "not UTF-8"),
    "deep nesting": ("a: " + "[" * 100_000, ":1:", "levels deep"),
    "a bomb": (bomb(), ":", "values in one file"),
    "nulls": ("apiVersion: toolkit/v1\nkind: null\n", ":2:7: ", "expected kind"),
}


@pytest.mark.parametrize(("text", "place", "words"), SCENARIOS.values(), ids=SCENARIOS.keys())
def test_a_scenario_that_is_none_is_refused_with_its_place(
    toolkit: Toolkit, project: SmallProject, text: str, place: str, words: str
) -> None:
    Path("scenarios/host-path.yaml").write_bytes(text.encode("utf-8", "surrogateescape"))
    result = toolkit(*project.arguments())
    assert (result.code, result.out) == (ExitCode.BAD_INPUT, "")
    assert f"error: scenarios/host-path.yaml{place}" in result.err
    assert words in result.err


def test_a_folder_of_scenarios_that_is_not_there(toolkit: Toolkit, project: SmallProject) -> None:
    for folder in ("missing", "rules.yaml"):
        result = toolkit("validate", "-r", "rules.yaml", "--scenarios", folder, "--dataset", "data")
        assert (result.code, f"error: {folder} is not a folder" in result.err) == (ExitCode.BAD_INPUT, True)


def test_no_scenarios_at_all(toolkit: Toolkit, project: SmallProject) -> None:
    Path("empty").mkdir()
    result = toolkit("validate", "-r", "rules.yaml", "--scenarios", "empty", "--dataset", "data")
    assert result.code == ExitCode.BAD_INPUT
    assert 'events of a scenario "host-path" that does not exist' in result.err


def test_a_scenario_that_changed_since_it_was_recorded(toolkit: Toolkit, project: SmallProject) -> None:
    Path("scenarios/host-path.yaml").write_text(HOST_PATH.replace("name: bad", "name: worse"))
    result = toolkit(*project.arguments())
    assert result.code == ExitCode.BAD_INPUT
    assert "error: scenarios/host-path.yaml: the scenario changed since" in result.err
    assert "hint: run `toolkit generate`" in result.err


def test_expectations_may_change_without_a_new_recording(toolkit: Toolkit, project: SmallProject) -> None:
    Path("scenarios/host-path.yaml").write_text(HOST_PATH.replace("equality is exact", "another reason"))
    assert toolkit(*project.arguments()).code == ExitCode.GOOD


def change(old: str, new: str) -> None:
    path = Path("data/1.37/manifest.json")
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


MANIFESTS = {
    "another kind": ('"kind": "Dataset"', '"kind": "Data"', "$.kind"),
    "a newer format": ('"toolkit/v1"', '"toolkit/v2"', "$.apiVersion"),
    "an unknown member": ('"canonical"', '"canonicl"', "canonicl"),
    "a wrong type": ('"lines": 3', '"lines": "3"', "Expected `int`"),
    "a line that is not there": ('"lines": [\n      3\n     ]', '"lines": [\n      9\n     ]', "names line 9"),
    "cut off": ('"provenance"', '"provenan\x00', "not JSON"),
}


@pytest.mark.parametrize(("old", "new", "words"), MANIFESTS.values(), ids=MANIFESTS.keys())
@pytest.mark.parametrize("command", ["validate", "data"])
def test_a_manifest_that_is_none(
    toolkit: Toolkit, project: SmallProject, command: str, old: str, new: str, words: str
) -> None:
    change(old, new)
    result = toolkit(
        *(
            project.arguments()
            if command == "validate"
            else ["data", "verify", "--dataset", "data", "--scenarios", "scenarios"]
        )
    )
    assert result.code == ExitCode.BAD_INPUT
    assert "error: data/1.37/manifest.json: " in result.err
    assert words in result.err
    assert "hint: " in result.err


def test_a_step_that_the_manifest_does_not_know(toolkit: Toolkit, project: SmallProject) -> None:
    change('"a trailing slash"', '"another"')
    result = toolkit(*project.arguments())
    assert result.code == ExitCode.BAD_INPUT
    assert 'error: data/1.37/host-path.jsonl: the manifest does not know the step "a trailing slash"' in result.err


def test_a_line_that_belongs_to_no_step(toolkit: Toolkit, project: SmallProject) -> None:
    change('"lines": [\n      3\n     ]', '"lines": [\n      2\n     ]')
    result = toolkit(*project.arguments())
    assert result.code == ExitCode.BAD_INPUT
    assert "error: data/1.37/host-path.jsonl:3: the line belongs to no step" in result.err


@pytest.mark.parametrize("text", [b"", b'{"a":', b"\xff\n", b"null\n"])
def test_lines_that_changed(toolkit: Toolkit, project: SmallProject, text: bytes) -> None:
    Path("data/1.37/host-path.jsonl").write_bytes(text)
    result = toolkit(*project.arguments())
    assert result.code == ExitCode.BAD_INPUT
    assert "error: data/1.37/host-path.jsonl: differs from its manifest" in result.err


@pytest.mark.parametrize("text", [b"null", b"{}", b'{"request":{"uid":1}}', b"\xff"])
def test_lines_that_are_no_reviews_though_the_manifest_agrees(
    toolkit: Toolkit, project: SmallProject, text: bytes
) -> None:
    project.recorded["everything"] = {"a configmap": [text]}
    project.write()
    result = toolkit(*project.arguments())
    assert (result.code, result.out) == (ExitCode.BAD_INPUT, "")
    assert "error: data/1.37/everything.jsonl:1: no admission review: " in result.err


def test_missing_files_of_a_dataset(toolkit: Toolkit, project: SmallProject) -> None:
    Path("data/1.37/host-path.jsonl").unlink()
    Path("data/1.37/extra.jsonl").touch()
    result = toolkit(*project.arguments())
    assert result.code == ExitCode.BAD_INPUT
    assert "error: data/1.37/host-path.jsonl: cannot be read: " in result.err
    assert "error: data/1.37/extra.jsonl: not named by the manifest" in result.err


def test_no_dataset(toolkit: Toolkit, project: SmallProject) -> None:
    Path("empty").mkdir()
    for folder in ("empty", "missing", "rules.yaml"):
        result = toolkit("validate", "-r", "rules.yaml", "--scenarios", "scenarios", "--dataset", folder)
        assert result.code == ExitCode.BAD_INPUT
        assert f"error: {folder}: no dataset: " in result.err


def test_two_datasets_of_one_version_are_both_judged_and_one_named_twice_once(
    toolkit: Toolkit, project: SmallProject
) -> None:
    result = toolkit(*project.arguments(), "--dataset", "data/1.37", "-o", "json")
    assert len(json.loads(result.out)["datasets"]) == 1
    Path("data").rename("other")
    project.write()
    result = toolkit(*project.arguments(), "--dataset", "other", "-o", "json")
    assert len(json.loads(result.out)["datasets"]) == 2


def test_failures_nothing_selected_and_wrong_options(toolkit: Toolkit, project: SmallProject) -> None:
    assert toolkit(*project.arguments()).code == ExitCode.GOOD
    result = toolkit(*project.arguments(), "-k", "no such thing")
    assert result.code == ExitCode.NOTHING_SELECTED
    assert "-k 'no such thing' selects nothing" in result.err
    result = toolkit(*project.arguments(), "-k", "and or")
    assert result.code == ExitCode.USAGE
    assert "expected a text" in result.err
    assert toolkit(*project.arguments(), "--plugin", "other").code == ExitCode.USAGE
    assert toolkit(*project.arguments(), "--datset", "x").code == ExitCode.USAGE
    project.scenarios["everything"] = EVERYTHING.replace("[Everything]", "[Everyting]")
    assert toolkit(*project.write().arguments()).code == ExitCode.CHECK_FAILED


def test_json_is_all_that_stands_on_standard_output(toolkit: Toolkit, project: SmallProject) -> None:
    result = toolkit(*project.arguments(), "-o", "json")
    assert (json.loads(result.out)["outcome"], result.err) == ("passed", "")
