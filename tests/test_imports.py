"""What judges needs no cluster library, and help comes quickly because nothing heavy is loaded for it."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = ("kubernetes", "uvicorn", "starlette", "cryptography")


def loaded(*arguments: str) -> set[str]:
    """Run a command in a fresh interpreter and return the top-level modules it loaded."""
    code = (
        "import sys\n"
        "from toolkit.cli.main import app\n"
        f"try: app({list(arguments)!r})\n"
        "except SystemExit: pass\n"
        "print(*sorted({name.split('.')[0] for name in sys.modules}), file=sys.stderr)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(run.stderr.splitlines()[-1].split())


@pytest.mark.parametrize("command", [["validate"], ["run", "--help"], ["lint"], ["extract", "--help"], ["fields"]])
def test_what_judges_never_loads_the_cluster(command: list[str]) -> None:
    modules = loaded(*command)
    assert "typer" in modules
    assert not modules.intersection(HEAVY)


def test_help_loads_no_parser_of_anything() -> None:
    assert not loaded("--help").intersection({*HEAVY, "orjson", "msgspec", "yaml", "re2", "jsonschema"})
