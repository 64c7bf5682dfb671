"""One capture from the first request to the proof: play, read, tie, prove, and put into form."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from toolkit.capture.assemble import ScenarioLines, assemble
from toolkit.capture.background import background_lines
from toolkit.capture.complete import Proof, count_gap, find_gaps, lost_steps
from toolkit.capture.plan import PlannedScenario
from toolkit.capture.play import Player, Progress
from toolkit.capture.tie import tie
from toolkit.capture.watch import Watch
from toolkit.cluster.provider import Cluster
from toolkit.cluster.recorder.sentinel import is_sentinel, send_sentinel
from toolkit.errors import ExitCode, ToolkitError

COUNT_GRACE = 5.0
"""Seconds within which the recorder's counter and its log must agree: other requests go on meanwhile."""


@dataclass(frozen=True, slots=True)
class Captured:
    """A complete capture in canonical form."""

    scenarios: tuple[ScenarioLines, ...]
    background: tuple[bytes, ...]
    proof: Proof


def capture(
    cluster: Cluster, planned: Sequence[PlannedScenario], progress: Progress, keep_raw: Callable[[list[bytes]], None]
) -> Captured:
    """Play the scenarios and return what they left; nothing is recorded afterwards, and their namespaces are removed.

    `keep_raw` is given the lines as recorded, also when something went wrong.
    Raises ToolkitError with every fault: exit 1 for a step that did not go as its scenario says,
    exit 4 when events are missing, or something else than the API server refused a step.
    """
    player = Player(cluster, Watch(cluster), progress)
    lines: list[bytes] = []
    try:
        try:
            player.play(planned)
        finally:
            lines = cluster.recorder_lines()
            keep_raw(lines)
        cluster.check()
        if player.faults:
            raise ToolkitError(player.faults, ExitCode.ENVIRONMENT if player.hindered else ExitCode.CHECK_FAILED)
        send_sentinel(cluster)
        return _read(cluster, planned, player.images.used)
    except ToolkitError as error:
        raise _with_losses(error, player, lines) from error
    finally:
        with suppress(ToolkitError):  # a cluster that does not answer is told of by what failed before
            cluster.stop_recording()
        player.clean()


def _with_losses(error: ToolkitError, player: Player, lines: Sequence[bytes]) -> ToolkitError:
    """Return an error of the environment with what went wrong before, and the steps of which no event is there."""
    if error.exit_code is not ExitCode.ENVIRONMENT:
        return error
    faults = [*error.faults, *(fault for fault in player.faults if fault not in error.faults)]
    lost = lost_steps(player.begun, lines)
    return ToolkitError([*faults, *([lost] if lost else [])], error.exit_code)


def _counts_agree(cluster: Cluster, watch: Watch) -> bool:
    """Say whether counter and log agree at a moment in which nothing was counted: what comes between hides a loss."""
    before = cluster.recorder_count()
    return before == len(watch.lines()) == cluster.recorder_count()


def _read(cluster: Cluster, planned: Sequence[PlannedScenario], images: Mapping[str, str]) -> Captured:
    watch = Watch(cluster)
    if not watch.until(lambda: _counts_agree(cluster, watch) and _counts_agree(cluster, watch), within=COUNT_GRACE):
        cluster.check()  # of a recorder that was started anew the cluster may know by now
        raise ToolkitError(count_gap(cluster.recorder_count(), len(watch.lines())), ExitCode.ENVIRONMENT)
    lines = watch.lines()
    sentinels = [is_sentinel(line.raw) for line in lines]
    tied = tie(planned, lines, sentinels)
    if faults := find_gaps(planned, tied):
        raise ToolkitError(faults, ExitCode.ENVIRONMENT)
    own = frozenset(each.scenario.namespace for each in planned if each.scenario.own_namespace)
    requests = sum(len(step.requests) for each in planned for step in each.steps)
    tagged = sum(len(request) for step in tied.steps.values() for request in step.own)
    proof = Proof(
        requests=requests,
        tied=tagged,
        by_others=sum(line.tag is None for line in lines) - sum(sentinels),
        counter=len(lines),
        lines=len(lines),
        sentinels=sum(sentinels),
    )
    return Captured(
        scenarios=tuple(assemble(each, tied.steps, images) for each in planned),
        background=tuple(background_lines(tied.background, own)),
        proof=proof,
    )
