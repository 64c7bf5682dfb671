"""Plays planned scenarios on a cluster, one request after the other, and notes what did not go as expected."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from toolkit.capture.images import NodeImages
from toolkit.capture.namespaces import OwnNamespaces
from toolkit.capture.plan import PlannedScenario, PlannedStep
from toolkit.capture.recorded import TAG, Recorded
from toolkit.capture.refusals import answer, refuser
from toolkit.capture.requests import Request
from toolkit.capture.tie import matches
from toolkit.capture.watch import Watch
from toolkit.cluster.client import Response
from toolkit.cluster.provider import Cluster
from toolkit.cluster.streams import SWITCHED
from toolkit.errors import Fault
from toolkit.scenarios.model import Consequence, Wait

EARLY = 5.0
"""Seconds within which an API server knows of what it was told: its caches follow its store."""


class Progress(Protocol):
    """Who wants to know how far a play is."""

    def step(self, scenario: str, step: str) -> None:
        """Hear that a step begins."""

    def scenario_done(self) -> None:
        """Hear that one more scenario is over."""


class Player:
    """Plays on one cluster.

    `begun` are the steps of which something was asked, `faults` those that did not go as their scenario says;
    `hindered` tells whether one of them is not the scenario's doing: what others put before the API server refused it,
    or what was to be made is there already.
    """

    def __init__(self, cluster: Cluster, watch: Watch, progress: Progress) -> None:
        self._cluster = cluster
        self._watch = watch
        self._progress = progress
        self.images = NodeImages(cluster.client())
        self.begun: list[PlannedStep] = []
        self.faults: list[Fault] = []
        self.hindered = False
        self._namespaces = OwnNamespaces(cluster.client(), watch)

    def play(self, planned: Sequence[PlannedScenario]) -> None:
        """Make the scenarios' namespaces, then play them in order; a scenario ends at its first fault."""
        for each in planned:
            if each.scenario.own_namespace and each.steps:
                self._make_namespace(each)
        made = self._namespaces.made
        self.faults += [Fault(fault) for scenario in made if (fault := self._namespaces.await_account(scenario))]
        for each in planned:
            if each.scenario in made or not each.scenario.own_namespace:
                self._scenario(each)
            self._progress.scenario_done()

    def clean(self) -> None:
        """Remove the namespaces that were made, as far as the cluster answers, without waiting until they are gone."""
        self._namespaces.clean()

    def _make_namespace(self, planned: PlannedScenario) -> None:
        if fault := self._namespaces.make(planned):
            self.hindered = True
            self.faults.append(Fault(fault))

    def _scenario(self, planned: PlannedScenario) -> None:
        went_well = all(self._step(step) for phase in ("setup", "steps") for step in planned.phase(phase))
        for step in planned.phase("teardown"):
            if went_well:
                self._step(step)
            else:  # some of it may not be there; the first fault is the one to tell
                for request in step.requests:
                    self._send(request)

    def _step(self, planned: PlannedStep) -> bool:
        """Play one step; return whether it went as it should."""
        self._progress.step(planned.scenario.name, planned.step.name)
        self.begun.append(planned)
        before = len(self.faults)
        for request in planned.requests:
            if request.settles and not self._watch.settled(request.settles):
                self._step_fault(planned, f"{request.settles} does not come to rest")
            if request.changes_stored:
                self._watch.caught_up(request.path)
            response = self._answer_to(request)
            if not request.accepts(response.status):
                self._refused(planned, request, response)
                return False
            if fault := self._kubelet_fault(planned, request, response):
                self._step_fault(planned, fault)
                return False
        if planned.step.wait_for:
            self._wait(planned, planned.step.wait_for)
        self._await_consequences(planned)
        return len(self.faults) == before

    def _kubelet_fault(self, planned: PlannedStep, request: Request, response: Response) -> str | None:
        """Say what kept a kubelet from doing what the API server has let pass."""
        if request.opens and response.status == SWITCHED and response.body:
            status = response.json()
            if status.get("reason") == "InternalError":
                return f"the command could not be run: {status.get('message')}"
        if planned.step.by_kubelet and planned.step.verb == "ephemeralContainer":
            pod, name = (
                request.path.removesuffix("/ephemeralcontainers"),
                planned.step.body.plain()["container"]["name"],
            )
            if not self._watch.container_ran(pod, name):
                return f'the ephemeral container "{name}" of {pod} was not started in time'
        return None

    def _refused(self, planned: PlannedStep, request: Request, response: Response) -> None:
        by = refuser(response.message)
        if by is None:
            self._step_fault(planned, f"{request}; found {answer(response)}")
        else:
            self.hindered = True
            message = f"{by} refused it, which Kubernetes by itself does not: {request}; found {answer(response)}"
            self._step_fault(planned, message)
            self._cluster.check()

    def _answer_to(self, request: Request) -> Response:
        """Send a request, again while the API server has not yet taken in what earlier steps allowed or defined."""
        answers = [self._send(request)]

        def is_settled() -> bool:
            if not request.accepts(answers[-1].status) and _is_early(answers[-1]):
                answers.append(self._send(request))
            return request.accepts(answers[-1].status) or not _is_early(answers[-1])

        self._watch.until(is_settled, within=EARLY)
        return answers[-1]

    def _send(self, request: Request) -> Response:
        client, user, groups = self._cluster.client(), request.identity.user, request.identity.groups
        extra = {TAG: [request.tag]}
        if request.opens:
            is_command = request.path.endswith("/exec")
            return client.connect(
                request.path, query=request.query, user=user, groups=groups, extra=extra, to_its_end=is_command
            )
        return client.request(
            request.method,
            request.path,
            query=request.query,
            body=self.images.filled_in(request.body),
            content_type=request.content_type,
            user=user,
            groups=groups,
            extra=extra,
        )

    def _wait(self, planned: PlannedStep, wait: Wait) -> None:
        target = planned.scenario.resources[wait.resource]
        inside = f"/namespaces/{wait.namespace or planned.scenario.namespace}" if target.namespaced else ""
        path = f"{target.root}{inside}/{target.plural}/{wait.name}"
        named = {"exists": self._watch.exists, "deleted": self._watch.deleted, "settled": self._watch.settled}
        look = named.get(wait.condition)
        if not (look(path) if look else self._watch.condition(path, wait.condition)):
            self.faults.append(Fault(f"{path} is not {wait.condition} in time", wait.place))

    def _await_consequences(self, planned: PlannedStep) -> None:
        """Wait until each consequence has left a line after the step's own first line."""
        missing = list(planned.step.consequences)
        namespace = planned.scenario.namespace

        def all_came() -> bool:
            since = self._since(planned)
            missing[:] = [c for c in missing if not any(matches(c, line, namespace) for line in since)]
            return not missing

        if missing and not self._watch.until(all_came):
            came = {
                f"{line.operation} {line.resource}/{line.subresource} by {line.user}".replace("/ ", " ")
                for line in self._since(planned)
                if line.namespace == namespace and line.tag is None
            }
            for consequence in missing:
                hint = f"in {namespace} came: {'; '.join(sorted(came)) or 'nothing'}"
                self.faults.append(Fault(_missed(planned, consequence), consequence.place, hint))

    def _since(self, planned: PlannedStep) -> list[Recorded]:
        lines = self._watch.lines()
        prefix = f"{planned.tag}/"
        start = next((line.number for line in lines if line.tag and line.tag.startswith(prefix)), len(lines))
        return lines[start:]

    def _step_fault(self, planned: PlannedStep, message: str) -> None:
        self.faults.append(Fault(f'step "{planned.step.name}": {message}', planned.step.place))


def _is_early(response: Response) -> bool:
    """Say whether this is how an API server answers before it knows of a new role, binding or resource.

    Such an answer comes before admission, so that asking again leaves no second event.
    """
    if response.status == 403:
        return refuser(response.message) is None
    return response.status == 404 and b"could not find the requested resource" in response.body


def _missed(planned: PlannedStep, consequence: Consequence) -> str:
    what = "/".join(filter(None, (consequence.resource, consequence.subresource)))
    return f'step "{planned.step.name}": no {consequence.verb} of {what} by {consequence.user} came in time'
