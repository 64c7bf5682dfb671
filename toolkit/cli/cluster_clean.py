"""`toolkit cluster clean`: what runs that were killed left, in a cluster of others or on this machine."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from toolkit.errors import ExitCode, Fault, ToolkitError, environment

if TYPE_CHECKING:
    from toolkit.cli.existing import Existing
    from toolkit.cluster.existing.connection import Connection
    from toolkit.cluster.existing.leftovers import Findings


def clean_existing(flags: Existing) -> None:
    """Remove from a cluster everything with the toolkit's labels, of whichever run.

    Raises ToolkitError: exit 2 without the confirmation, 4 when something cannot be removed.
    """
    from toolkit.cli.existing import require_confirmation
    from toolkit.cluster.existing.connection import connected
    from toolkit.cluster.existing.contexts import find_context
    from toolkit.cluster.existing.leftovers import remove

    context = find_context(flags.kubeconfig, flags.context)
    require_confirmation(context, confirmed=flags.confirmed, would=_would_remove)
    with connected(context) as connection:
        typer.echo(f"{connection.greeting} (context {context.name})", err=True)
        found = _find(connection)
        for each in found.leftovers:
            typer.echo(f"removing {each}, of run {each.run or 'unknown'}", err=True)
        faults = remove(connection.client, found.leftovers)
        for kind in found.unseen:
            typer.echo(f"warning: what is left of {kind} is not known: this user may not list them", err=True)
        if faults:
            raise ToolkitError(faults, ExitCode.ENVIRONMENT)
        typer.echo(f"{len(found.leftovers)} objects removed" if found.leftovers else "nothing is left there", err=True)


def clean_machine() -> None:
    """Remove what is left on this machine of clusters that nobody holds any more: files, containers, networks.

    Raises ToolkitError (exit 4) when something cannot be removed.
    """
    from toolkit.cluster.folders import clusters_folder
    from toolkit.cluster.supervisor import clear_away, leftovers

    folder = clusters_folder()
    before = _folders(folder)
    _await_endings(folder)
    if before:
        clear_away(folder)
    for gone in sorted(before - _folders(folder)):
        typer.echo(f"removed {folder / gone}", err=True)
    if stuck := leftovers(folder) if before else []:
        words = [f"what stands for {each} could not be ended; {each / 'at-end.log'} says why" for each in stuck]
        raise ToolkitError([Fault(word, hint="is Docker running?") for word in words], ExitCode.ENVIRONMENT)
    typer.echo("nothing is left on this machine of clusters that are not up", err=True)


def _await_endings(root: Path) -> None:
    """Wait for those who are just ending their clusters: what they take away is not left."""
    from toolkit.cluster.supervised import ENDING
    from toolkit.cluster.supervisor import is_ending

    deadline = time.monotonic() + ENDING
    while ending := [name for name in sorted(_folders(root)) if is_ending(root / name)]:
        if time.monotonic() > deadline:
            raise environment(f"{', '.join(ending)}: still being ended after {ENDING:.0f} s", hint="is Docker running?")
        time.sleep(0.1)


def _folders(root: Path) -> set[str]:
    return {path.name for path in root.iterdir() if path.is_dir()} if root.is_dir() else set()


def _find(connection: Connection) -> Findings:
    from toolkit.cluster.existing.leftovers import find_leftovers, removable_kinds

    return find_leftovers(connection.client, removable_kinds(connection.client))


def _would_remove(connection: Connection) -> Iterator[str]:
    leftovers = _find(connection).leftovers
    yield "it would remove:" if leftovers else "there is nothing with the toolkit's labels to be removed"
    yield from (f"  {each}, of run {each.run or 'unknown'}" for each in leftovers)
