"""Settings: files, variables, precedence and faults."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from toolkit.errors import ExitCode, ToolkitError
from toolkit.settings import Settings, load_settings


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "below").mkdir()
    (tmp_path / "toolkit.toml").write_text('fields = ["fields.yaml", "more/fields.yaml"]\n')
    return tmp_path


def test_paths_of_a_file_count_from_its_folder(project: Path) -> None:
    assert load_settings(project / "below", {}) == Settings((project / "fields.yaml", project / "more" / "fields.yaml"))


def test_a_variable_counts_more(project: Path) -> None:
    variables = {"TOOLKIT_FIELDS": os.pathsep.join(["a.yaml", "b.yaml"])}
    assert load_settings(project, variables).fields == (Path("a.yaml"), Path("b.yaml"))


def test_pyproject(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[tool.toolkit]\nfields = ["f.yaml"]\n[tool.other]\nx = 1\n')
    assert load_settings(tmp_path, {}).fields == (tmp_path / "f.yaml",)


def test_without_a_file_all_is_the_default(tmp_path: Path) -> None:
    (tmp_path / "testing" / "k8s").mkdir(parents=True)
    assert load_settings(tmp_path, {"TOOLKIT_CACHE": "/x", "TOOLKIT_FIELDS": ""}) == Settings()


@pytest.mark.parametrize(
    ("text", "line", "message", "hint"),
    [
        ('fields = ["a"]\nfield = 1', 2, 'unknown setting "field"', 'did you mean "fields"?'),
        ("[colours]\nx = 1", 1, 'unknown setting "colours"', "known are fields"),
        ('fields = "a.yaml"', 1, "\"fields\" is a list of paths, found 'a.yaml'", 'fields = ["fields.yaml"]'),
        ("fields = [", 1, "not TOML", None),
    ],
)
def test_faults(tmp_path: Path, text: str, line: int, message: str, hint: str | None) -> None:
    (tmp_path / "toolkit.toml").write_text(text)
    with pytest.raises(ToolkitError) as caught:
        load_settings(tmp_path, {})
    fault = caught.value.faults[0]
    assert caught.value.exit_code == ExitCode.USAGE
    assert fault.place is not None
    assert (fault.place.file, fault.place.line) == (str(tmp_path / "toolkit.toml"), line)
    assert fault.message.startswith(message)
    assert fault.hint == hint


def test_a_file_that_is_not_utf8(tmp_path: Path) -> None:
    (tmp_path / "toolkit.toml").write_bytes(b"\xff")
    with pytest.raises(ToolkitError, match="cannot be read"):
        load_settings(tmp_path, {})


@pytest.mark.parametrize("text", ["[tool]\ntoolkit = 5", "tool = 5"])
def test_a_pyproject_without_tables(tmp_path: Path, text: str) -> None:
    (tmp_path / "pyproject.toml").write_text(text)
    (tmp_path / "testing" / "k8s").mkdir(parents=True)
    with pytest.raises(ToolkitError, match="is a table, found 5"):
        load_settings(tmp_path, {})
