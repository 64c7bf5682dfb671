"""What the provider `kind` needs: a container engine that answers, and kind."""

from __future__ import annotations

from toolkit.cluster.kind.tool import INSTALL_KIND, KNOWN_KIND, NODE_IMAGES, KindProgram
from toolkit.cluster.survey.engine_facts import EngineFacts
from toolkit.cluster.survey.finding import Finding, State
from toolkit.errors import Fault

_PURPOSE = "clusters in containers"
OLDEST_ENGINE = (20, 10)
"""The first docker that tells which cgroups it uses; podman and nerdctl count otherwise."""


def engine(name: str, found: EngineFacts | Fault) -> Finding:
    """Say how it stands with the engine of that name."""
    if isinstance(found, Fault):
        return _lacking(name, found)
    words = f"{found.version}, {'rootless' if found.is_rootless else 'running as root'}"
    if name == "docker" and _release(found.version) < OLDEST_ENGINE:
        oldest = ".".join(map(str, OLDEST_ENGINE))
        return Finding(name, State.WARNING, f"{words}; {oldest} or newer is known to work", _PURPOSE, _UPGRADE)
    return Finding(name, State.GOOD, words, _PURPOSE)


def kind(found: KindProgram | Fault) -> Finding:
    """Say how it stands with kind, and for which Kubernetes versions a node image is known."""
    if isinstance(found, Fault):
        return _lacking("kind", found)
    words = f"{found.version} ({found.path}); node images known: Kubernetes {', '.join(NODE_IMAGES)}"
    if found.release != KNOWN_KIND:
        known = ".".join(map(str, KNOWN_KIND))
        return Finding("kind", State.WARNING, f"{words}; {known} is known to work with them", _PURPOSE, INSTALL_KIND)
    return Finding("kind", State.GOOD, words, _PURPOSE)


_UPGRADE = "sudo apt-get install --only-upgrade docker.io"


def _lacking(name: str, fault: Fault) -> Finding:
    words = f"{fault.message}: {fault.snippet}" if fault.snippet else fault.message
    return Finding(name, State.LACKING, words, _PURPOSE, fault.hint or "")


def _release(version: str) -> tuple[int, ...]:
    """Return the first two numbers; a version that is not told is taken for a new one."""
    numbers = version.split(".")[:2]
    return tuple(map(int, numbers)) if all(each.isdigit() for each in numbers) else OLDEST_ENGINE
