"""Where programs are looked for, and what is said when they are not there."""

from __future__ import annotations

from pathlib import Path

import pytest

from toolkit.cluster.choice import choose, provider_of
from toolkit.cluster.local import programs
from toolkit.errors import ExitCode, ToolkitError


@pytest.fixture(autouse=True)
def empty_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TOOLKIT_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.delenv("KUBEBUILDER_ASSETS", raising=False)
    return tmp_path


def put(folder: Path, version: str, *names: str) -> Path:
    folder.mkdir(parents=True)
    for name in names:
        (folder / name).write_text(f"#!/bin/sh\necho Kubernetes v{version}\n")
        (folder / name).chmod(0o755)
    return folder


def test_both_versions_are_pinned_newest_first() -> None:
    assert programs.known_versions() == {"1.37": "1.37.2", "1.34": "1.34.3"}


def test_missing_programs_are_named_with_the_command_that_builds_them() -> None:
    with pytest.raises(ToolkitError, match="etcd, kube-apiserver, kube-controller-manager not found") as caught:
        programs.find_programs("1.37")
    assert caught.value.exit_code == ExitCode.ENVIRONMENT
    assert "build.sh 1.37" in (caught.value.faults[0].hint or "")


def test_built_programs_are_found(empty_machine: Path) -> None:
    folder = put(empty_machine / "cache/control-plane/1.37.2", "1.37.2", *programs.NAMES)
    found = programs.find_programs("1.37")
    assert (found.version, found.etcd.parent, found.controller_manager.parent) == ("1.37.2", folder, folder)


def test_what_setup_envtest_holds_is_used_and_only_the_rest_is_missing(
    empty_machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assets = put(empty_machine / "assets", "1.37.0", "etcd", "kube-apiserver")
    monkeypatch.setenv("KUBEBUILDER_ASSETS", str(assets))
    with pytest.raises(ToolkitError, match=r"here: kube-controller-manager not found"):
        programs.find_programs("1.37")
    put(empty_machine / "cache/control-plane/1.37.2", "1.37.2", "kube-controller-manager")
    found = programs.find_programs("1.37")
    assert (found.version, found.apiserver) == ("1.37.0", assets / "kube-apiserver")


def test_assets_of_another_minor_version_are_left_alone(empty_machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assets = put(empty_machine / "assets", "1.3.7", *programs.NAMES)
    monkeypatch.setenv("KUBEBUILDER_ASSETS", str(assets))
    assert set(programs.search("1.37").values()) == {None}


def test_the_newest_patch_of_the_store_is_used(empty_machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platform.machine", lambda: "x86_64")
    monkeypatch.setattr("sys.platform", "linux")
    store = empty_machine / "data/kubebuilder-envtest/k8s"
    for version in ("1.37.9", "1.37.10", "1.34.99"):
        put(store / f"{version}-linux-amd64", version, "etcd", "kube-apiserver")
    assert programs.search("1.37")["kube-apiserver"] == store / "1.37.10-linux-amd64/kube-apiserver"


@pytest.mark.parametrize(
    ("name", "minor", "message"),
    [
        ("kin", "1.37", 'did you mean "kind"'),
        ("locl", "1.37", "did you mean"),
        ("local", "1.99", "Kubernetes 1.99 is not known"),
        ("kind", "1.99", "no node image is known for Kubernetes 1.99"),
    ],
)
def test_unknown_providers_and_versions_are_usage_errors(name: str, minor: str, message: str) -> None:
    with pytest.raises(ToolkitError, match=message) as caught:
        provider_of(choose(name), minor)
    assert caught.value.exit_code == ExitCode.USAGE
