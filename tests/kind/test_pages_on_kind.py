"""What the pages show of kind clusters, typed as it stands there."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from kind_machine import NODE_IMAGE, RECORDER_IMAGE, ROOT, Kept
from test_readme import run_blocks

pytestmark = pytest.mark.kind


def test_the_readmes_commands_on_kind_give_what_is_shown(
    kept: Kept, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = yaml.safe_load(kept.kubeconfig.read_text())
    config["contexts"][0]["name"] = "staging"
    (tmp_path / "config").write_text(yaml.safe_dump(config))
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "config"))
    monkeypatch.setenv("TOOLKIT_CACHE", str(tmp_path / "cache"))
    if NODE_IMAGE:
        monkeypatch.setenv("TOOLKIT_IMAGE", NODE_IMAGE)
    if RECORDER_IMAGE:
        monkeypatch.setenv("TOOLKIT_RECORDER_IMAGE", RECORDER_IMAGE)
        monkeypatch.setenv("TOOLKIT_LOAD_IMAGE", RECORDER_IMAGE)
    assert run_blocks(ROOT / "README.md", folder, "kind") == 2
