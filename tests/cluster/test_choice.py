"""Which provider is used where none is named, and the one line that says why."""

from __future__ import annotations

import pytest
from stand_ins import NOT_RUNNING, Programs

from toolkit.cli.kind import Kind
from toolkit.cluster.choice import Choice, choose
from toolkit.cluster.recorder.deployment import IMAGE
from toolkit.errors import ToolkitError


def test_kind_where_docker_answers_and_kind_is_there(machine: Programs) -> None:
    machine.docker()
    machine.kind()
    assert choose() == Choice("kind", "Docker and kind are here")


def test_local_without_docker(machine: Programs) -> None:
    machine.kind()
    assert choose() == Choice("local", "docker is not installed; --provider kind needs it")


def test_local_without_kind_or_with_one_that_is_too_old(machine: Programs) -> None:
    machine.docker()
    assert choose() == Choice("local", "kind is not on the PATH; --provider kind needs it")
    machine.kind("0.20.0")
    assert choose().reason.startswith("kind 0.20.0 is too old")


def test_local_where_docker_does_not_run(machine: Programs) -> None:
    machine.kind()
    machine.put("docker", {}, fails=NOT_RUNNING)
    found = choose()
    assert found.name == "local"
    assert found.reason.startswith("docker does not answer")
    assert "\n" not in found.reason


def test_the_engine_that_kind_is_told_to_use_counts(machine: Programs, monkeypatch: pytest.MonkeyPatch) -> None:
    machine.docker()
    machine.kind()
    monkeypatch.setenv("KIND_EXPERIMENTAL_PROVIDER", "podman")
    reason = "podman, which KIND_EXPERIMENTAL_PROVIDER names, is not installed; --provider kind needs it"
    assert choose() == Choice("local", reason)


def test_a_provider_that_is_named_is_not_looked_for(machine: Programs) -> None:
    assert choose("kind") == Choice("kind")


def test_variables_stand_for_flags_that_are_not_given(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = Kind().settings()
    assert (plain.image, plain.deployment.image, plain.load_images) == (None, IMAGE, ())
    monkeypatch.setenv("TOOLKIT_IMAGE", "node:v1")
    monkeypatch.setenv("TOOLKIT_RECORDER_IMAGE", "recorder:v1")
    monkeypatch.setenv("TOOLKIT_LOAD_IMAGE", "recorder:v1 other:v1")
    assert not Kind().is_meant(), "a variable asks for no provider"
    named = Kind().settings()
    assert (named.image, named.deployment.image) == ("node:v1", "recorder:v1")
    assert named.load_images == ("recorder:v1", "other:v1")
    assert Kind().settings("1.37").image is None, "a version that is asked for names its own image"
    flags = Kind(image="node:v2", recorder_image="recorder:v2", load_images=("recorder:v2",)).settings()
    assert (flags.image, flags.deployment.image, flags.load_images) == ("node:v2", "recorder:v2", ("recorder:v2",))


def test_an_unknown_recorder_is_a_usage_error() -> None:
    with pytest.raises(ToolkitError, match='there is no recorder "tolkit"'):
        Kind(recorder="tolkit").settings()
