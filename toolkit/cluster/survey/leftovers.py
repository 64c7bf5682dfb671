"""What runs that were killed left on this machine: folders that nobody holds, containers that no folder claims."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from toolkit.cluster import supervisor
from toolkit.cluster.engine import Engine
from toolkit.cluster.folders import clusters_folder
from toolkit.cluster.kind.end import LABEL
from toolkit.cluster.survey.finding import Finding, State, listed

Ask = Callable[[Sequence[str]], list[str]]
"""Asks the engine, and returns the lines of its answer."""
_OWN_NAME = re.compile(r"toolkit-[0-9a-f]{8}")
_INSPECT = '{{index .Config.Labels "' + LABEL + '"}} {{range $name, $_ := .NetworkSettings.Networks}}{{$name}} {{end}}'


def folders() -> Finding:
    """Look for folders of clusters that nobody holds and nobody wanted kept."""
    root = clusters_folder()
    purpose = "clusters of the toolkit"
    left = sorted(folder.name for folder in supervisor.leftovers(root)) if root.is_dir() else []
    if not left:
        return Finding("leftovers", State.GOOD, "none", purpose)
    found = f"clusters that nobody holds any more: {listed(left)} (in {root})"
    return Finding("leftovers", State.WARNING, found, purpose, "toolkit cluster clean")


@dataclass(frozen=True, slots=True)
class Unclaimed:
    """Kind clusters and networks that look like the toolkit's, without a folder that stands for them."""

    clusters: tuple[str, ...]
    networks: tuple[str, ...]


def containers(engine: Engine, ask: Ask | None = None) -> Finding:
    """Look for kind clusters and networks of the toolkit's that no folder claims. Nothing is removed.

    A cluster is the toolkit's when it is on a network of its own name; a network without one when its name is of the
    kind that the toolkit makes up.
    """
    purpose = "clusters of the toolkit"
    try:
        found = unclaimed(ask or _asker(engine.program), _claims(clusters_folder()))
    except (OSError, subprocess.SubprocessError) as error:
        return Finding("unclaimed", State.WARNING, f"{engine.name} was not asked: {error}", purpose)
    if not found.clusters and not found.networks:
        return Finding("unclaimed", State.GOOD, "none", purpose)
    words = [f"cluster {name}" for name in found.clusters] + [f"network {name}" for name in found.networks]
    remedy = [f"kind delete cluster --name {name}" for name in found.clusters]
    remedy += [f"{engine.name} network rm {name}" for name in (*found.clusters, *found.networks)]
    where = f"in {engine.name}, and nothing in {clusters_folder()} stands for them: {listed(words)}"
    return Finding("unclaimed", State.WARNING, where, purpose, f"if nobody uses them: {' && '.join(remedy)}")


def unclaimed(ask: Ask, claimed: set[str]) -> Unclaimed:
    """Return what the engine has of the toolkit's that is not `claimed`. Raises what `ask` raises."""
    names = ask(["ps", "--all", "--filter", f"label={LABEL}", "--format", "{{.Names}}"])
    nodes = [line.split() for line in ask(["inspect", "--format", _INSPECT, *names])] if names else []
    clusters = {words[0]: set(words[1:]) for words in nodes if words}
    own = {name for name, networks in clusters.items() if name in networks or _OWN_NAME.fullmatch(name)}
    networks = {name for name in ask(["network", "ls", "--format", "{{.Name}}"]) if _OWN_NAME.fullmatch(name)}
    return Unclaimed(tuple(sorted(own - claimed)), tuple(sorted(networks - claimed - set(clusters))))


def _claims(root: Path) -> set[str]:
    return set(_names(root)) if root.is_dir() else set()


def _names(root: Path) -> Iterator[str]:
    for folder in root.iterdir():
        if folder.is_dir():
            yield folder.name.removesuffix(".reused")


def _asker(program: str) -> Ask:
    def ask(arguments: Sequence[str]) -> list[str]:
        answer = subprocess.run([program, *arguments], capture_output=True, text=True, timeout=20, check=True)
        return answer.stdout.splitlines()

    return ask
