"""The report in its two dresses."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from rich.console import Console
from small_project import RULES, SILENT, SmallProject, line

from toolkit.fields.catalog import load_catalog
from toolkit.judge.inputs import read_inputs
from toolkit.judge.report import Report
from toolkit.judge.validate import validate
from toolkit.reports import document
from toolkit.reports.text import text_report
from toolkit.scenarios.selection import parse_selection

SCHEMA = Path(document.__file__).with_name("report.schema.json")


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SmallProject:
    """Return a project in a folder of its own, which is the current one."""
    monkeypatch.chdir(tmp_path)
    return SmallProject(Path())


@pytest.fixture
def failing(project: SmallProject) -> SmallProject:
    """Return a project in which much is wrong, on two versions of Kubernetes."""
    project.rules = RULES.replace("/etc)", "/etc/)")
    project.versions = ("1.37", "1.34")
    project.noise = [line(name="static")]
    project.claims["background"] = "apiVersion: toolkit/v1\nkind: Background\nfires: {Unknown: why}\n"
    project.claims["impossible"] = "apiVersion: toolkit/v1\nkind: Impossible\nrules: {Reads: reads are not seen}\n"
    return project


def judged(project: SmallProject, select: str | None = None, *, published: bool = False) -> Report:
    project.write()
    catalog = load_catalog()
    inputs = read_inputs([project.rules_file], project.scenarios_folder, [project.dataset], catalog)
    selection = parse_selection(select) if select else None
    return validate(inputs, catalog, selection, load_catalog("published") if published else None)


def text(report: Report) -> str:
    return text_report(report, Console(), 0.25)


def as_json(report: Report) -> dict[str, Any]:
    found = json.loads(document.json_report(report))
    jsonschema.validate(found, json.loads(SCHEMA.read_text()))
    assert isinstance(found, dict)
    return found


def test_the_published_schema_is_the_reports_own() -> None:
    assert json.loads(SCHEMA.read_text()) == json.loads(json.dumps(document.json_schema()))
    jsonschema.Draft202012Validator.check_schema(document.json_schema())


def test_the_schema_refuses_another_document() -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"outcome": "passed"}, json.loads(SCHEMA.read_text()))


def test_json_of_a_success(project: SmallProject) -> None:
    found = as_json(judged(project))
    assert found["outcome"] == "passed"
    assert found["counts"] == {"rules": {"proven": 3}, "steps": {"met": 5}}
    assert [rule["verdict"] for rule in found["rules"]] == ["proven"] * 3
    assert found["rules"][1]["shadowed_by"] == [{"rule": "Pod Created", "events": 1}]


def test_json_of_a_failure(failing: SmallProject) -> None:
    found = as_json(judged(failing, published=True))
    assert found["outcome"] == "failed"
    assert found["counts"]["steps"] == {"met": 6, "missed": 2, "unexpected": 2}
    (step,) = [step for step in found["steps"] if step["verdict"] == "missed" and step["dataset"] == "1.37"]
    (finding,) = step["findings"]
    assert finding["place"] == {"file": "scenarios/host-path.yaml", "line": 17, "column": 28}
    assert finding["event"] == {"file": "data/1.37/host-path.jsonl", "line": 1, "column": None}
    assert finding["why"]["decided_by"][0]["inside"] == "sensitive"
    assert found["findings"][0]["rule"] == "Unknown"
    assert found["published"] == []


def test_json_of_nothing(project: SmallProject) -> None:
    assert as_json(judged(project, "no such thing"))["outcome"] == "nothing exercised"


def test_text_of_a_success(project: SmallProject) -> None:
    assert text(judged(project)).splitlines() == [
        "rules.yaml · 3 rules",
        "data/1.37 · 2 scenarios · 5 steps · 5 events · Kubernetes 1.37.2 (local), recorded by toolkit 0.1.0",
        "",
        "  rule         fires  near misses  with `first`  verdict",
        "  Pod Created      2            1        2 of 2  proven",
        "  Host Path        1            1        0 of 1  proven (with `first` always hidden by Pod Created)",
        "  Everything       1            -        1 of 1  proven, off by default "
        "(it fires on every event: no near miss exists)",
        "  background of 1.37 (local): 1 shape, 0 rules fire, nothing to claim",
        "",
        "3 rules: 3 proven (1 off by default) · 5 steps: 5 met · 0.2 s",
    ]


def test_text_of_a_failure_stands_last_with_every_place(failing: SmallProject) -> None:
    shown = text(judged(failing)).splitlines()
    start = shown.index("FAILED  host-path :: the host's /etc (Kubernetes 1.37, 1.34)")
    assert shown[start : start + 9] == [
        "FAILED  host-path :: the host's /etc (Kubernetes 1.37, 1.34)",
        "  missed      Host Path should have fired and did not",
        "    scenarios/host-path.yaml:17:28",
        "    scenarios/host-path.yaml:16:23   /etc",
        "    data/1.37/host-path.jsonl:1",
        "    rules.yaml:5   sensitive",
        "        kar.req.pod.volumes.hostpath intersects (/proc, /etc/)",
        '        ^ false: kar.req.pod.volumes.hostpath is ("/etc")',
        '    also read: kar.verb is "CREATE"',
    ]
    assert '    "/etc" is not "/etc/": a trailing slash makes another path. Did you mean to list both?' in shown
    assert "FAILED  background of Kubernetes 1.37 (local)" in shown
    assert "FAILED  claims" in shown
    assert any("Reads" in row and "impossible (reads are not seen)" in row for row in shown[:10])
    assert shown[-1].endswith("exit 1")


def test_text_of_an_untested_rule(project: SmallProject) -> None:
    project.rules += SILENT
    shown = text(judged(project)).splitlines()
    assert "  Silent           -            -             -  untested (no step where it fires)" in shown
    start = shown.index("FAILED  Silent: untested, no step where it fires")
    assert shown[start + 1] == "    rules.yaml:29:3"


def test_text_of_a_selection_says_what_held_the_near_misses(project: SmallProject) -> None:
    shown = text(judged(project, "trailing"))
    assert "1 rule that -k selects or its steps show" in shown
    assert "Host Path · host-path :: a trailing slash: equality is exact" in shown
    assert 'intersects (/proc, /etc)   kar.req.pod.volumes.hostpath is ("/etc/")   sensitive rules.yaml:5' in shown


def test_text_about_the_published_plugin(project: SmallProject) -> None:
    assert "every rule does the same" in text(judged(project, published=True))
    project.rules = RULES.replace("(/proc, /etc))", "(/proc, /etc) or kar.req.configmap.name = slash)")
    project.rules = project.rules.replace("kar.uid exists", "kar.uid exists and not kar.target.kind = X")
    shown = text(judged(project, published=True))
    assert "With the published plugin 2 of 3 rules differ:" in shown
    assert "  Host Path: failed\n    data/1.37/host-path.jsonl:2: fires, for kar.req.configmap.name\n" in shown
    assert "  Everything: keeps its file from loading, kar.target.kind unknown\n" in shown


def test_colour_only_on_a_terminal(project: SmallProject, monkeypatch: pytest.MonkeyPatch) -> None:
    report = judged(project)
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert "\x1b[" not in text(report)
    assert "\x1b[32m" in text_report(report, Console(force_terminal=True, color_system="standard"), 0)
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[32m" not in text_report(report, Console(force_terminal=True, color_system="standard"), 0)


def test_long_lines_are_not_broken(failing: SmallProject) -> None:
    report = judged(failing)
    assert text_report(report, Console(width=20), 0.25) == text_report(report, Console(width=300), 0.25)


def test_control_characters_do_not_reach_the_terminal(project: SmallProject) -> None:
    project.rules = RULES.replace("/etc)", "/usr)")
    lines = project.recorded["host-path"]
    project.recorded["host-path"] = {**lines, "the host's /etc": [line(paths=["/etc\x1b[31m\u202e"])]}
    shown = text(judged(project))
    assert "\\x1b[31m\\u202e" in shown
    assert "\x1b" not in shown


def test_the_failure_in_the_documentation_is_what_is_printed(failing: SmallProject) -> None:
    pages = (Path(__file__).parents[2] / "docs" / "validate.md").read_text()
    start = pages.index("FAILED  host-path")
    assert pages[start : pages.index("```", start)] in text(judged(failing))
