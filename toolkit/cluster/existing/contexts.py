"""The contexts of a kubeconfig: which cluster a name means, and as whom."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from kubernetes.config import ConfigException
from kubernetes.config.kube_config import KubeConfigMerger

from toolkit.errors import ToolkitError, closest, usage

_DEFAULT = "~/.kube/config"


@dataclass(frozen=True, slots=True)
class Context:
    """One context; `kubeconfig` is the file it stands in, or several joined as in `KUBECONFIG`."""

    name: str
    kubeconfig: str
    server: str
    user: str

    def __str__(self) -> str:
        """Render for people."""
        return f"{self.server} (context {self.name}, user {self.user})"


def find_context(kubeconfig: Path | None, name: str | None) -> Context:
    """Return the context of that name, or the current one, of a kubeconfig (default: as for kubectl).

    Raises ToolkitError (exit 2) when there is no such file or context.
    """
    named = str(kubeconfig) if kubeconfig else os.environ.get("KUBECONFIG") or _DEFAULT
    files = os.pathsep.join(str(Path(file).expanduser().absolute()) for file in named.split(os.pathsep) if file)
    try:
        return _context(files, name, _read(files))
    except (AttributeError, KeyError, TypeError) as error:
        raise _unreadable(files, "clusters, contexts and users are lists of what has a name") from error


def _context(files: str, name: str | None, config: dict[str, Any]) -> Context:
    wanted = name or config.get("current-context")
    if not wanted:
        raise usage(f"{files} has no current context", hint="name one with --context")
    contexts = _by_name(config, "contexts")
    if wanted not in contexts:
        hint = closest(wanted, contexts) or f"there are: {', '.join(sorted(contexts)) or 'none'}"
        raise usage(f'{files} has no context "{wanted}"', hint=hint)
    about = contexts[wanted].get("context") or {}
    cluster = _by_name(config, "clusters").get(str(about.get("cluster")), {}).get("cluster") or {}
    if not cluster.get("server"):
        raise usage(f'{files}: the context "{wanted}" names no cluster with a server', hint="`kubectl config view`")
    return Context(wanted, files, str(cluster["server"]), str(about.get("user") or "nobody"))


def _read(files: str) -> dict[str, Any]:
    try:
        merged = KubeConfigMerger(files).config  # type: ignore[no-untyped-call]
    except (ConfigException, OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise _unreadable(files, str(error)) from error
    if merged is None:
        raise usage(f"{files}: there is no kubeconfig", hint="name one with --kubeconfig, or set KUBECONFIG")
    config: dict[str, Any] = merged.value
    return config


def _unreadable(files: str, reason: str) -> ToolkitError:
    return usage(f"{files} cannot be read as a kubeconfig: {reason}", hint="`kubectl config view` shows what is in it")


def _by_name(config: dict[str, Any], kind: str) -> dict[str, dict[str, Any]]:
    return {node.value["name"]: node.value for node in config.get(kind) or []}
