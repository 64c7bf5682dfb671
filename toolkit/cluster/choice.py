"""Choosing where a cluster comes from."""

from __future__ import annotations

from toolkit.cluster.local import LocalProvider
from toolkit.cluster.programs import DEFAULT_MINOR, require_known
from toolkit.cluster.provider import Provider
from toolkit.errors import closest, usage

PROVIDERS = ("auto", "local")
"""The providers that can be named."""


def choose_provider(name: str = "auto", kubernetes: str | None = None, cluster_name: str | None = None) -> Provider:
    """Return the provider of that name for a minor version (default: the newest known).

    `cluster_name` keeps two clusters of the same name from running at once; without it a name is made up.
    Raises ToolkitError: exit 2 for an unknown name or version.
    """
    if name not in PROVIDERS:
        hint = closest(name, PROVIDERS) or f"there are: {', '.join(PROVIDERS)}"
        raise usage(f'there is no provider "{name}" in this version', hint=hint)
    minor = kubernetes or DEFAULT_MINOR
    require_known(minor)
    return LocalProvider(minor, cluster_name)
