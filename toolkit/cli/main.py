"""The command `toolkit`: its subcommands, and the one place where an error becomes an exit code."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from importlib import import_module
from importlib.util import find_spec

import typer

from toolkit.errors import ExitCode, ToolkitError
from toolkit.texts import visible

app = typer.Typer(
    name="toolkit",
    help="The test bench for Falco rules over Kubernetes admission events.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # help without rich, which takes longer to import than all the rest
    context_settings={"help_option_names": ["-h", "--help"]},
)

COMMANDS = (
    "validate",
    "generate",
    "run",
    "lint",
    "extract",
    "fields",
    "record",
    "cluster",
    "doctor",
    "data",
    "version",
)
"""The commands in the order of the help text; each is a module here whose `register(app)` adds it."""

_EXTRAS = {"zstandard": "zstd", "fsspec": "remote", "dask": "dask", "distributed": "dask"}
"""What to install the toolkit with for packages that not one command alone needs."""

for _command in filter(lambda name: find_spec(f"toolkit.cli.{name}"), COMMANDS):
    import_module(f"toolkit.cli.{_command}").register(app)


def main() -> None:
    """Run the command line; every ToolkitError is printed on stderr and becomes its exit code."""
    for stream in ("stdout", "stderr"):
        if getattr(sys, stream) is None:  # closed by whoever started the command
            setattr(sys, stream, os.fdopen(os.open(os.devnull, os.O_WRONLY), "w", encoding="utf-8"))
    status = _run()
    try:
        sys.stdout.flush()
    except OSError as error:
        status = _unwritable(error)
    sys.exit(status)


def _run() -> int | str | None:
    try:
        app(standalone_mode=True)
    except SystemExit as end:
        return _ended(end)
    except ToolkitError as error:
        _say(*(f"error: {fault}" for fault in error.faults))
        return error.exit_code
    except ModuleNotFoundError as error:
        extra = _EXTRAS.get(error.name or "") or ("live" if sys.argv[1:2] == ["run"] else "cluster")
        hint = f"pip install 'k8sadmission-toolkit[{extra}]'"
        _say(f"error: the package {error.name} is not installed\n  hint: {hint}")
        return ExitCode.ENVIRONMENT
    except OSError as error:
        return _unwritable(error)
    return ExitCode.GOOD


def _ended(end: SystemExit) -> int | str | None:
    """Return the status of a command that ended by itself; typer has statuses of its own for two cases."""
    if isinstance(end.__context__, BrokenPipeError):
        return _unwritable(end.__context__)
    if end.code == ExitCode.INTERRUPTED:
        _say("interrupted")
    return end.code


def _unwritable(error: OSError) -> ExitCode:
    """Return the status where the machine does not take what is written; a reader that has gone away is no fault."""
    with suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    if isinstance(error, BrokenPipeError):
        return ExitCode.GOOD
    _say(f"error: {error.filename or 'the output'}: {error.strerror or error}")
    return ExitCode.ENVIRONMENT


def _say(*lines: str) -> None:
    with suppress(OSError):
        print(*map(visible, lines), sep="\n", file=sys.stderr)
