"""What `toolkit generate` would do on this machine when no provider is named."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from toolkit.cluster.local.programs import DEFAULT_MINOR, build_command
from toolkit.cluster.survey.control_planes import control_plane_name
from toolkit.cluster.survey.finding import Finding, State
from toolkit.cluster.survey.kernel import kind_command, minors_for_cgroup_1

_LOCAL = "toolkit generate --provider local"


def outlook(findings: Sequence[Finding], engine: str) -> Finding:
    """Say which provider would be used and whether it can work, from what was found of both.

    The provider kind is taken where the engine and kind are there; otherwise local.
    """
    found = {each.name: each for each in findings}
    lacking = [name for name in (engine, "kind", "cgroups", "privileges", "images") if _lacks(found, name)]
    has_local = not _lacks(found, control_plane_name(DEFAULT_MINOR))
    if not lacking:
        return _with_kind(found, has_local=has_local)
    reason = found[lacking[0]].found
    if {engine, "kind"} & set(lacking):
        return _finding(State.GOOD, f"local, because {reason}") if has_local else _nothing(reason)
    if has_local:
        return _finding(State.WARNING, f"kind, which cannot work: {reason}", _LOCAL)
    return _nothing(reason)


def _with_kind(found: Mapping[str, Finding], *, has_local: bool) -> Finding:
    if found["cgroups"].state is State.WARNING:
        minors = minors_for_cgroup_1()
        words = f"kind, and with these cgroups only Kubernetes {', '.join(minors)}"
        return _finding(
            State.WARNING, words, f"{kind_command(minors)}, or {_LOCAL}" if has_local else kind_command(minors)
        )
    return _finding(State.GOOD, "kind")


def _nothing(reason: str) -> Finding:
    local = f"the programs of Kubernetes {DEFAULT_MINOR} are not there for local"
    words = f"no provider: {reason}; and {local}"
    return _finding(State.MISSING, words, f"{build_command(DEFAULT_MINOR)}, or what mends kind above")


def _finding(state: State, words: str, remedy: str = "") -> Finding:
    return Finding("generate", state, words, "capturing datasets", remedy)


def _lacks(found: Mapping[str, Finding], name: str) -> bool:
    return name in found and found[name].state is State.LACKING
