"""The house keeps its order: who may import whom, one door per library, no room too large."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parent.parent / "toolkit"
MODULES = sorted(path for path in PACKAGE.rglob("*.py") if "bundled" not in path.parts)

GROUND = {"places", "errors", "home", "settings", "texts", "located"}
MAY_IMPORT: dict[str, set[str]] = {
    "storage": set(),
    "events": {"storage"},
    "fields": {"events"},
    "conditions": {"fields"},
    "ruleset": {"conditions", "fields"},
    "engine": {"ruleset", "conditions", "fields", "events", "storage"},
    "spread": {"engine", "ruleset", "fields", "events", "storage"},
    "configuration": {"engine", "ruleset"},
    "outputs": {"configuration", "engine", "ruleset"},
    "lints": {"engine", "ruleset", "conditions", "fields", "events"},
    "webhook": {"events"},
    "live": {"webhook", "outputs", "configuration", "engine", "ruleset", "fields", "events"},
    "scenarios": {"webhook", "events"},
    "cluster": {"scenarios", "webhook", "events"},
    "capture": {"cluster", "scenarios", "webhook", "events"},
    "dataset": {"capture", "cluster", "scenarios", "events"},
    "judge": {"dataset", "scenarios", "lints", "engine", "ruleset", "conditions", "fields", "events"},
    "reports": {"judge", "engine", "lints", "ruleset", "fields", "events"},
}
"""What stands to the left of each part (besides the ground, which all may use); the commands may use everything."""

DOORS: dict[str, set[str]] = {
    "kubernetes": {"cluster"},
    "websocket": {"cluster"},
    "typer": {"cli"},
    "rich": {"cli", "reports"},
    "uvicorn": {"webhook"},
    "h11": {"webhook"},
    "starlette": {"webhook"},
    "prometheus_client": {"webhook"},
    "cryptography": {"webhook", "cluster"},
    "re2": {"conditions"},
    "zstandard": {"events", "spread"},
    "watchdog": {"live"},
    "fsspec": {"storage"},
    "distributed": {"spread"},
    "urllib3": {"outputs", "cluster"},
}
PURE = {"fields", "conditions", "ruleset", "configuration", "judge"}
IMPURE_MODULES = {"subprocess", "socket", "random", "threading", "multiprocessing"}


def part(path: Path) -> str:
    """Return the room of a module: its folder, or its own name when it stands at the root."""
    relative = path.relative_to(PACKAGE)
    return relative.parts[0] if len(relative.parts) > 1 else relative.stem


def imports(path: Path) -> Iterator[tuple[str, int]]:
    """Yield every absolute module that a file imports, with its line."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: relative import"
            module = node.module or ""
            yield (module, node.lineno)
            if module == "toolkit":
                yield from ((f"toolkit.{alias.name}", node.lineno) for alias in node.names)


def ids(path: Path) -> str:
    """Name a module in the test's output."""
    return str(path.relative_to(PACKAGE))


@pytest.mark.parametrize("path", MODULES, ids=ids)
def test_a_part_imports_only_parts_to_its_left(path: Path) -> None:
    room = part(path)
    if room in {"cli", "__init__", "__main__"}:
        return
    allowed = GROUND | {room} | MAY_IMPORT.get(room, set())
    for module, line in imports(path):
        words = module.split(".")
        if words[0] == "toolkit" and len(words) > 1:
            inside = (PACKAGE / words[1]).is_dir() or (PACKAGE / f"{words[1]}.py").is_file()
            assert not inside or words[1] in allowed, f"{path}:{line}: {room} must not import {words[1]}"


@pytest.mark.parametrize("path", MODULES, ids=ids)
def test_a_library_has_one_door(path: Path) -> None:
    for module, line in imports(path):
        rooms = DOORS.get(module.split(".")[0])
        assert rooms is None or part(path) in rooms, f"{path}:{line}: {module} belongs to {sorted(rooms or ())}"
        if part(path) in PURE:
            assert module.split(".")[0] not in IMPURE_MODULES, f"{path}:{line}: {part(path)} is pure"


@pytest.mark.parametrize("path", MODULES, ids=ids)
def test_no_module_is_over_300_lines(path: Path) -> None:
    assert len(path.read_text("utf-8").splitlines()) <= 300


def functions() -> Iterator[tuple[Path, ast.FunctionDef | ast.AsyncFunctionDef]]:
    """Yield every function of the package with its file."""
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield path, node


def test_95_percent_of_functions_are_within_30_lines() -> None:
    lengths = [(node.end_lineno or 0) - node.lineno + 1 for _, node in functions()]
    long = sum(length > 30 for length in lengths)
    assert long <= 0.05 * len(lengths), f"{long} of {len(lengths)} functions are over 30 lines"
