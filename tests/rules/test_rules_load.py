"""The rules load in a Falco with the published plugin as they are, and nothing is wrong with them."""

from __future__ import annotations

from pathlib import Path

import pytest
from bundled import GAPS, WELL_KNOWN, items, loaded

from toolkit.fields.catalog import load_catalog
from toolkit.lints.model import Level
from toolkit.lints.run import lint

FILES = [(WELL_KNOWN,), (WELL_KNOWN, GAPS)]


@pytest.mark.parametrize("plugin", ["corrected", "published"])
@pytest.mark.parametrize("files", FILES, ids=["well-known", "both"])
def test_each_file_loads_without_error_or_warning(plugin: str, files: tuple[Path, ...]) -> None:
    found = loaded(plugin, *files)
    assert [(fault.message, str(fault.place)) for fault in found.faults] == []
    for result in found.as_json():
        assert (result["successful"], result["schema_valid"]) == (True, True), result["name"]
        assert (result["errors"], result["warnings"]) == ([], []), result["name"]


@pytest.mark.parametrize("plugin", ["corrected", "published"])
def test_the_lints_find_nothing_that_matters(plugin: str) -> None:
    findings = lint(loaded(plugin), load_catalog(plugin), plugin)
    assert [str(finding) for finding in findings if finding.level is not Level.INFO] == []


def test_the_gaps_need_the_first_file() -> None:
    assert loaded("corrected", GAPS).ruleset is None


@pytest.mark.parametrize("file", [WELL_KNOWN, GAPS], ids=lambda file: file.stem)
def test_a_file_says_which_plugins_it_needs(file: Path) -> None:
    (needed,) = (item["required_plugin_versions"] for item in items(file) if "required_plugin_versions" in item)
    assert [entry["name"] for entry in needed] == ["k8sadmission", "json"]
