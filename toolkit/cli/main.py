"""The command `toolkit`: its subcommands, and the one place where an error becomes an exit code."""

from __future__ import annotations

import os
import sys
from importlib import import_module
from importlib.util import find_spec

import typer

from toolkit.errors import ExitCode, ToolkitError

app = typer.Typer(
    name="toolkit",
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
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(ExitCode.GOOD)
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        sys.exit(ExitCode.INTERRUPTED)
