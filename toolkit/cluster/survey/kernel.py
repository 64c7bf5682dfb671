"""What kind clusters need of the kernel: cgroups, room to watch files, and root that may do what it must."""

from __future__ import annotations

from pathlib import Path

from toolkit.cluster.kind.tool import NODE_IMAGES
from toolkit.cluster.survey.engine_facts import EngineFacts
from toolkit.cluster.survey.finding import Finding, State

CGROUP_2_SINCE = (1, 35)
"""The first Kubernetes whose kubelet refuses cgroup version 1."""
INSTANCES, WATCHES = 512, 524288
"""The limits of inotify that kind advises; below them pods end with "too many open files"."""
_CAPABILITIES = {"CAP_SYS_ADMIN": 21, "CAP_SYS_RESOURCE": 24}
"""What starting a privileged container takes, and outer containers may lack: bits of a capability set."""
_DELEGATE = (
    "sudo mkdir -p /etc/systemd/system/user@.service.d && printf '[Service]\\nDelegate=yes\\n' | "
    "sudo tee /etc/systemd/system/user@.service.d/delegate.conf && sudo systemctl daemon-reload, then log in anew"
)
_CGROUP_2 = "boot with systemd.unified_cgroup_hierarchy=1 on the kernel's command line"


def cgroups(engine: EngineFacts, root: Path = Path("/")) -> Finding:
    """Say which version of cgroups nodes get, and which Kubernetes versions that rules out."""
    version = engine.cgroups or (2 if (root / "sys/fs/cgroup/cgroup.controllers").exists() else 1)
    purpose = "nodes of kind clusters"
    if version != 1:
        return Finding("cgroups", State.GOOD, f"version {version}", purpose)
    since = ".".join(map(str, CGROUP_2_SINCE))
    minors = minors_for_cgroup_1()
    can = f"of the node images known only {', '.join(minors)} can start" if minors else "no node image known can start"
    found = f"version 1, which kubelet refuses from Kubernetes {since} on: {can}"
    remedy = f"{kind_command(minors)}; for newer ones {_CGROUP_2}" if minors else _CGROUP_2
    return Finding("cgroups", State.WARNING if minors else State.LACKING, found, purpose, remedy)


def minors_for_cgroup_1() -> list[str]:
    """Return the Kubernetes versions with a known node image that start on cgroup version 1, newest first."""
    return [minor for minor in NODE_IMAGES if tuple(map(int, minor.split("."))) < CGROUP_2_SINCE]


def kind_command(minors: list[str]) -> str:
    """Return the command that uses the newest of these versions; "" when there is none."""
    return f"toolkit generate --provider kind --kubernetes {minors[0]}" if minors else ""


def inotify(root: Path = Path("/")) -> Finding:
    """Hold the limits of inotify against those that kind advises."""
    purpose = "kubelet and containerd in the nodes"
    try:
        instances, watches = (_number(root, f"max_user_{name}") for name in ("instances", "watches"))
    except (OSError, ValueError):
        return Finding("inotify", State.GOOD, "no limits are told here", purpose)
    found = f"{instances} instances, {watches} watches"
    if instances >= INSTANCES and watches >= WATCHES:
        return Finding("inotify", State.GOOD, found, purpose)
    found += f'; several nodes or clusters need {INSTANCES} and {WATCHES}, or pods end with "too many open files"'
    wanted = f"fs.inotify.max_user_instances={INSTANCES} fs.inotify.max_user_watches={WATCHES}"
    return Finding("inotify", State.WARNING, found, purpose, f"sudo sysctl {wanted}")


def privileges(engine: EngineFacts, root: Path = Path("/")) -> Finding:
    """Say whether the engine may start nodes: a rootless one may lack limits, root in a container capabilities."""
    if engine.is_rootless:
        return _rootless(engine)
    purpose = "privileged containers, which nodes are"
    lacks = _lacking_capabilities(root) if engine.data else []
    if not lacks:
        return Finding("privileges", State.GOOD, "nothing is known to be in the way", purpose)
    found = f"root here lacks {', '.join(lacks)}, as in a container"
    if engine.runtime not in {"runc", "crun"}:
        return Finding("privileges", State.GOOD, f"{found}; the engine's runtime is {engine.runtime}", purpose)
    remedy = "docker run --privileged, for the container that all this runs in"
    return Finding("privileges", State.WARNING, f"{found}; {engine.runtime} may refuse", purpose, remedy)


def _rootless(engine: EngineFacts) -> Finding:
    purpose = "limits of nodes"
    if engine.cgroups == 1:
        found = "rootless, and kind needs cgroup version 2 for that"
        return Finding("privileges", State.LACKING, found, purpose, _CGROUP_2)
    if engine.unlimited:
        found = f"rootless, and not allowed to limit {', '.join(engine.unlimited)}"
        return Finding("privileges", State.LACKING, found, purpose, _DELEGATE)
    return Finding("privileges", State.GOOD, "rootless, with the limits that kind needs", purpose)


def _number(root: Path, name: str) -> int:
    return int((root / "proc/sys/fs/inotify" / name).read_text("ascii"))


def _lacking_capabilities(root: Path) -> list[str]:
    """Return which capabilities no process here can get; none where the kernel does not say."""
    try:
        lines = (root / "proc/self/status").read_text("utf-8", "replace").splitlines()
        bits = next(int(line.split()[1], 16) for line in lines if line.startswith("CapBnd:"))
    except (OSError, ValueError, StopIteration):
        return []
    return [name for name, bit in _CAPABILITIES.items() if not bits >> bit & 1]
