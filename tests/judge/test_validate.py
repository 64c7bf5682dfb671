"""From rules, scenarios and datasets to one report."""

from __future__ import annotations

from pathlib import Path

import pytest
from small_project import EVERYTHING, HOST_PATH, RECORDED, RULES, SILENT, SmallProject, line

from toolkit.errors import ExitCode, ToolkitError
from toolkit.fields.catalog import load_catalog
from toolkit.judge.inputs import read_inputs
from toolkit.judge.model import StepResult, StepVerdict
from toolkit.judge.report import Report, RuleResult, RuleVerdict
from toolkit.judge.validate import validate
from toolkit.scenarios.selection import parse_selection


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SmallProject:
    """Return a project in a folder of its own, which is the current one."""
    monkeypatch.chdir(tmp_path)
    return SmallProject(Path())


def judged(project: SmallProject, select: str | None = None, *, published: bool = False) -> Report:
    project.write()
    catalog = load_catalog()
    inputs = read_inputs([project.rules_file], project.scenarios_folder, [project.dataset], catalog)
    selection = parse_selection(select) if select else None
    return validate(inputs, catalog, selection, load_catalog("published") if published else None)


def faults(project: SmallProject) -> list[str]:
    with pytest.raises(ToolkitError) as caught:
        read_inputs([project.rules_file], project.scenarios_folder, [project.dataset], load_catalog())
    assert caught.value.exit_code == ExitCode.BAD_INPUT
    return [str(fault) for fault in caught.value.faults]


def rule(report: Report, name: str) -> RuleResult:
    (found,) = [each for each in report.rules if each.name == name]
    return found


def step(report: Report, name: str) -> StepResult:
    (found,) = [each for each in report.steps if each.step == name]
    return found


def test_everything_as_it_should_be(project: SmallProject) -> None:
    report = judged(project)
    assert [(each.name, each.verdict, each.off_by_default) for each in report.rules] == [
        ("Pod Created", RuleVerdict.PROVEN, False),
        ("Host Path", RuleVerdict.PROVEN, False),
        ("Everything", RuleVerdict.PROVEN, True),
    ]
    assert {each.verdict for each in report.steps} == {StepVerdict.MET}
    assert report.exit_code is ExitCode.GOOD
    (dataset,) = report.datasets
    assert (dataset.scenarios, dataset.steps, dataset.events) == (2, 5, 5)
    assert (dataset.kubernetes, dataset.provider, dataset.folder) == ("1.37.2", "local", "data/1.37")
    assert (report.background[0].shapes, report.background[0].rules) == (1, ())
    assert report.published is None


def test_what_first_would_report(project: SmallProject) -> None:
    report = judged(project)
    assert step(report, "the host's /etc").events[0].fired == ("Pod Created", "Host Path")
    hidden = rule(report, "Host Path")
    assert [(shadow.rule, shadow.events) for shadow in hidden.shadowed_by] == [("Pod Created", 1)]
    assert rule(report, "Pod Created").shadowed_by == ()


def test_a_near_miss_says_what_held_it(project: SmallProject) -> None:
    (near_miss,) = step(judged(project), "a trailing slash").near_misses
    (decision,) = near_miss.held_by
    assert (near_miss.rule, near_miss.reason) == ("Host Path", "equality is exact")
    assert decision.text == "kar.req.pod.volumes.hostpath intersects (/proc, /etc)"
    assert not decision.holds
    assert decision.inside == "sensitive"
    assert [(read.field, read.value) for read in decision.reads] == [("kar.req.pod.volumes.hostpath", '("/etc/")')]


def test_a_missed_rule_is_explained_with_every_place(project: SmallProject) -> None:
    project.rules = RULES.replace("/etc)", "/etc/)")
    report = judged(project)
    bad = step(report, "the host's /etc")
    (finding,) = bad.findings
    assert (bad.verdict, finding.rule) == (StepVerdict.MISSED, "Host Path")
    assert str(finding.place) == "scenarios/host-path.yaml:17:28"
    why = finding.why
    assert why is not None
    assert str(why.event) == "data/1.37/host-path.jsonl:1"
    assert why.manifest is not None
    assert (str(why.manifest.place), why.manifest.text) == ("scenarios/host-path.yaml:16:23", "/etc")
    (decision,) = why.decided_by
    assert (str(decision.place), decision.inside) == ("rules.yaml:5", "sensitive")
    assert [read.field for read in why.reads] == ["kar.verb", "kar.req.pod.volumes.hostpath"]
    assert why.hint is not None
    assert "trailing slash" in why.hint
    (other,) = step(report, "a trailing slash").findings
    assert (other.verdict, other.rule) == (StepVerdict.UNEXPECTED, "Host Path")
    assert rule(report, "Host Path").verdict is RuleVerdict.FAILED
    assert report.exit_code is ExitCode.CHECK_FAILED


def test_a_field_that_no_event_can_hold_is_named(project: SmallProject) -> None:
    never = next(field.name for field in load_catalog() if field.never and not field.argument_required)
    project.rules = RULES.replace("(kar.verb = CREATE)", f"({never} exists)")
    finding, _ = step(judged(project), "the host's /etc").findings
    assert finding.why is not None
    assert "never has a value on admission events" in str(finding.why.hint)


def test_a_rule_without_a_step_is_untested_and_no_success(project: SmallProject) -> None:
    project.rules += SILENT
    report = judged(project)
    assert rule(report, "Silent").verdict is RuleVerdict.UNTESTED
    assert report.exit_code is ExitCode.CHECK_FAILED


def test_an_impossible_rule_needs_no_step(project: SmallProject) -> None:
    project.rules += SILENT
    project.claims["impossible"] = "apiVersion: toolkit/v1\nkind: Impossible\nrules: {Silent: no such verb, Gone: x}\n"
    report = judged(project)
    assert (rule(report, "Silent").verdict, rule(report, "Silent").reason) == (RuleVerdict.IMPOSSIBLE, "no such verb")
    assert rule(report, "Gone").verdict is RuleVerdict.IMPOSSIBLE
    assert report.exit_code is ExitCode.GOOD


def test_a_rule_fires_only_without_a_near_miss(project: SmallProject) -> None:
    project.scenarios["host-path"] = HOST_PATH.replace("Host Path: equality", "Everything: equality")
    project.rules = RULES.replace("  enabled: false\n", "").replace("kar.uid exists", "kar.verb = X")
    project.scenarios["everything"] = EVERYTHING.replace("      fires: [Everything]\n", "")
    assert rule(judged(project), "Host Path").verdict is RuleVerdict.FIRES_ONLY


def test_a_rule_that_a_scenario_names_and_no_file_holds(project: SmallProject) -> None:
    project.scenarios["host-path"] = HOST_PATH.replace(
        "fires: [Pod Created, Host Path]", "fires: [Pod Created, Host Pth]"
    )
    report = judged(project)
    missed, unexpected = step(report, "the host's /etc").findings
    assert (missed.verdict, missed.hint) == (StepVerdict.MISSED, 'did you mean "Host Path"?')
    assert unexpected.verdict is StepVerdict.UNEXPECTED
    assert report.exit_code is ExitCode.CHECK_FAILED


def test_without_its_overlay_a_rule_that_is_off_is_missed(project: SmallProject) -> None:
    text = EVERYTHING[: EVERYTHING.index("  rules:")] + EVERYTHING[EVERYTHING.index("  steps:") :]
    project.scenarios["everything"] = text
    (finding,) = step(judged(project), "a configmap").findings
    assert (finding.verdict, finding.rule) == (StepVerdict.MISSED, "Everything")
    assert "switched off" in finding.message


def test_a_step_that_left_no_event_is_unrecorded(project: SmallProject) -> None:
    project.recorded["host-path"] = {**RECORDED["host-path"], "the host's /etc": []}
    report = judged(project)
    assert step(report, "the host's /etc").verdict is StepVerdict.UNRECORDED
    assert rule(report, "Host Path").verdict is RuleVerdict.UNTESTED
    assert report.exit_code is ExitCode.CHECK_FAILED


def test_a_read_that_left_an_event_is_unexpected(project: SmallProject) -> None:
    project.recorded["host-path"] = {**RECORDED["host-path"], "a read": [line(verb="UPDATE")]}
    assert step(judged(project), "a read").verdict is StepVerdict.UNEXPECTED


def test_steps_that_were_not_played_prove_nothing(project: SmallProject) -> None:
    project.recorded["everything"] = {"a configmap": []}
    project.left_out = {"a configmap": "needs kubelet"}
    report = judged(project)
    assert (step(report, "a configmap").verdict, step(report, "a configmap").findings) == (StepVerdict.VACUOUS, ())
    assert rule(report, "Everything").verdict is RuleVerdict.UNTESTED
    assert report.exit_code is ExitCode.CHECK_FAILED
    assert judged(project, "a configmap").exit_code is ExitCode.NOTHING_SELECTED


def test_noise_must_be_claimed(project: SmallProject) -> None:
    project.noise = [line(resource="configmaps", verb="UPDATE"), line(name="static")]
    report = judged(project)
    (finding,) = report.background[0].findings
    assert (finding.rule, str(finding.event)) == ("Pod Created", "data/1.37/background.jsonl:2")
    assert str(finding.place) == "scenarios/background.yaml"
    assert rule(report, "Pod Created").verdict is RuleVerdict.FAILED
    assert report.exit_code is ExitCode.CHECK_FAILED
    project.claims["background"] = "apiVersion: toolkit/v1\nkind: Background\nfires: {Pod Created: static pods}\n"
    assert judged(project).exit_code is ExitCode.GOOD


def test_a_claim_on_noise_that_no_longer_fires_is_a_warning_and_an_unknown_rule_a_failure(
    project: SmallProject,
) -> None:
    project.claims["background"] = "apiVersion: toolkit/v1\nkind: Background\nfires: {Pod Created: static pods}\n"
    report = judged(project)
    (warning,) = report.warnings
    assert "Pod Created is claimed" in warning
    assert report.exit_code is ExitCode.GOOD
    project.claims["background"] = "apiVersion: toolkit/v1\nkind: Background\nfires: {Pod Craeted: static pods}\n"
    report = judged(project)
    assert report.findings[0].hint == 'did you mean "Pod Created"?'
    assert report.exit_code is ExitCode.CHECK_FAILED


def test_every_version_is_judged_and_a_step_counts_once(project: SmallProject) -> None:
    project.versions = ("1.34", "1.37")
    report = judged(project)
    assert [dataset.kubernetes for dataset in report.datasets] == ["1.37.2", "1.34.2"]
    assert len(report.steps) == 10
    assert rule(report, "Host Path").fires == ("host-path::the host's /etc",)


@pytest.mark.parametrize(
    ("select", "steps", "rules"),
    [
        ("trailing", 1, ["Pod Created"]),
        ("host-path", 4, ["Pod Created", "Host Path"]),
        ("host-path::a read", 1, []),
        ("Host Path", 2, ["Pod Created", "Host Path"]),
        ("Host Path and not host-path", 0, ["Host Path"]),
        ("everything", 1, ["Everything"]),
        ("background", 0, []),
        ("nothing of the kind", 0, []),
    ],
)
def test_what_is_selected(project: SmallProject, select: str, steps: int, rules: list[str]) -> None:
    report = judged(project, select)
    assert (len(report.steps), [each.name for each in report.rules]) == (steps, rules)
    assert len(report.background) == (select == "background")


def test_exit_status_of_selections(project: SmallProject) -> None:
    assert judged(project, "trailing").exit_code is ExitCode.GOOD
    assert judged(project, "background").exit_code is ExitCode.GOOD
    assert judged(project, "nothing of the kind").exit_code is ExitCode.NOTHING_SELECTED
    project.rules += SILENT
    assert judged(project, "Silent").exit_code is ExitCode.CHECK_FAILED
    assert judged(project, "trailing").exit_code is ExitCode.GOOD


def test_the_published_plugin_is_compared_event_by_event(project: SmallProject) -> None:
    assert judged(project, published=True).published == ()
    project.rules = RULES.replace("(/proc, /etc))", "(/proc, /etc) or kar.req.configmap.name = slash)")
    report = judged(project, published=True)
    assert report.exit_code is ExitCode.GOOD
    assert report.published is not None
    (found,) = report.published
    (difference,) = found.differences
    assert (found.rule, found.verdict, found.unknown_fields) == ("Host Path", RuleVerdict.FAILED, ())
    assert (str(difference.event), difference.fires, difference.fires_published, difference.fields) == (
        "data/1.37/host-path.jsonl:2", False, True, ("kar.req.configmap.name",)
    )  # fmt: skip


def test_rules_with_fields_that_the_published_plugin_has_not_do_not_load_there(project: SmallProject) -> None:
    project.rules += SILENT.replace("kar.verb = NEVER", "kar.target.kind = Never")
    report = judged(project, published=True)
    assert report.published is not None
    (found,) = report.published
    assert (found.rule, found.verdict, found.unknown_fields) == ("Silent", None, ("kar.target.kind",))


def test_both_plugins_know_their_common_fields_by_the_same_type() -> None:
    corrected = load_catalog()
    for published in load_catalog("published"):
        field = corrected.find(published.name)
        assert field is not None
        assert (field.type, field.is_list, field.argument) == (published.type, published.is_list, published.argument)


def test_scenarios_that_changed_are_refused_all_at_once(project: SmallProject) -> None:
    project.write()
    folder = project.scenarios_folder
    (folder / "host-path.yaml").write_text(HOST_PATH.replace("name: bad", "name: worse"))
    (folder / "new.yaml").write_text(EVERYTHING.replace("name: everything", "name: new"))
    (project.dataset / "1.37" / "background.jsonl").write_bytes(b"{}\n")
    project.rules_file.write_text(RULES.replace("kar.verb", "kar.vrb"))
    found = faults(project)
    assert any("kar.vrb" in fault for fault in found)
    assert any("differs from its manifest" in fault for fault in found)
    (project.dataset / "1.37" / "background.jsonl").write_bytes(
        line(resource="configmaps", verb="UPDATE", name="noise") + b"\n"
    )
    project.rules_file.write_text(RULES)
    assert [fault.split(": ")[0] for fault in faults(project)] == ["scenarios/host-path.yaml", "scenarios/new.yaml"]


def test_an_overlay_that_does_not_load_is_named_in_its_scenario(project: SmallProject) -> None:
    project.scenarios["everything"] = EVERYTHING.replace("rule: Everything", "rule: Nothing")
    project.write()
    (fault,) = faults(project)
    assert fault.startswith("scenarios/everything.yaml:6:")
    assert "-r bundled" in fault


def test_lines_that_are_no_reviews_are_refused(project: SmallProject) -> None:
    project.recorded["everything"] = {"a configmap": [b'{"kind":"AdmissionReview"}']}
    project.write()
    catalog = load_catalog()
    inputs = read_inputs([project.rules_file], project.scenarios_folder, [project.dataset], catalog)
    with pytest.raises(ToolkitError, match=r"everything.jsonl:1: no admission review") as caught:
        validate(inputs, catalog)
    assert caught.value.exit_code == ExitCode.BAD_INPUT
