"""A checkout or rules repository is found by searching upward; elsewhere the package's own data is used."""

from __future__ import annotations

from pathlib import Path

import pytest

from toolkit.home import bundled_root, find_home


@pytest.mark.parametrize(
    ("marker", "text"),
    [("toolkit.toml", ""), ("pyproject.toml", "[tool.toolkit]\n"), ("testing/k8s/scenario.yaml", "")],
)
def test_a_marker_above_makes_a_home(tmp_path: Path, marker: str, text: str) -> None:
    (tmp_path / marker).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / marker).write_text(text)
    below = tmp_path / "a" / "b"
    below.mkdir(parents=True)
    home = find_home(below)
    assert (home.root, home.is_checkout) == (tmp_path.resolve(), True)


@pytest.mark.parametrize("text", ["[tool.other]\n", "not toml [", "\x80"])
def test_any_other_project_is_no_home(tmp_path: Path, text: str) -> None:
    (tmp_path / "pyproject.toml").write_text(text, encoding="latin-1")
    assert find_home(tmp_path) == find_home(tmp_path.parent)


def test_elsewhere_the_packages_own_data_is_used(tmp_path: Path) -> None:
    home = find_home(tmp_path)
    assert not home.is_checkout
    assert home.rules == bundled_root() / "rules"


def test_a_home_without_a_folder_falls_back_to_the_bundled_one(tmp_path: Path) -> None:
    (tmp_path / "toolkit.toml").touch()
    (tmp_path / "rules").mkdir()
    home = find_home(tmp_path)
    assert home.rules == tmp_path.resolve() / "rules"
    assert home.scenarios == bundled_root() / "testing" / "k8s"
