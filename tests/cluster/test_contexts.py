"""Which cluster a context means, and what is wrong with a kubeconfig that does not say."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from toolkit.cluster.existing.contexts import find_context
from toolkit.errors import ExitCode, ToolkitError


def write(path: Path, *names: str, current: str | None = None) -> Path:
    config: dict[str, Any] = {
        "clusters": [{"name": f"c-{name}", "cluster": {"server": f"https://{name}:6443"}} for name in names],
        "users": [{"name": f"u-{name}", "user": {}} for name in names],
        "contexts": [{"name": name, "context": {"cluster": f"c-{name}", "user": f"u-{name}"}} for name in names],
    }
    path.write_text(json.dumps(config | ({"current-context": current} if current else {})))
    return path


def test_a_context_is_found_by_name_or_is_the_current_one(tmp_path: Path) -> None:
    file = write(tmp_path / "config", "staging", "production", current="production")
    found = find_context(file, "staging")
    assert (found.name, found.server, found.user) == ("staging", "https://staging:6443", "u-staging")
    assert find_context(file, None).name == "production"
    assert str(found) == "https://staging:6443 (context staging, user u-staging)"


def test_several_files_are_one_as_kubectl_has_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = write(tmp_path / "one", "a"), write(tmp_path / "other", "b")
    monkeypatch.setenv("KUBECONFIG", f"{one}:{tmp_path / 'missing'}:{other}")
    assert find_context(None, "a").server == "https://a:6443"
    assert find_context(None, "b").server == "https://b:6443"


@pytest.mark.parametrize(
    ("text", "name", "message", "hint"),
    [
        (None, None, "there is no kubeconfig", "--kubeconfig"),
        ("", None, "cannot be read as a kubeconfig", "kubectl config view"),
        ("{", None, "cannot be read as a kubeconfig", "kubectl config view"),
        ("[1, 2]", None, "cannot be read as a kubeconfig", "kubectl config view"),
        ("contexts: [1]", "x", "cannot be read as a kubeconfig", "kubectl config view"),
        ("contexts: 5", "x", "cannot be read as a kubeconfig", "kubectl config view"),
        ("contexts: []", None, "has no current context", "--context"),
        ("contexts: [{name: staging}]", "stagin", 'has no context "stagin"', 'did you mean "staging"?'),
        ("contexts: [{name: a}, {name: b}]", "qqq", 'has no context "qqq"', "there are: a, b"),
        ("contexts: [{name: a}]", "a", "names no cluster with a server", "kubectl config view"),
        ("contexts: [{name: a, context: 7}]", "a", "cannot be read as a kubeconfig", "kubectl config view"),
        ("clusters: [{cluster: {}}]\ncontexts: [{name: a}]", "a", "cannot be read as a kubeconfig", "kubectl"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, text: str | None, name: str | None, message: str, hint: str) -> None:
    file = tmp_path / "config"
    if text is not None:
        file.write_text(text)
    with pytest.raises(ToolkitError, match=message) as caught:
        find_context(file, name)
    assert caught.value.exit_code == ExitCode.USAGE
    assert hint in str(caught.value)
