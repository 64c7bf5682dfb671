"""What matters of what a container engine says of itself, whichever it is."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from toolkit.cluster.engine import Engine

LIMITS = ("memory", "pids", "cpu")
"""What kind wants to limit in its nodes."""


@dataclass(frozen=True, slots=True)
class EngineFacts:
    """An engine: `cgroups` is 1, 2 or None (not told), `unlimited` what it cannot limit, `runtime` its default one.

    `data` is where images and containers lie, None when that is not on this machine.
    """

    name: str
    version: str
    cgroups: int | None = None
    data: Path | None = None
    is_rootless: bool = False
    unlimited: tuple[str, ...] = ()
    runtime: str = "runc"


def facts_of(engine: Engine) -> EngineFacts:
    """Return the facts of an engine that answers; podman words them otherwise than docker and nerdctl."""
    return _podman(engine) if "host" in engine.info else _docker(engine)


def _docker(engine: Engine) -> EngineFacts:
    info = engine.info
    able = {"memory": info.get("MemoryLimit"), "pids": info.get("PidsLimit"), "cpu": info.get("CPUShares")}
    return EngineFacts(
        name=engine.name,
        version=str(info.get("ServerVersion") or "of unknown version"),
        cgroups=_number(info.get("CgroupVersion")),
        data=_here(info.get("DockerRootDir"), os.environ.get("DOCKER_HOST", "")),
        is_rootless=any("name=rootless" in option for option in info.get("SecurityOptions") or ()),
        unlimited=tuple(limit for limit in LIMITS if able[limit] is False),
        runtime=str(info.get("DefaultRuntime") or "runc"),
    )


def _podman(engine: Engine) -> EngineFacts:
    host: Mapping[str, Any] = engine.info["host"]
    controllers = host.get("cgroupControllers") or ()
    remote = "remote" if host.get("serviceIsRemote") else ""
    return EngineFacts(
        name=engine.name,
        version=str((engine.info.get("version") or {}).get("Version") or "of unknown version"),
        cgroups=_number(host.get("cgroupVersion")),
        data=_here((engine.info.get("store") or {}).get("graphRoot"), remote),
        is_rootless=bool((host.get("security") or {}).get("rootless")),
        unlimited=tuple(limit for limit in LIMITS if limit not in controllers),
        runtime=str((host.get("ociRuntime") or {}).get("name") or "crun"),
    )


def _number(cgroups: object) -> int | None:
    digits = str(cgroups or "").removeprefix("v")
    return int(digits) if digits.isdigit() else None


def _here(folder: object, host: str) -> Path | None:
    """Return the folder when it is one of this machine: an engine in a virtual machine or elsewhere has its own."""
    is_remote = bool(host) and not host.startswith("unix://")
    return Path(str(folder)) if folder and not is_remote and Path(str(folder)).is_dir() else None
