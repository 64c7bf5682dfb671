"""The command `toolkit`: its subcommands, and the one place where an error becomes an exit code."""

from __future__ import annotations

import os
import sys
from importlib import import_module
from importlib.util import find_spec

import typer
from typer.core import TyperGroup

from toolkit.errors import ExitCode, ToolkitError


class Commands(TyperGroup):
    """The subcommands; what typer would answer with a status of its own is answered here."""

    def invoke(self, ctx: typer.Context) -> object:  # type: ignore[override]
        """Run the chosen command; a reader that has gone away ends it quietly, Ctrl-C with status 130."""
        try:
            result: object = super().invoke(ctx)
            sys.stdout.flush()
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise typer.Exit(ExitCode.GOOD) from None
        except KeyboardInterrupt:
            print("interrupted", file=sys.stderr)
            raise typer.Exit(ExitCode.INTERRUPTED) from None
        return result


app = typer.Typer(
    name="toolkit",
    cls=Commands,
    help="The test bench for Falco rules over Kubernetes admission events.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
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

for _command in filter(lambda name: find_spec(f"toolkit.cli.{name}"), COMMANDS):
    import_module(f"toolkit.cli.{_command}").register(app)


def main() -> None:
    """Run the command line; every ToolkitError is printed on stderr and becomes its exit code."""
    try:
        app(standalone_mode=True)
    except ToolkitError as error:
        for fault in error.faults:
            print(f"error: {fault}", file=sys.stderr)
        sys.exit(error.exit_code)
    except ModuleNotFoundError as error:
        extra = "zstd" if error.name == "zstandard" else "cluster"
        print(f"error: the package {error.name} is not installed", file=sys.stderr)
        print(f"  hint: pip install 'k8sadmission-toolkit[{extra}]'", file=sys.stderr)
        sys.exit(ExitCode.ENVIRONMENT)
