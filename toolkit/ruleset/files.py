"""Where rules come from: files, folders, and the rules that come along."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from toolkit.errors import Faults
from toolkit.home import find_home
from toolkit.places import Place
from toolkit.ruleset.loader import RuleFile

BUNDLED = "bundled"
"""The word that stands for the rules that come along."""

ENDINGS = (".yaml", ".yml")
"""How the names of rules files end."""


def read_rule_files(paths: Sequence[str | Path] = ()) -> list[RuleFile]:
    """Read rules files in the order given; no path at all means the bundled rules.

    Of a folder its `.yaml` and `.yml` files are read, in bytewise order of their names, without folders in it. Raises
    ToolkitError (exit 3) with every path that is missing, empty of rules or unreadable.
    """
    faults = Faults()
    found: list[RuleFile] = []
    for path in paths or (BUNDLED,):
        folder = find_home().rules if str(path) == BUNDLED else Path(path)
        found += _read(folder, faults)
    faults.check()
    return found


def _read(path: Path, faults: Faults) -> Iterator[RuleFile]:
    if not path.exists():
        faults.add("no such file or folder", Place(str(path)), hint=f"`{BUNDLED}` names the rules that come along")
        return
    files = rule_files_in(path) if path.is_dir() else [path]
    if not files:
        faults.add("holds no .yaml or .yml file", Place(str(path)))
    for file in files:
        try:
            yield RuleFile(str(file), file.read_bytes())
        except OSError as error:
            faults.add(f"cannot be read: {error.strerror or error}", Place(str(file)))


def rule_files_in(folder: Path) -> list[Path]:
    """Return a folder's rules files in bytewise order of their names, without those of folders in it."""
    files = [path for path in folder.iterdir() if path.suffix in ENDINGS and path.is_file()]
    return sorted(files, key=lambda path: path.name.encode("utf-8", "surrogateescape"))
