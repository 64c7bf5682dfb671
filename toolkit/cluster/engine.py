"""The container engine that kind clusters run in: which it is, whether it answers, and what it says of itself."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from toolkit.errors import ExitCode, Fault, ToolkitError, environment

VARIABLE = "KIND_EXPERIMENTAL_PROVIDER"
"""The variable by which kind is told another engine than docker."""
_ANSWER_WITHIN = 20.0
_EMPTY_WORDS = "errors pretty printing info"


@dataclass(frozen=True, slots=True)
class Engine:
    """An engine that answers: its name, the path of its program, and `info`, what it says of itself, as JSON."""

    name: str
    program: str
    info: Mapping[str, Any]


def engine_name() -> str:
    """Return the container engine that kind is told to use: docker unless KIND_EXPERIMENTAL_PROVIDER names another."""
    return os.environ.get(VARIABLE) or "docker"


def find_engine() -> Engine:
    """Ask the engine for itself. Raises ToolkitError (exit 4): not installed, not running, or not for this user."""
    name = engine_name()
    program = shutil.which(name)
    if program is None:
        is_named = f", which {VARIABLE} names," if os.environ.get(VARIABLE) else ""
        raise environment(f"{name}{is_named} is not installed", hint=_install(name))
    try:
        command = [program, "info", "--format", "{{json .}}"]
        answer = subprocess.run(command, capture_output=True, text=True, timeout=_ANSWER_WITHIN, check=False)
    except (OSError, subprocess.SubprocessError) as error:
        raise _no_answer(name, str(error)) from error
    info = _read(answer.stdout)
    said = "\n".join([*(info.get("ServerErrors") or []), answer.stderr])
    if answer.returncode or not info or info.get("ServerErrors"):
        raise _no_answer(name, said)
    return Engine(name, program, info)


def _read(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _no_answer(name: str, said: str) -> ToolkitError:
    lines = [line.removeprefix("ERROR: ").strip() for line in said.splitlines()]
    words = next((line for line in lines if line and line != _EMPTY_WORDS), None)
    if "permission denied" in said:
        fault = Fault(f"{name} is not for this user", None, _permit(name), words)
    else:
        fault = Fault(f"{name} does not answer", None, _begin(name), words)
    return ToolkitError(fault, ExitCode.ENVIRONMENT)


def _install(name: str) -> str:
    other = f"unset {VARIABLE}" if os.environ.get(VARIABLE) else ""
    package = {"docker": "docker.io", "podman": "podman"}.get(name)
    install = f"sudo apt-get install {package}" if package and sys.platform == "linux" else f"install {name}"
    return f"{install}, or `{other}` for docker" if other else install


def _begin(name: str) -> str:
    if host := os.environ.get("DOCKER_HOST"):
        return f"DOCKER_HOST names {host}: start what should answer there, or `unset DOCKER_HOST`"
    if name == "docker":
        return "sudo systemctl start docker" if sys.platform == "linux" else "open -a Docker"
    return "podman machine start" if name == "podman" else f"start {name}"


def _permit(name: str) -> str:
    if name == "docker":
        return 'sudo usermod -aG docker "$USER", then log in anew'
    return f"be a user who may use {name}; `{name} info` says more"
