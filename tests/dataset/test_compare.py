"""A fresh capture is held against the dataset that is there, and each difference is named where it stands."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from toolkit.capture.assemble import ScenarioLines, StepLines
from toolkit.capture.complete import Proof
from toolkit.capture.session import Captured
from toolkit.dataset.build import build
from toolkit.dataset.compare import Comparison, compare, describe_noise
from toolkit.dataset.manifest import Provenance
from toolkit.dataset.read import load_dataset
from toolkit.dataset.write import write_dataset

PROVENANCE = Provenance("1.37.2", "local", "toolkit", "0.1.0")
KIND = Provenance("1.37.2", "kind", "kube-audit-rest 1.0.30", "0.1.0")
DIGEST = "sha256:" + "0" * 64


def noise(user: str) -> bytes:
    request = {"operation": "CREATE", "resource": {"group": "", "resource": "x"}, "userInfo": {"username": user}}
    return json.dumps({"request": request}, separators=(",", ":")).encode()


def scenario(name: str = "s", *lines: bytes, digest: str = DIGEST) -> ScenarioLines:
    lines = lines or (b'{"a":{"b":[1,2]}}', b'{"c":1}')
    steps = (StepLines("first", (1,), ()), StepLines("second", tuple(range(2, len(lines) + 1)), ()))
    return ScenarioLines(name, digest, lines, steps, 0)


def captured(*scenarios: ScenarioLines, background: tuple[bytes, ...] = (noise("a"),)) -> Captured:
    return Captured(scenarios or (scenario(),), background, Proof(0, 0, 0, 0, 0, 0))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return the folder of a dataset of two scenarios."""
    files = build(captured(scenario(), scenario("t")), PROVENANCE, None, partial=False)
    write_dataset(tmp_path / "1.37", files.manifest, files.content)
    return tmp_path / "1.37"


def compared(folder: Path, fresh: Captured, *, partial: bool = False) -> Comparison:
    (existing,) = load_dataset(folder)
    return compare(existing, build(fresh, PROVENANCE, None, partial=partial), partial=partial)


def test_the_same_again_differs_in_nothing(folder: Path) -> None:
    found = compared(folder, captured(scenario(), scenario("t")))
    assert (found.differences, found.new_shapes, found.missing_shapes, found.compared) == ((), {}, (), 2)


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ((b'{"a":{"b":[1,3]}}', b'{"c":1}'), "s.jsonl:1 · first\n    /a/b/1: 2 → 3"),
        ((b'{"a":{"b":[1]}}', b'{"c":1}'), "/a/b/1: 2 → absent"),
        ((b'{"a":{"b":[1,2]},"n":null}', b'{"c":1}'), "/n: absent → null"),
        ((b'{"a":{"b":[1,2]}}', b'{"c":1.0}'), "s.jsonl:2 · second\n    only the order of members"),
        ((b'{"a":{"b":[1,2]}}', b'{"c":1}', b"{}"), "s.jsonl:3 · second\n    the line is new"),
    ],
)
def test_a_line_that_differs_names_step_and_member(folder: Path, lines: tuple[bytes, ...], message: str) -> None:
    (difference,) = compared(folder, captured(scenario("s", *lines), scenario("t"))).differences
    assert message in difference


def test_scenarios_that_changed_came_or_went_are_named(folder: Path) -> None:
    fresh = captured(scenario(digest="sha256:" + "1" * 64), scenario("u"))
    changed, new, gone = compared(folder, fresh).differences
    assert "the scenario changed since it was recorded" in changed
    assert new.startswith("u: not in ")
    assert gone.endswith("t.jsonl: no such scenario was played")


def test_lines_that_belong_to_other_steps_are_a_difference(folder: Path) -> None:
    moved = replace(scenario(), steps=(StepLines("first", (1, 2), ()), StepLines("second", (), ())))
    (difference,) = compared(folder, captured(moved, scenario("t"))).differences
    assert "the lines are the same and belong to other steps" in difference


def test_noise_is_compared_by_shape_and_no_difference_by_itself(folder: Path) -> None:
    found = compared(folder, captured(scenario(), scenario("t"), background=(noise("b"),)))
    assert not found.differences
    assert list(describe_noise(found)) == ["did not come this time: CREATE x by a", "new: CREATE x by b"]


def test_a_part_of_the_scenarios_is_compared_alone(folder: Path) -> None:
    found = compared(folder, captured(scenario("t"), background=()), partial=True)
    assert (found.differences, found.missing_shapes, found.compared) == ((), (), 1)


def test_a_part_is_merged_and_the_rest_stays(folder: Path) -> None:
    (existing,) = load_dataset(folder)
    fresh = captured(scenario("t", b"{}"), background=(noise("b"),))
    files = build(fresh, PROVENANCE, existing, partial=True)
    assert list(files.manifest.scenarios) == ["s", "t"]
    assert files.content["s.jsonl"] == b'{"a":{"b":[1,2]}}\n{"c":1}\n'
    assert files.content["t.jsonl"] == b"{}\n"
    assert files.content["background.jsonl"] == noise("a") + b"\n"


def test_known_noise_of_the_same_version_stays_and_of_another_goes(folder: Path) -> None:
    (existing,) = load_dataset(folder)
    fresh = captured(background=(noise("b"),))
    same = build(fresh, PROVENANCE, existing, partial=False)
    assert same.content["background.jsonl"] == noise("a") + b"\n" + noise("b") + b"\n"
    other = build(fresh, replace_version("1.37.3"), existing, partial=False)
    assert other.content["background.jsonl"] == noise("b") + b"\n"


def test_noise_of_another_provider_has_a_file_of_its_own_and_what_was_there_stays(folder: Path) -> None:
    (existing,) = load_dataset(folder)
    files = build(captured(scenario(), scenario("t"), background=(noise("b"),)), KIND, existing, partial=False)
    assert files.content["background.jsonl"] == noise("a") + b"\n"
    assert files.content["background-kind.jsonl"] == noise("b") + b"\n"
    made = {name: each.provenance.provider for name, each in files.manifest.background.items()}
    assert made == {"kind": "kind", "local": "local"}
    write_dataset(folder, files.manifest, files.content)
    found = compared(folder, captured(scenario(), scenario("t"), background=(noise("c"),)))
    assert list(describe_noise(found)) == ["did not come this time: CREATE x by a", "new: CREATE x by c"]


def test_a_scenario_that_a_cluster_cannot_play_stays_with_what_made_it(folder: Path) -> None:
    (existing,) = load_dataset(folder)
    full = build(captured(scenario(), scenario("t"), scenario("k")), KIND, existing, partial=False)
    write_dataset(folder, full.manifest, full.content)
    left_out = replace(scenario("k"), lines=(), steps=(StepLines("first", (), (), "needs kubelet"),))
    again = captured(scenario(), scenario("t"), left_out)
    assert not compared(folder, again).differences
    (existing,) = load_dataset(folder)
    files = build(again, PROVENANCE, existing, partial=False)
    assert files.content["k.jsonl"] == b'{"a":{"b":[1,2]}}\n{"c":1}\n'
    assert files.manifest.provenance == PROVENANCE
    assert {name: each.provenance for name, each in files.manifest.scenarios.items()} == {
        "k": KIND,
        "s": None,
        "t": None,
    }
    for other in (replace(left_out, digest="sha256:" + "1" * 64), left_out):
        newer = replace_version("1.37.3") if other is left_out else PROVENANCE
        files = build(captured(scenario(), scenario("t"), other), newer, existing, partial=False)
        assert files.content["k.jsonl"] == b"", "of another version, or another scenario, it says nothing any more"


def test_a_part_from_another_provider_says_so_where_it_stands(folder: Path) -> None:
    (existing,) = load_dataset(folder)
    files = build(captured(scenario("t")), KIND, existing, partial=True)
    assert files.manifest.provenance == PROVENANCE
    assert [each.provenance for each in files.manifest.scenarios.values()] == [None, KIND]
    assert list(files.manifest.background) == ["local"]


def replace_version(version: str) -> Provenance:
    return Provenance(version, "local", "toolkit", "0.1.0")
