"""The namespaces that are made for scenarios alone, and removed after the play."""

from __future__ import annotations

from contextlib import suppress

from toolkit.capture.plan import PlannedScenario
from toolkit.capture.recorded import TAG
from toolkit.capture.refusals import answer
from toolkit.capture.tie import NAMESPACE_STEP
from toolkit.capture.watch import Watch
from toolkit.cluster.client import ApiClient, Response
from toolkit.errors import ToolkitError
from toolkit.scenarios.model import ADMIN, Scenario

GOING = 90.0
"""Seconds within which a namespace of an earlier run must be gone."""
_PATH = "/api/v1/namespaces"


class OwnNamespaces:
    """Makes and removes them; `made` are the scenarios that have theirs."""

    def __init__(self, client: ApiClient, watch: Watch) -> None:
        self._client = client
        self._watch = watch
        self.made: list[Scenario] = []

    def make(self, planned: PlannedScenario) -> str | None:
        """Make one, and wait until one of the same name that is going is gone; return what is wrong with that."""
        scenario = planned.scenario
        response = self._post(planned)
        if response.status == 409 and "being deleted" in response.message:
            self._watch.deleted(f"{_PATH}/{scenario.namespace}", within=GOING)
            response = self._post(planned)
        if response.status != 201:
            return f"{scenario.name}: the namespace {scenario.namespace} cannot be made: {answer(response)}"
        self.made.append(scenario)
        return None

    def await_account(self, scenario: Scenario) -> str | None:
        """Wait for the namespace's service account, before which no pod is let in; return what is wrong with that."""
        path = f"{_PATH}/{scenario.namespace}/serviceaccounts/default"
        if self._watch.exists(path):
            return None
        return f"{scenario.name}: the namespace {scenario.namespace} never got its default service account"

    def clean(self) -> None:
        """Remove them as far as the cluster answers, without waiting until they are gone."""
        with suppress(ToolkitError):  # a cluster that does not answer is told of by what failed before
            for scenario in self.made:
                self._client.request("DELETE", f"{_PATH}/{scenario.namespace}")

    def _post(self, planned: PlannedScenario) -> Response:
        metadata = {"name": planned.scenario.namespace, "labels": dict(planned.namespace_labels)}
        return self._client.request(
            "POST",
            _PATH,
            body={"apiVersion": "v1", "kind": "Namespace", "metadata": metadata},
            user=ADMIN.user,
            groups=ADMIN.groups,
            extra={TAG: [f"{planned.scenario.name}/{NAMESPACE_STEP}"]},
        )
