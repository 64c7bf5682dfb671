"""What must hold in a cluster of others before a run changes anything there."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass

from toolkit.cluster.client import ApiClient
from toolkit.cluster.existing.greeting import Greeting
from toolkit.cluster.existing.leftovers import BINDINGS, MADE_BY_RUNS
from toolkit.cluster.existing.ownership import run_of
from toolkit.cluster.existing.rights import Right, is_allowed, missing_rights
from toolkit.errors import ExitCode, Fault, ToolkitError, environment
from toolkit.scenarios.model import ADMIN, Target

CLUSTER_WIDE_SINCE = (1, 30)
"""The first Kubernetes whose webhooks can tell our requests from others outside of our namespaces."""

_GOING = 90.0
"""Seconds within which what an earlier run made must be gone, all of it together."""


@dataclass(frozen=True, slots=True)
class Intent:
    """What a run is going to do.

    `rights` are those that playing takes; `must_not_exist` paths of what it makes or believes not to be there;
    `made` the kinds that scenarios make outside of their namespaces, which is done only when `cluster_wide`.
    """

    rights: frozenset[Right]
    must_not_exist: tuple[str, ...]
    made: frozenset[Target]
    cluster_wide: bool


def needs_binding(client: ApiClient) -> bool:
    """Say whether the administrator that scenarios act as may not do everything yet: kubeadm and kind allow it that."""
    return not is_allowed(client, Right("*", "*", "*"), ADMIN)


def check_version(greeting: Greeting, intent: Intent) -> None:
    """Raise ToolkitError (exit 4) when the API server is too old for what is asked."""
    numbers = tuple(int(part) if part.isdigit() else 0 for part in greeting.minor.split("."))
    if intent.cluster_wide and numbers < CLUSTER_WIDE_SINCE:
        oldest = ".".join(map(str, CLUSTER_WIDE_SINCE))
        message = f"--cluster-wide needs Kubernetes {oldest} or newer, and this is {greeting.version}"
        raise environment(message, hint="leave --cluster-wide out: older versions would record what others do")


def check_rights(client: ApiClient, intent: Intent, more: Iterable[Right], *, binding: bool) -> None:
    """Raise ToolkitError (exit 4) with every right that is missing: the intent's, those of a run, and `more`."""
    rights = {*intent.rights, *more, *_own_rights(intent.made), *(_BINDING if binding else ())}
    missing = missing_rights(client, rights)
    if missing:
        faults = [Fault(f"the right is missing to {right}") for right in missing]
        hint = "nothing was changed; a user who may do all this is needed, as cluster-admin may"
        raise ToolkitError([*faults, Fault(f"{len(missing)} rights are missing", hint=hint)], ExitCode.ENVIRONMENT)


def check_names(client: ApiClient, intent: Intent) -> None:
    """Raise ToolkitError (exit 4) with everything that is there already and must not be; what is going is awaited."""
    faults: list[Fault] = []
    deadline = time.monotonic() + _GOING
    for path in intent.must_not_exist:
        answer = client.request("GET", path)
        while answer.status == 200 and "deletionTimestamp" in answer.json()["metadata"] and time.monotonic() < deadline:
            time.sleep(0.2)
            answer = client.request("GET", path)
        if answer.status == 200:
            run = run_of(answer.json()["metadata"].get("labels"))
            whose = "and was not made by the toolkit" if run is None else f"and is left of run {run or 'unknown'}"
            hint = "leave its scenario out with -k" if run is None else "`toolkit cluster clean` removes leftovers"
            faults.append(Fault(f"{path} is there already, {whose}", hint=hint))
        elif answer.status != 404:
            faults.append(Fault(f"{path}: whether it is there is not known: {answer.status} {answer.message}"))
    if faults:
        raise ToolkitError(faults, ExitCode.ENVIRONMENT)


def _own_rights(made: Iterable[Target]) -> Iterable[Right]:
    always = set(MADE_BY_RUNS) - {BINDINGS}
    yield from (Right("create", target.plural, target.group) for target in always)
    for target in always | set(made):
        yield from (Right(verb, target.plural, target.group) for verb in ("get", "list", "delete"))
    yield Right("create", "configmaps")
    yield Right("get", "configmaps")


_BINDING = (
    *(Right(verb, BINDINGS.plural, BINDINGS.group) for verb in ("create", "get", "list", "delete")),
    Right("bind", "clusterroles", BINDINGS.group, name="cluster-admin"),
)
