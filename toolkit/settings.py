"""Settings: what stands in `toolkit.toml` or in `[tool.toolkit]` of `pyproject.toml`, and in TOOLKIT_* variables."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from toolkit.errors import ExitCode, Fault, ToolkitError, closest
from toolkit.home import find_home
from toolkit.places import Place

_ENV_FIELDS = "TOOLKIT_FIELDS"


@dataclass(frozen=True, slots=True)
class Settings:
    """What is configured; a flag of a command counts more, and what is not configured is the default.

    `fields`: the files that define fields of a user's own.
    """

    fields: tuple[Path, ...] = ()


_KEYS = ("fields",)


def load_settings(start: Path | None = None, variables: Mapping[str, str] | None = None) -> Settings:
    """Return the settings in force in a folder (default: the current one).

    A variable counts more than a file; paths in a file count from its folder. Raises ToolkitError (exit 2) with every
    fault and its place: what is no TOML, an unknown key, a value of another type.
    """
    variables = os.environ if variables is None else variables
    if variables.get(_ENV_FIELDS):
        return Settings(tuple(Path(part) for part in variables[_ENV_FIELDS].split(os.pathsep) if part))
    file = _file(find_home(start).root)
    return _from_file(file) if file else Settings()


def _file(root: Path) -> Path | None:
    for name in ("toolkit.toml", "pyproject.toml"):
        if (root / name).is_file():
            return root / name
    return None


def _from_file(file: Path) -> Settings:
    text = _read(file)
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ToolkitError(Fault(f"not TOML: {error}", _place_of(error, file, text)), ExitCode.USAGE) from error
    if file.name == "pyproject.toml":
        table = _table(_table(table, "tool", file), "toolkit", file)
    faults = [*_unknown_keys(table, file, text), *_wrong_fields(table, file, text)]
    if faults:
        raise ToolkitError(faults, ExitCode.USAGE)
    return Settings(tuple(file.parent / path for path in table.get("fields", ())))


def _table(table: dict[str, Any], name: str, file: Path) -> dict[str, Any]:
    found = table.get(name, {})
    if not isinstance(found, dict):
        message = f'"{name}" is a table, found {found!r:.60}'
        raise ToolkitError(Fault(message, Place(str(file)), "write [tool.toolkit]"), ExitCode.USAGE)
    return found


def _read(file: Path) -> str:
    try:
        return file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ToolkitError(Fault(f"cannot be read: {error}", Place(str(file))), ExitCode.USAGE) from error


def _unknown_keys(table: dict[str, Any], file: Path, text: str) -> list[Fault]:
    known = f"known are {', '.join(_KEYS)}"
    return [
        Fault(f'unknown setting "{key}"', _key_place(key, file, text), closest(key, _KEYS) or known)
        for key in table
        if key not in _KEYS
    ]


def _wrong_fields(table: dict[str, Any], file: Path, text: str) -> list[Fault]:
    value = table.get("fields", [])
    if isinstance(value, list) and all(isinstance(path, str) for path in value):
        return []
    found = f'"fields" is a list of paths, found {value!r:.60}'
    return [Fault(found, _key_place("fields", file, text), 'fields = ["fields.yaml"]')]


def _key_place(key: str, file: Path, text: str) -> Place:
    found = re.search(rf"^\s*[\"']?{re.escape(key)}[\"']?\s*[=.]|^\s*\[.*\b{re.escape(key)}\b", text, re.MULTILINE)
    return Place(str(file), text.count("\n", 0, found.end()) + 1 if found else None)


def _place_of(error: tomllib.TOMLDecodeError, file: Path, text: str) -> Place:
    found = re.search(r"line (\d+), column (\d+)", str(error))
    return Place(str(file), int(found[1]), int(found[2])) if found else Place(str(file), len(text.splitlines()) or 1)
