"""A dataset is written whole or not at all, and read only when every file is what its manifest says."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from toolkit.dataset import manifest as manifests
from toolkit.dataset.manifest import (
    Manifest,
    Provenance,
    RecordedBackground,
    RecordedScenario,
    RecordedStep,
    decode,
    encode,
)
from toolkit.dataset.read import drift, load_dataset
from toolkit.dataset.write import write_dataset
from toolkit.errors import ExitCode, Fault, ToolkitError
from toolkit.scenarios.loader import load_scenarios

LINES = b'{"a":1}\n{"a":2}\n'
NOISE = b'{"b":1}\n'


def a_manifest(lines: bytes = LINES, digest: str = "0" * 64, **more: str) -> Manifest:
    step = RecordedStep("first", lines=(1,), consequences=(2,))
    scenario = RecordedScenario(
        f"sha256:{digest}", "s.jsonl", manifests.sha256(lines), lines.count(b"\n"), (step, RecordedStep("second"))
    )
    made = Provenance("1.37.2", "local", "toolkit", "0.1.0")
    background = RecordedBackground("background.jsonl", manifests.sha256(NOISE), 1, made)
    return Manifest("1.37", made, ("uids",), {"s": scenario}, {"local": background})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return the folder of a dataset that is as it should be."""
    folder = tmp_path / "test_files" / "1.37"
    write_dataset(folder, a_manifest(), {"s.jsonl": LINES, "background.jsonl": NOISE})
    return folder


def faults(folder: Path) -> list[Fault]:
    with pytest.raises(ToolkitError) as caught:
        load_dataset(folder)
    assert caught.value.exit_code == ExitCode.BAD_INPUT
    return list(caught.value.faults)


def test_what_is_written_is_read(folder: Path) -> None:
    for place in (folder, folder.parent):
        (dataset,) = load_dataset(place)
        assert dataset.version == "1.37"
        assert dataset.scenarios["s"].lines == (b'{"a":1}', b'{"a":2}')
        assert dataset.scenarios["s"].steps["first"].lines == (1,)
        assert dataset.scenarios["s"].steps["first"].consequences == (2,)
        assert dataset.scenarios["s"].steps["second"].lines == ()
        assert dataset.background["local"].lines == (b'{"b":1}',)
        assert dataset.background["local"].path.name == "background.jsonl"


def test_versions_come_newest_first(folder: Path) -> None:
    for version in ("1.9", "1.34"):
        write_dataset(folder.with_name(version), a_manifest(), {"s.jsonl": LINES, "background.jsonl": NOISE})
    assert [dataset.folder.name for dataset in load_dataset(folder.parent)] == ["1.37", "1.34", "1.9"]


def test_a_changed_file_a_missing_one_and_an_extra_one_are_named_together(folder: Path) -> None:
    (folder / "s.jsonl").write_bytes(LINES.replace(b"1", b"3"))
    (folder / "background.jsonl").unlink()
    (folder / "extra.jsonl").touch()
    found = {Path(fault.place.file).name: fault.message for fault in faults(folder) if fault.place}
    assert found.keys() == {"s.jsonl", "background.jsonl", "extra.jsonl"}
    assert "differs from its manifest" in found["s.jsonl"]
    assert "No such file" in found["background.jsonl"]
    assert "not named by the manifest" in found["extra.jsonl"]


def test_a_step_cannot_name_a_line_that_is_not_there(folder: Path) -> None:
    path = folder / "manifest.json"
    path.write_bytes(path.read_bytes().replace(b'"consequences": [\n      2', b'"consequences": [\n      7'))
    (fault,) = faults(folder)
    assert "names line 7, and s.jsonl has 2" in fault.message


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda text: text[:-20], "not JSON"),
        (lambda text: b"\xff" + text, "not JSON"),
        (lambda text: text.replace(b'"kind": "Dataset"', b'"kind": "Data"'), "$.kind"),
        (lambda text: text.replace(b'"file"', b'"fiel"'), "fiel"),
        (lambda text: text.replace(b'"lines": 2', b'"lines": "2"'), "Expected `int`, got `str`"),
    ],
)
def test_a_broken_manifest_says_what_is_wrong(folder: Path, change: object, message: str) -> None:
    path = folder / "manifest.json"
    path.write_bytes(change(path.read_bytes()))  # type: ignore[operator]
    (fault,) = faults(folder)
    assert message in fault.message


def test_no_dataset_is_an_error(tmp_path: Path) -> None:
    (fault,) = faults(tmp_path)
    assert "no dataset" in fault.message
    assert faults(tmp_path / "gone")


def test_writing_the_same_again_changes_nothing(folder: Path) -> None:
    before = folder.stat().st_mtime_ns, folder.stat().st_ino
    assert write_dataset(folder, a_manifest(), {"s.jsonl": LINES, "background.jsonl": NOISE}) == (0, 2)
    assert (folder.stat().st_mtime_ns, folder.stat().st_ino) == before


def test_writing_replaces_the_whole_folder(folder: Path) -> None:
    (folder / "old.jsonl").touch()
    new = LINES.replace(b"2", b"4")
    assert write_dataset(folder, a_manifest(new), {"s.jsonl": new, "background.jsonl": NOISE}) == (1, 1)
    assert {path.name for path in folder.iterdir()} == {"s.jsonl", "background.jsonl", "manifest.json"}
    assert [path.name for path in folder.parent.iterdir()] == ["1.37"]


def test_a_write_that_fails_leaves_the_old_dataset(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(path: Path, data: bytes) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("toolkit.dataset.write._write", full)
    with pytest.raises(ToolkitError, match="No space left on device") as caught:
        write_dataset(folder, a_manifest(b""), {"s.jsonl": b"", "background.jsonl": NOISE})
    assert caught.value.exit_code == ExitCode.ENVIRONMENT
    assert load_dataset(folder)[0].scenarios["s"].lines
    assert [path.name for path in folder.parent.iterdir()] == ["1.37"]


def test_leftovers_of_a_killed_writer_are_removed(folder: Path) -> None:
    left = folder.with_name(".1.37-999999999")
    left.mkdir()
    write_dataset(folder, a_manifest(b""), {"s.jsonl": b"", "background.jsonl": NOISE})
    assert not left.exists()


def test_folders_are_replaced_where_the_system_cannot_exchange_them(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("toolkit.dataset.write._exchange", lambda one, other: False)
    new = LINES.replace(b"2", b"4")
    write_dataset(folder, a_manifest(new), {"s.jsonl": new, "background.jsonl": NOISE})
    assert load_dataset(folder)[0].scenarios["s"].lines[1] == b'{"a":4}'
    assert [path.name for path in folder.parent.iterdir()] == ["1.37"]


def test_drift_names_changed_new_and_vanished_scenarios(folder: Path, tmp_path: Path) -> None:
    text = (
        "apiVersion: toolkit/v1\nkind: Scenario\nmetadata: {name: NAME, description: d}\n"
        "spec: {steps: [{name: first, get: {resource: pods}}]}\n"
    )
    scenarios = tmp_path / "scenarios"
    scenarios.mkdir()
    (scenarios / "s.yaml").write_text(text.replace("NAME", "s"))
    (scenarios / "t.yaml").write_text(text.replace("NAME", "t"))
    (dataset,) = load_dataset(folder)
    loaded = load_scenarios(scenarios)
    assert [fault.message.split(" ")[0:3] for fault in drift(dataset, loaded)] == [
        ["the", "scenario", "changed"],
        ["no", "events", "of"],
    ]
    assert [f.message for f in drift(dataset, [])] == ['events of a scenario "s" that does not exist']
    digest = loaded[0].digest.removeprefix("sha256:")
    files = {"s.jsonl": LINES, "background.jsonl": NOISE}
    write_dataset(folder, a_manifest(digest=digest), files)
    assert not drift(load_dataset(folder)[0], loaded[:1])


def test_the_published_schema_is_the_manifests_own() -> None:
    path = Path(manifests.__file__).with_name("manifest.schema.json")
    schema = json.loads(path.read_text())
    assert schema == json.loads(json.dumps(manifests.json_schema()))
    document = json.loads(encode(a_manifest()))
    jsonschema.validate(document, schema)
    assert decode(encode(a_manifest()), Path("m")) == a_manifest()
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**document, "kind": "Other"}, schema)
