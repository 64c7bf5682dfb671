"""Choosing where a cluster comes from."""

from __future__ import annotations

from dataclasses import dataclass, replace

from toolkit.cluster.kind.maker import Say
from toolkit.cluster.kind.provider import KindProvider, KindSettings
from toolkit.cluster.kind.tool import find_kind, node_image
from toolkit.cluster.local.programs import DEFAULT_MINOR, require_known
from toolkit.cluster.local.provider import LocalProvider
from toolkit.cluster.provider import Provider
from toolkit.errors import ToolkitError, closest, usage

PROVIDERS = ("auto", "local", "kind")
"""The providers that start a cluster and can be named."""


@dataclass(frozen=True, slots=True)
class Choice:
    """The provider that is used, `local` or `kind`, and why where nobody named it."""

    name: str
    reason: str = ""


def choose(name: str = "auto") -> Choice:
    """Return the provider of that name; `auto` is kind where it can be used, else local.

    Raises ToolkitError (exit 2) for an unknown name.
    """
    if name not in PROVIDERS:
        hint = closest(name, PROVIDERS) or f"there are: {', '.join(PROVIDERS)}"
        raise usage(f'there is no provider "{name}" that starts a cluster', hint=hint)
    if name != "auto":
        return Choice(name)
    try:
        find_kind()
    except ToolkitError as error:
        return Choice("local", f"{error.faults[0].message}; --provider kind needs it")
    return Choice("kind", "Docker and kind are here")


def provider_of(
    choice: Choice, kubernetes: str | None = None, kind: KindSettings | None = None, say: Say = lambda *_: None
) -> Provider:
    """Return the chosen provider for a minor version (default: the newest known to it).

    `kind` are the settings of kind clusters, of which local ones take the name: two of one name cannot run at once.
    Raises ToolkitError (exit 2) for a version that is not known.
    """
    settings = kind or KindSettings()
    if choice.name == "kind":
        if kubernetes and not settings.image:
            settings = replace(settings, image=node_image(kubernetes))
        return KindProvider(settings, say)
    minor = kubernetes or DEFAULT_MINOR
    require_known(minor)
    return LocalProvider(minor, settings.name)
