"""What playing scenarios takes of a cluster that is there already: rights, and names that are free."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from toolkit.capture.api_paths import parse_path
from toolkit.capture.plan import PlannedScenario, PlannedStep
from toolkit.capture.reach import reach_of
from toolkit.capture.recorded import TAG
from toolkit.cluster.existing.checks import Intent
from toolkit.cluster.existing.rights import Right, impersonation
from toolkit.scenarios.model import ADMIN


def intent_of(planned: Sequence[PlannedScenario], *, cluster_wide: bool) -> Intent:
    """Return what a run that plays these scenarios is going to do."""
    reaches = [reach_of(each) for each in planned]
    own = [f"/api/v1/namespaces/{p.scenario.namespace}" for p in planned if p.scenario.own_namespace and p.steps]
    there = [path for reach in reaches for path in reach.must_not_exist]
    looks = {Right("get", about.target.plural, about.target.group) for about in map(parse_path, there) if about}
    made = frozenset(target for reach in reaches for target in reach.made)
    return Intent(rights_to_play(planned) | looks, (*own, *there), made, cluster_wide)


def rights_to_play(planned: Iterable[PlannedScenario]) -> frozenset[Right]:
    """Return what it takes: acting as those who act in the scenarios, and looking at what they change."""
    steps = [step for each in planned for step in each.steps]
    rights = {Right("get", "serviceaccounts"), *impersonation(ADMIN, TAG)}
    for step in steps:
        rights |= {right for request in step.requests for right in impersonation(request.identity, TAG)}
        rights |= set(_looks(step))
    return frozenset(rights)


def _looks(step: PlannedStep) -> Iterator[Right]:
    if step.step.wait_for:
        target = step.scenario.resources[step.step.wait_for.resource]
        yield Right("get", target.plural, target.group)
    for request in step.requests:
        for path in filter(None, (request.settles, request.path if request.changes_stored else None)):
            about = parse_path(path)
            if about and about.name:
                yield Right("get", about.target.plural, about.target.group, about.subresource)
