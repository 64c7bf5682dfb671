"""Fields of a user's own, from a YAML file."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opening import POD, review

from toolkit.errors import ExitCode, ToolkitError
from toolkit.fields.catalog import load_catalog
from toolkit.fields.extractor import EventFields, Extractor
from toolkit.fields.model import Argument, Family
from toolkit.fields.user_fields import load_user_fields, schema

DEPLOYMENT = {
    "kind": {"group": "apps", "kind": "Deployment"},
    "resource": {"group": "apps", "resource": "deployments"},
    "object": {
        "metadata": {"labels": {"app.kubernetes.io/name": "web"}},
        "spec": {
            "replicas": 3,
            "template": {"spec": {"containers": [{"image": "a"}, {}], "initContainers": [{"image": "b"}]}},
        },
    },
}
GOOD = """
# yaml-language-server: $schema=fields.schema.json
fields:
  - name: kar.req.deployment.images
    type: list
    path:
      - request.object.spec.template.spec.containers[].image
      - request.object.spec.template.spec.initContainers[].image
    argument: index
    gate: {kind: Deployment, group: apps}
    description: Images of a deployment's template.
  - name: kar.label
    type: string
    path:
      - request.object.metadata.labels.{key}
      - request.oldObject.metadata.labels.{key}
    argument: key
    description: A label of the object, or of the old one.
  - name: kar.req.deployment.first_container
    type: string
    json: true
    path: request.object.spec.template.spec.containers[0]
    gate: {resource: [deployments, statefulsets], group: apps}
    description: First container as JSON.
  - name: my.replicas
    type: string
    path: request.object.spec.replicas
    description: Number of replicas.
"""


def written(tmp_path: Path, text: str, name: str = "fields.yaml") -> Path:
    file = tmp_path / name
    file.write_text(dedent(text), "utf-8")
    return file


def opened(tmp_path: Path, text: str, request: dict[str, Any]) -> EventFields:
    catalog = load_catalog("corrected", load_user_fields([written(tmp_path, text)]))
    return Extractor(catalog).open(review(request), 1, 0)


def test_values(tmp_path: Path) -> None:
    fields = opened(tmp_path, GOOD, DEPLOYMENT)
    assert fields.value("kar.req.deployment.images") == ["a", "b"]
    assert fields.value("kar.req.deployment.images", "1") is None
    assert fields.value("kar.req.deployment.images", "2") == ["b"]
    assert fields.value("kar.label", "app.kubernetes.io/name") == "web"
    assert fields.value("kar.label", "no") is None
    assert fields.value("kar.req.deployment.first_container") == '{"image":"a"}'
    assert fields.value("my.replicas") == "3"


def test_gates(tmp_path: Path) -> None:
    fields = opened(tmp_path, GOOD, {**DEPLOYMENT, **POD})
    assert fields.value("kar.req.deployment.images") is None
    assert fields.value("kar.req.deployment.first_container") is None
    assert fields.value("my.replicas") == "3"


def test_the_old_object(tmp_path: Path) -> None:
    fields = opened(tmp_path, GOOD, {"object": None, "oldObject": {"metadata": {"labels": {"a": "b"}}}})
    assert fields.value("kar.label", "a") == "b"


def test_how_they_are_listed(tmp_path: Path) -> None:
    images, label, *_ = load_user_fields([written(tmp_path, GOOD)])
    assert (images.family, images.is_list, images.argument, images.argument_required) == (
        Family.USER,
        True,
        Argument.INDEX,
        False,
    )
    assert (label.usage, label.argument_required) == ("kar.label[key]", True)
    assert str(images.gate) == "kind Deployment of apps"
    published = load_catalog("published", (images,))
    assert published.find("kar.req.deployment.images") is None


FAULTY = """\
fields:
  - name: kar.a
    typ: list
    path: request.object.x[]
    description: x
  - name: evt.mine
    type: list
    path: request..x
    description: x
  - name: kar.verb
    type: list
    path: request.operation
    description: x
  - name: kar.b
    type: string
    path: request.object.x[].y
    argument: index
    description: x
  - name: kar.c
    type: string
    path: request.object.labels
    argument: key
    description: x
  - name: kar.d
    type: string
    path: request.object.labels.{key}
    argument: index
    gate: {group: apps}
    description: x
  - name: not a name
    type: string
    path: []
    description: ""
  - name: kar.c
    type: string
    path: request.uid
    description: x
"""


def test_every_fault_of_every_file_has_its_place(tmp_path: Path) -> None:
    faulty, broken = written(tmp_path, FAULTY), written(tmp_path, "fields: [", "broken.yaml")
    with pytest.raises(ToolkitError) as caught:
        load_user_fields([faulty, broken, tmp_path / "no.yaml"])
    assert caught.value.exit_code == ExitCode.BAD_INPUT
    said = [str(fault).splitlines()[0].removeprefix(str(tmp_path)) for fault in caught.value.faults]
    assert sorted(said) == sorted(
        [
            '/fields.yaml:2:5: "type" is missing',
            '/fields.yaml:3:5: unknown key "typ"',
            '/fields.yaml:6:11: "evt.mine" belongs to Falco',
            "/fields.yaml:8:11: expected a member, [], [0] or {key}, found '..x' (sign 8 of the path)",
            "/fields.yaml:12:11: a list needs [] in its path",
            "/fields.yaml:16:11: a path with [] leads to a list",
            "/fields.yaml:21:11: a key needs {key} in the path",
            "/fields.yaml:28:11: expected kind or resource",
            "/fields.yaml:30:11: not a name for a field, found 'not a name'",
            "/fields.yaml:32:11: expected text or a list of texts, found []",
            "/fields.yaml:33:18: it is empty",
            "/broken.yaml:2:1: not YAML: did not find expected node content",
            "/no.yaml: cannot be read: No such file or directory",
        ]
    )


def test_names_that_are_taken(tmp_path: Path) -> None:
    text = "fields: [{name: kar.verb, type: string, path: request.operation, description: x}]"
    with pytest.raises(ToolkitError, match=r'fields\.yaml:1:17: there is a field "kar\.verb" already'):
        load_user_fields([written(tmp_path, text)])
    again = GOOD.split("  - name: kar.label", maxsplit=1)[0]
    with pytest.raises(ToolkitError, match="already"):
        load_user_fields([written(tmp_path, again), written(tmp_path, again, "again.yaml")])


BOMB = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{after}: &{after} [{','.join([f'*{before}'] * 9)}]\n" for before, after in pairwise("abcdefg")
)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "expected a mapping, found None"),
        ("- x", "expected a mapping, found ['x']"),
        ("fields: 5", "expected a list, found 5"),
        ("fields: []\nfields: []", '2:1: key "fields" stands twice'),
        ("[" * 100 + "]" * 100, "1:66: nested more than 64 levels deep"),
        ("[" * 3000, "nested more than 64 levels deep"),
        ("fields: &a [*a]", "1:13: alias *a has no anchor before it"),
        ("fields: !!python/object:os.system x", "1:9: tag tag:yaml.org,2002:python/object:os.system is not known here"),
        (BOMB, "more than 50000 values"),
        ("fields: 2024-99-99", "expected a list, found '2024-99-99'"),
    ],
    ids=range(10),
)
def test_files_that_are_something_else(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ToolkitError) as caught:
        load_user_fields([written(tmp_path, text)])
    assert said in str(caught.value)


def test_a_file_that_is_not_utf8(tmp_path: Path) -> None:
    file = tmp_path / "fields.yaml"
    file.write_bytes(b"fields:\n  - \xff")
    with pytest.raises(ToolkitError, match=r"fields\.yaml:2: not UTF-8 text"):
        load_user_fields([file])


@given(st.text())
def test_any_text_loads_or_is_a_fault(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    file = tmp_path_factory.getbasetemp() / "any.yaml"
    file.write_text(text, "utf-8")
    try:
        load_user_fields([file])
        files = {str(file)}
    except ToolkitError as error:
        files = {fault.place.file for fault in error.faults if fault.place}
    assert files == {str(file)}


def test_the_schema_is_one() -> None:
    from jsonschema import Draft202012Validator

    Draft202012Validator.check_schema(schema())


def test_the_example_of_the_documentation(tmp_path: Path) -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "fields.md").read_text("utf-8")
    example = page.partition("```yaml\n")[2].partition("```")[0]
    fields = opened(tmp_path, example, DEPLOYMENT)
    assert fields.value("kar.req.deployment.images") == ["b", "a"]
    assert fields.value("kar.req.label", "app.kubernetes.io/name") == "web"
