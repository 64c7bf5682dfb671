"""Scenario files are read with a place for every fault, all faults in one run."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import jsonschema
import pytest
import yaml

from toolkit.errors import ExitCode, Fault, ToolkitError
from toolkit.located import read_yaml
from toolkit.scenarios import format as file_format
from toolkit.scenarios.loader import load_folder, load_scenarios
from toolkit.scenarios.model import ADMIN
from toolkit.scenarios.placeholders import plain_manifest

POD = "{apiVersion: v1, kind: Pod, metadata: {name: p}, spec: {containers: [{name: c, image: busybox}]}}"
HEAD = "apiVersion: toolkit/v1\nkind: Scenario\nmetadata: {name: s, description: d}\nspec:\n"
Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Return a function that writes files by name and gives their folder."""

    def _write(**files: str) -> Path:
        for name, text in files.items():
            (tmp_path / f"{name.replace('_', '-')}.yaml").write_text(text)
        return tmp_path

    return _write


def faults(folder: Path) -> list[Fault]:
    with pytest.raises(ToolkitError) as caught:
        load_scenarios(folder)
    assert caught.value.exit_code == ExitCode.BAD_INPUT
    return list(caught.value.faults)


def steps(*entries: str) -> str:
    return HEAD + "  steps:\n" + "".join(f"    - {entry}\n" for entry in entries)


def test_a_step_is_read_with_its_defaults_and_expectations(write: Write) -> None:
    entry = (
        f"{{name: a, create: {POD}, dryRun: true, fires: [A, B], nearMiss: {{C: because}}, "
        "consequences: [{user: u, verb: CREATE, resource: pods, fires: {D: 2}}]}"
    )
    (scenario,) = load_scenarios(write(s=steps(entry)))
    (step,) = scenario.steps
    assert (scenario.name, scenario.namespace, scenario.own_namespace) == ("s", "s", True)
    assert (step.verb, step.identity, step.dry_run, step.status) == ("create", ADMIN, True, None)
    assert step.fires == {"A": 1, "B": 1}
    assert step.near_miss == {"C": "because"}
    (consequence,) = step.consequences
    assert (consequence.user, consequence.verb, consequence.resource) == ("u", "CREATE", "pods")
    assert (consequence.namespace, consequence.name, consequence.fires) == (None, None, {"D": 2})
    assert plain_manifest(step.manifests[0])["metadata"] == {"name": "p"}


def test_rule_places_point_at_the_rule_names(write: Write) -> None:
    (scenario,) = load_scenarios(write(s=steps(f"name: a\n      create: {POD}\n      fires: [A]")))
    place = scenario.steps[0].rule_places["A"]
    assert (place.line, place.column) == (8, 15)


@pytest.mark.parametrize(
    ("entry", "message", "hint"),
    [
        (f"{{name: a, creat: {POD}}}", 'unknown key "creat"', 'did you mean "create"?'),
        (f"{{name: a, create: {POD}, get: {{resource: pods}}}}", "expected exactly one verb, found 2", None),
        ("{name: a}", "expected exactly one verb, found none", None),
        (f"{{create: {POD}}}", 'key "name" is missing', None),
        (f"{{name: a, create: {POD}, status: 99}}", "expected an HTTP status (200 to 599), found 99", None),
        (f"{{name: a, create: {POD}, dryRun: 'yes'}}", "expected true or false, found 'yes'", None),
        (f"{{name: a, create: {POD}, fires: [A, A]}}", 'rule "A" is listed twice', "a map gives counts: A: 2"),
        (f"{{name: a, create: {POD}, fires: [A], nearMiss: {{A: x}}}}", "under fires and under nearMiss", None),
        (f"{{name: a, create: {POD}, nearMiss: {{A: ''}}}}", "expected a text that is not empty", None),
        ("{name: a, get: {resource: podz}}", 'resource "podz" is not known', 'did you mean "pods"?'),
        ("{name: a, get: {resource: pods}, records: nothing, fires: [A]}", "records nothing cannot judge", None),
        ("{name: a, exec: {name: p, command: ls}}", "expected a list, found 'ls'", None),
        ("{name: a, exec: {name: p, command: [ls]}, dryRun: true}", "exec knows no dry run", None),
        ("{name: a, create: {apiVersion: v1, kind: Podd, metadata: {name: p}}}", "v1 Podd is not a known kind", None),
        ("{name: a, create: {apiVersion: v1, kind: Pod}}", "a manifest needs metadata.name", None),
        ("{name: a, create: {kind: Pod}}", "a manifest needs apiVersion and kind", None),
        ("{name: a, create: {file: gone.yaml}}", "manifest gone.yaml cannot be read", None),
        (f"{{name: a, create: {POD}, needs: [gpu]}}", "expected one of controllers", None),
        (f"{{name: a, create: {POD}, waitFor: {{resource: x, name: y, condition: exists}}}}", '"x" is not known', None),
    ],
)
def test_a_wrong_step_names_what_was_found_and_where(write: Write, entry: str, message: str, hint: str | None) -> None:
    (fault,) = faults(write(s=steps(entry)))
    assert message in fault.message
    assert fault.place is not None
    assert fault.place.line == 6
    assert fault.snippet is not None
    assert entry.strip() in fault.snippet or len(entry) > 90
    assert hint is None or fault.hint == hint


def test_all_faults_of_all_files_come_in_one_run(write: Write) -> None:
    folder = write(s=steps("{name: a}", "{name: b, get: {}}"), t="apiVersion: toolkit/v1\nkind: Scen\n", u="a: [")
    found = faults(folder)
    assert [Path(fault.place.file).name for fault in found if fault.place] == ["u.yaml", "s.yaml", "s.yaml", "t.yaml"]


def test_two_steps_of_one_name_are_a_fault(write: Write) -> None:
    (fault,) = faults(write(s=steps(f"{{name: a, create: {POD}}}", "{name: a, get: {resource: pods}}")))
    assert fault.message == 'two steps are named "a"'


def test_the_scenario_is_named_like_its_file(write: Write) -> None:
    (fault,) = faults(write(other=steps("{name: a, get: {resource: pods}}")))
    assert 'the name "s" is not the file\'s' in fault.message


def test_manifests_may_stand_beside_the_scenario_but_not_alone(write: Write) -> None:
    folder = write(s=steps("{name: a, create: {file: pod.yaml}}"), pod=f"{POD}\n---\n{POD.replace('p}', 'q}')}")
    (scenario,) = load_scenarios(folder)
    assert [plain_manifest(m)["metadata"]["name"] for m in scenario.steps[0].manifests] == ["p", "q"]
    (fault,) = faults(write(stray=POD))
    assert "neither a scenario nor a manifest" in fault.message


def test_the_digest_covers_what_is_played_and_not_the_expectations(write: Write) -> None:
    def digest(text: str, pod: str = POD) -> str:
        return load_scenarios(write(s=text, pod=pod))[0].digest

    entry = "{name: a, create: {file: pod.yaml}, fires: [A]}"
    before = digest(steps(entry))
    assert digest(steps(entry.replace("[A]", "[B]"))) == before
    assert digest("# a comment\n" + steps(entry)) == before
    assert digest(steps(entry.replace("fires", "dryRun: true, fires"))) != before
    assert digest(steps(entry), POD.replace("busybox", "nginx")) != before
    assert digest(steps(entry).replace("spec:\n", "spec:\n  namespace: default\n")) != before


def test_a_custom_resource_is_known_by_its_definition(write: Write) -> None:
    definition = (
        "{apiVersion: apiextensions.k8s.io/v1, kind: CustomResourceDefinition, metadata: {name: widgets.example.com}, "
        "spec: {group: example.com, scope: Namespaced, names: {plural: widgets, kind: Widget}, versions: [{name: v1}]}}"
    )
    widget = "{apiVersion: example.com/v1, kind: Widget, metadata: {name: w}}"
    text = steps(f"{{name: a, create: {definition}}}", f"{{name: b, create: {widget}}}")
    (scenario,) = load_scenarios(write(s=text))
    assert scenario.resources["widgets"].root == "/apis/example.com/v1"


def test_repeat_writes_out_a_long_text(write: Write) -> None:
    pod = "{apiVersion: v1, kind: ConfigMap, metadata: {name: p}, data: {a: {$repeat: {text: xy, times: 3}}}}"
    (scenario,) = load_scenarios(write(s=steps(f"{{name: a, create: {pod}}}")))
    assert plain_manifest(scenario.steps[0].manifests[0])["data"] == {"a": "xyxyxy"}


def test_impossible_and_background_give_rules_reasons_and_places(write: Write) -> None:
    folder = load_folder(
        write(
            impossible="apiVersion: toolkit/v1\nkind: Impossible\nrules:\n  A: reads are not seen\n",
            background="apiVersion: toolkit/v1\nkind: Background\nfires:\n  B: noise\n",
        )
    )
    assert [(c.rule, c.reason, c.place.line) for c in folder.impossible] == [("A", "reads are not seen", 4)]
    assert [(c.rule, c.reason, c.place.line) for c in folder.background] == [("B", "noise", 4)]


BAD_YAML = {
    "deep": b"a: " + b"[" * 100_000,
    "bomb": b"a: &a [1,1,1,1,1,1,1,1,1,1]\n"
    + b"".join(b"b%d: &b%d [%s]\n" % (i, i, b",".join([b"*b%d" % (i - 1) if i else b"*a"] * 10)) for i in range(9)),
    "twice": b"a: 1\na: 2",
    "bytes": b"a: \xff\xfe",
    "open": b"a: {b: 1",
    "tag": b"a: !!python/object:os.system x",
    "number-key": b"1: a",
    "control": b"a: \x00",
    "alias": b"a: *b",
}


@pytest.mark.parametrize("text", BAD_YAML.values(), ids=BAD_YAML.keys())
def test_text_that_is_not_plain_yaml_gives_one_fault_with_its_file(text: bytes) -> None:
    with pytest.raises(ToolkitError) as caught:
        read_yaml(text, "f.yaml")
    (fault,) = caught.value.faults
    assert fault.place is not None
    assert fault.place.file == "f.yaml"


def test_dates_and_clock_times_stay_text() -> None:
    text = b"a: 2024-01-02\nb: 12:30:45\nc: 0755\nd: 0x1f\ne: no\nf: ~\ng: 1.5\nh: '1'\n"
    assert read_yaml(text, "f")[0].plain() == {
        "a": "2024-01-02", "b": "12:30:45", "c": 0o755, "d": 31, "e": False, "f": None, "g": 1.5, "h": "1",
    }  # fmt: skip


@pytest.mark.parametrize("kind", file_format.DOCUMENTS)
def test_the_published_schema_is_the_formats_own(kind: str) -> None:
    path = Path(file_format.__file__).with_name(f"{kind.lower()}.schema.json")
    assert json.loads(path.read_text()) == file_format.json_schema(kind)
    jsonschema.Draft202012Validator.check_schema(file_format.json_schema(kind))


def test_the_schema_and_the_loader_agree() -> None:
    validator = jsonschema.Draft202012Validator(file_format.json_schema("Scenario"))
    good = f"name: a\n      create: [{POD}]\n      fires: {{A: 2}}"
    assert validator.is_valid(yaml.safe_load(steps(good)))
    assert validator.is_valid(yaml.safe_load(steps("{name: a, raw: {method: GET, path: /api}, status: 404}")))
    for entry in ("{name: a}", "{name: a, creat: {}}", "{get: {resource: x}}", "{name: a, get: {resource: ''}}"):
        assert not validator.is_valid(yaml.safe_load(steps(entry))), entry


def test_an_image_of_a_node_needs_nodes_and_a_name(write: Write) -> None:
    pod = POD.replace("image: busybox", "image: {$nodeImage: etcd}")
    (fault,) = faults(write(s=steps(f"{{name: a, create: {pod}}}")))
    assert fault.message == "only a cluster with nodes has images of nodes"
    assert fault.hint == "say `needs: [kubelet]` in the scenario's spec"
    (fault,) = faults(write(s=steps(f"{{name: a, needs: [kubelet], create: {pod.replace('etcd', 'a/b')}}}")))
    assert "expected the last part of a repository's name" in fault.message
    (scenario,) = load_scenarios(write(s=steps(f"{{name: a, needs: [kubelet], create: {pod}}}")))
    assert plain_manifest(scenario.steps[0].manifests[0])["spec"]["containers"][0]["image"] == "node.image/etcd"
