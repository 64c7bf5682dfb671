"""Where rules, scenarios and datasets lie: the checkout's, or the ones that travel in the package."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


@dataclass(frozen=True, slots=True)
class Home:
    """The root folder in force, and the folders below it that commands use by default."""

    root: Path
    is_checkout: bool

    @property
    def rules(self) -> Path:
        """The folder of the bundled rules."""
        return self._or_bundled("rules")

    @property
    def scenarios(self) -> Path:
        """The folder of the scenarios."""
        return self._or_bundled("testing/k8s")

    @property
    def dataset(self) -> Path:
        """The folder of the datasets, one folder per Kubernetes minor version."""
        return self._or_bundled("test_files")

    @property
    def control_plane(self) -> Path:
        """The folder of the Go modules that the local control plane is built from."""
        return self._or_bundled("scripts/control-plane")

    def _or_bundled(self, name: str) -> Path:
        own = self.root / name
        return own if own.is_dir() else bundled_root() / name


def bundled_root() -> Path:
    """Return the root of the data that came with this package: inside the wheel, or the checkout it runs from."""
    inside = _PACKAGE / "bundled"
    return inside if inside.is_dir() else _PACKAGE.parent


def find_home(start: Path | None = None) -> Home:
    """Search upward from `start` (default: the current folder) for a checkout or a rules repository.

    A folder counts when it holds `toolkit.toml`, a `pyproject.toml` with `[tool.toolkit]`, or `testing/k8s`.
    Where none is found the package's own data is used.
    """
    folder = (start or Path.cwd()).resolve()
    for candidate in (folder, *folder.parents):
        if _is_home(candidate):
            return Home(candidate, is_checkout=True)
    return Home(bundled_root(), is_checkout=False)


def _is_home(folder: Path) -> bool:
    if (folder / "toolkit.toml").is_file() or (folder / "testing" / "k8s").is_dir():
        return True
    project = folder / "pyproject.toml"
    if not project.is_file():
        return False
    try:
        tools = tomllib.loads(project.read_text("utf-8")).get("tool")
    except (tomllib.TOMLDecodeError, UnicodeDecodeError):
        return False
    return isinstance(tools, dict) and "toolkit" in tools
