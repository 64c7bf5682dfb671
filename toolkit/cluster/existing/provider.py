"""The provider `existing`: a cluster that is there already, in which a run leaves nothing behind."""

from __future__ import annotations

import secrets
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from toolkit.cluster.existing import end as existing_end
from toolkit.cluster.existing.checks import Intent, check_names, check_rights, check_version, needs_binding
from toolkit.cluster.existing.connection import Connection
from toolkit.cluster.existing.interruption import ended_in_good_order
from toolkit.cluster.existing.leftovers import BINDINGS, MADE_BY_RUNS, NAMESPACES, WEBHOOKS, find_leftovers, remove
from toolkit.cluster.existing.ownership import TOOLKIT, own_labels
from toolkit.cluster.existing.recorder import RecorderChoice, recorder_for
from toolkit.cluster.existing.run_webhooks import run_webhooks
from toolkit.cluster.recorder.part import RecordedCluster, RecorderPart
from toolkit.cluster.recorder.sentinel import await_recording
from toolkit.errors import ExitCode, Fault, ToolkitError, environment
from toolkit.scenarios.model import ADMIN, Target

Say = Callable[[str, str], None]
"""Tells people what a stage (first) does."""
_READY_WITHIN = 30.0


class ExistingCluster(RecordedCluster):
    """A cluster of others while a run records in it."""

    provider = "existing"

    def __init__(self, connection: Connection, recorder: RecorderPart, name: str) -> None:
        super().__init__(connection.client, recorder)
        self.kubernetes_version = connection.greeting.version
        self.kubeconfig = Path(connection.context.kubeconfig)
        self.sentinel_namespace = name
        self._webhooks = f"{WEBHOOKS.root}/{WEBHOOKS.plural}/{name}"

    def check(self) -> None:
        """Raise ToolkitError (exit 4) when the recorder ended, or when somebody took its webhooks away."""
        self._recorder.check()
        if self._client.request("GET", self._webhooks).status == 404:
            raise environment("somebody removed the recorder's webhooks while scenarios were played", hint="try again")

    def stop_recording(self) -> None:
        """Have the API server call the recorder no more. Raises ToolkitError (exit 4)."""
        self._client.request("DELETE", self._webhooks)


@dataclass(frozen=True, slots=True)
class ExistingProvider:
    """Records in a cluster that is there already.

    `run` names the run in labels; `tag` is the extra that marks requests of steps.
    """

    connection: Connection
    intent: Intent
    run: str
    say: Say
    tag: str
    recorder: RecorderChoice

    @contextmanager
    def start(self) -> Iterator[ExistingCluster]:
        """Put the recorder in; all that was made is removed when the context ends, also by a failure or a kill.

        Raises ToolkitError (exit 4) before anything is changed when a right is missing or a name is taken, and later
        when the API server does not reach the recorder, or when something cannot be removed.
        """
        client = self.connection.client
        binding = needs_binding(client)
        check_version(self.connection.greeting, self.intent)
        check_rights(client, self.intent, self.recorder.rights, binding=binding)
        check_names(client, self.intent)
        namespace = f"{self._name}-recorder"
        with ExitStack() as resources:
            resources.enter_context(ended_in_good_order())
            resources.enter_context(self._removed_afterwards())
            recorder = resources.enter_context(recorder_for(self.connection, self.recorder, namespace, self._labels))
            self._make(NAMESPACES, {"apiVersion": "v1", "kind": "Namespace"})
            if binding:
                self._make(BINDINGS, _ADMIN_BINDING)
            self._await_quiet_namespace()
            cluster = ExistingCluster(self.connection, recorder, self._name)
            resources.enter_context(self._called(recorder, cluster))
            await_recording(cluster)
            yield cluster

    @property
    def _name(self) -> str:
        return f"{TOOLKIT}-{self.run}"

    @property
    def _labels(self) -> dict[str, str]:
        return own_labels(self.run)

    @contextmanager
    def _called(self, recorder: RecorderPart, cluster: ExistingCluster) -> Iterator[None]:
        """Have the API server call the recorder; it no longer does when the recorder ends."""
        tag = self.tag if self.intent.cluster_wide else None
        wanted = run_webhooks(self._name, recorder.client_config, self._labels, tag, recorder.namespace)
        self._post(WEBHOOKS, wanted)
        try:
            yield
        finally:
            with suppress(ToolkitError):  # what else is removed is told of when it cannot be
                cluster.stop_recording()

    def _make(self, target: Target, manifest: Mapping[str, Any]) -> None:
        self._post(target, {**manifest, "metadata": {"name": self._name, "labels": self._labels}})

    def _post(self, target: Target, manifest: Mapping[str, Any]) -> None:
        answer = self.connection.client.request("POST", f"{target.root}/{target.plural}", body=manifest)
        if answer.status != 201:
            raise environment(f"{target.plural}/{self._name} cannot be made: {answer.status} {answer.message}")

    def _await_quiet_namespace(self) -> None:
        """Wait for what controllers put into each new namespace: it is not to be recorded, or not up to a race."""
        inside = f"/api/v1/namespaces/{self._name}"
        missing = [f"{inside}/serviceaccounts/default", f"{inside}/configmaps/kube-root-ca.crt"]
        deadline = time.monotonic() + _READY_WITHIN
        while missing := [path for path in missing if self.connection.client.request("GET", path).status == 404]:
            if time.monotonic() > deadline:
                raise environment(f"{missing[0]} was not made by the cluster's controllers", hint="do they run?")
            time.sleep(0.05)

    @contextmanager
    def _removed_afterwards(self) -> Iterator[None]:
        context = self.connection.context
        end = [sys.executable, "-m", existing_end.__name__, context.kubeconfig, context.name, self.run]
        self.connection.supervised.at_end([end])
        try:
            yield
        except ToolkitError as error:
            raise ToolkitError([*error.faults, *self._remove()], error.exit_code) from error
        except BaseException:
            for fault in self._remove():
                self.say("remove", str(fault))
            raise
        if left := self._remove():
            raise ToolkitError(left, ExitCode.ENVIRONMENT)

    def _remove(self) -> list[Fault]:
        """Remove what was made and return what could not be."""
        client = self.connection.client
        try:
            found = find_leftovers(client, (*MADE_BY_RUNS, *self.intent.made), self.run)
            self.say("remove", f"{len(found.leftovers)} objects with the label of this run")
            left = remove(client, found.leftovers)
            if not left:
                self.connection.supervised.at_end([])
        except ToolkitError as error:
            left = list(error.faults)
        except KeyboardInterrupt:
            self.say("remove", f"interrupted; {self._clean_command}")
            raise
        return [*left, Fault("not all that this run made is gone", hint=self._clean_command)] if left else []

    @property
    def _clean_command(self) -> str:
        return f"`toolkit cluster clean --context {self.connection.context.name}` removes what is left"


def new_run() -> str:
    """Return a name for a run that no other has."""
    return secrets.token_hex(4)


_ADMIN_BINDING = {
    "apiVersion": "rbac.authorization.k8s.io/v1",
    "kind": "ClusterRoleBinding",
    "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"},
    "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": ADMIN.user}],
}
