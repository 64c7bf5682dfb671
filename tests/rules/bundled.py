"""The rules files of the checkout, loaded."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import yaml

from toolkit.fields.catalog import load_catalog
from toolkit.ruleset.files import read_rule_files
from toolkit.ruleset.loader import Loaded, load

ROOT = Path(__file__).resolve().parent.parent.parent
WELL_KNOWN = ROOT / "rules" / "k8s_admission_rules.yaml"
GAPS = ROOT / "rules" / "k8s_admission_rules_gaps.yaml"


@cache
def loaded(plugin: str, *files: Path) -> Loaded:
    """Return what loading the files comes to."""
    return load(read_rule_files(files or (WELL_KNOWN, GAPS)), load_catalog(plugin))


@cache
def items(file: Path) -> tuple[dict[str, Any], ...]:
    """Return a file's items as plain values."""
    return tuple(yaml.safe_load(file.read_text("utf-8")))


def rules() -> tuple[dict[str, Any], ...]:
    """Return the rules of both files as plain values."""
    return tuple(item for file in (WELL_KNOWN, GAPS) for item in items(file) if "rule" in item)
