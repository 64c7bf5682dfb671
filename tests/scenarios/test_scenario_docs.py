"""The page on scenarios shows what works, and leaves no verb or key out."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from toolkit.scenarios.format import COMMON, MANIFEST_VERBS, VERBS
from toolkit.scenarios.loader import load_folder

PAGE = (Path(__file__).parent.parent.parent / "docs" / "scenarios.md").read_text("utf-8")
EXAMPLES = [text for text in re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL) if "apiVersion: toolkit/v1" in text]


@pytest.mark.parametrize("text", EXAMPLES)
def test_the_examples_load(tmp_path: Path, text: str) -> None:
    (tmp_path / "my-first.yaml").write_text(text, "utf-8")
    folder = load_folder(tmp_path)
    assert folder.scenarios or folder.impossible or folder.background


def test_every_verb_and_key_is_explained() -> None:
    assert len(EXAMPLES) == 3
    rows = set(re.findall(r"^\| `(\w+)", PAGE, re.MULTILINE))
    assert rows >= {*MANIFEST_VERBS, *VERBS}
    assert rows >= {*COMMON, "consequences"}
    assert rows <= {*MANIFEST_VERBS, *VERBS, *COMMON, "consequences"}
