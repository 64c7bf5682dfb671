"""Programs that stand in for docker, podman and kind: a folder that is the whole PATH, and what they answer."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

DOCKER: dict[str, Any] = {
    "ServerVersion": "28.2.2",
    "CgroupVersion": "2",
    "DockerRootDir": "/not/on/this/machine",
    "DefaultRuntime": "runc",
    "SecurityOptions": ["name=seccomp,profile=default"],
    "MemoryLimit": True,
    "PidsLimit": True,
    "CPUShares": True,
}
"""What `docker info` says of an engine in good order."""
PODMAN: dict[str, Any] = {
    "host": {
        "cgroupVersion": "v2",
        "cgroupControllers": ["cpu", "memory", "pids"],
        "security": {"rootless": True},
        "ociRuntime": {"name": "crun"},
    },
    "store": {"graphRoot": "/not/on/this/machine"},
    "version": {"Version": "5.4.0"},
}
"""What `podman info` says of one, run by a user."""
NOT_RUNNING = "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?"
NOT_ALLOWED = (
    "permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock: "
    "dial unix /var/run/docker.sock: connect: permission denied"
)


class Programs:
    """A folder of stand-ins; each answers by the first words that it is called with."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def put(self, name: str, answers: dict[str, str], *, fails: str = "") -> None:
        """Add a program: words it is called with -> what it prints; `fails`: what it says before it fails at all."""
        cases = "".join(f"  '{words}'*) cat <<'END'\n{text}\nEND\n  ;;\n" for words, text in answers.items())
        body = f'echo "{fails}" >&2; exit 1' if fails else f'case "$*" in\n{cases}  *) exit 0 ;;\nesac'
        program = self.folder / name
        program.write_text(f"#!/bin/sh\nPATH=/usr/bin:/bin\n{body}\n")
        program.chmod(0o755)

    def docker(self, name: str = "docker", answers: dict[str, str] | None = None, **info: Any) -> None:
        """Add an engine in good order but for `info`."""
        self.put(name, {"info": json.dumps({**DOCKER, **info}), **(answers or {})})

    def podman(self, **host: Any) -> None:
        """Add podman in good order but for what it says of its host."""
        self.put("podman", {"info": json.dumps({**PODMAN, "host": {**PODMAN["host"], **host}})})

    def kind(self, version: str = "0.33.0") -> None:
        """Add kind."""
        self.put("kind", {"version": f"kind v{version} go1.26.0 linux/amd64"})
