"""A capture is complete, or it says what is wrong and which exit code that is."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import pytest
from capture_fakes import FakeCluster, review

from toolkit.capture import play, session, watch
from toolkit.capture.plan import features_of, plan
from toolkit.capture.session import Captured, capture
from toolkit.cluster.client import Response
from toolkit.errors import ExitCode, ToolkitError, environment
from toolkit.scenarios.model import Scenario

Read = Callable[[str], Scenario]
RS = "system:serviceaccount:kube-system:replicaset-controller"
POD = "{apiVersion: v1, kind: Pod, metadata: {name: p}}"
PODS = "/api/v1/namespaces/s/pods"
ONE_POD = f"  steps: [{{name: a, create: {POD}}}]\n"


class Silence:
    def step(self, scenario: str, step: str) -> None:
        """Hear nothing."""

    def scenario_done(self) -> None:
        """Hear nothing."""


@pytest.fixture(autouse=True)
def short_deadlines(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for what never comes only for a moment."""
    monkeypatch.setattr(watch.Watch.__init__, "__defaults__", (0.1,))
    monkeypatch.setattr(session, "COUNT_GRACE", 0.1)
    monkeypatch.setattr(play, "EARLY", 0.1)


def played(cluster: FakeCluster, scenario: Scenario, raw: list[bytes] | None = None) -> Captured:
    keep = (raw if raw is not None else []).extend
    return capture(cluster, plan([scenario], features_of("local")), Silence(), keep)


def failure(cluster: FakeCluster, scenario: Scenario) -> ToolkitError:
    with pytest.raises(ToolkitError) as caught:
        played(cluster, scenario)
    return caught.value


def test_a_complete_capture_has_its_lines_in_step_order_and_its_proof(cluster: FakeCluster, scenario: Read) -> None:
    claim = f'consequences: [{{user: "{RS}", verb: CREATE, resource: pods, fires: []}}]'
    read = scenario(f"  steps: [{{name: a, create: {POD}, {claim}}}, {{name: b, evict: {{name: p}}}}]\n")
    cluster.after[PODS] = lambda: [review("x", user=RS), review("noise", user="n", namespace="kube-system")]
    captured = played(cluster, read)
    (lines,) = captured.scenarios
    assert [(step.name, step.lines, step.consequences) for step in lines.steps] == [("a", (1,), (2,)), ("b", (3,), ())]
    assert [b"toolkit.dev" in line for line in lines.lines] == [False] * 3
    assert len(captured.background) == 1
    assert str(captured.proof) == "2 requests, 2 lines tied, 2 by others, counter 6 = lines 6 (1 sentinel)"


def test_the_scenarios_namespace_is_made_before_and_removed_after(cluster: FakeCluster, scenario: Read) -> None:
    played(cluster, scenario(ONE_POD))
    assert cluster.requests[:3] == [
        "POST /api/v1/namespaces",
        "GET /api/v1/namespaces/s/serviceaccounts/default",
        f"POST {PODS}",
    ]
    assert cluster.requests[-2:] == ["stop recording", "DELETE /api/v1/namespaces/s"]


def test_a_namespace_that_is_named_is_neither_made_nor_removed(cluster: FakeCluster, scenario: Read) -> None:
    played(cluster, scenario("  namespace: default\n" + ONE_POD))
    assert "POST /api/v1/namespaces" not in cluster.requests
    assert not any(request.startswith("DELETE") for request in cluster.requests)


def test_a_change_waits_until_the_servers_cache_has_caught_up(cluster: FakeCluster, scenario: Read) -> None:
    played(cluster, scenario(ONE_POD.rstrip("]\n") + ", {name: b, delete: {resource: pods, name: p}}]\n"))
    at = cluster.requests.index(f"DELETE {PODS}/p")
    assert cluster.requests[at - 2 : at] == [f"GET {PODS}/p"] * 2


def test_what_a_proxy_hands_on_is_not_read_before(cluster: FakeCluster, scenario: Read) -> None:
    proxy = "{resource: services, name: w, path: /x, method: DELETE}"
    path = "/api/v1/namespaces/s/services/w/proxy/x"
    cluster.status[f"DELETE {path}"] = 404
    failure(cluster, scenario(f"  steps: [{{name: a, proxy: {proxy}}}]\n"))
    assert f"DELETE {path}" in cluster.requests
    assert f"GET {path}" not in cluster.requests


def test_an_unexpected_status_names_request_status_and_the_servers_words(cluster: FakeCluster, scenario: Read) -> None:
    cluster.status[f"POST {PODS}"] = 403
    read = scenario(ONE_POD + "  teardown: [{delete: {resource: pods, name: p}}]\n")
    error = failure(cluster, read)
    (fault,) = error.faults
    assert error.exit_code == ExitCode.CHECK_FAILED
    assert fault.message == f'step "a": POST {PODS} as kubernetes-admin, expects 2xx; found 403 said so'
    assert fault.place is not None
    assert f"DELETE {PODS}/p" in cluster.requests, "teardown is played after a failure too"


def test_a_right_that_was_just_given_is_waited_for(cluster: FakeCluster, scenario: Read) -> None:
    cluster.status[f"POST {PODS}"] = 403
    asked = itertools.count()
    answer = cluster._answer

    def refuse_twice(status: int, body: object) -> Response:
        if status == 403 and next(asked) == 1:
            del cluster.status[f"POST {PODS}"]
        return answer(status, body)

    cluster._answer = refuse_twice  # type: ignore[method-assign]
    captured = played(cluster, scenario(ONE_POD))
    assert cluster.requests.count(f"POST {PODS}") == 3
    assert len(captured.scenarios[0].lines) == 1


def test_the_raw_lines_are_kept_also_after_a_failure(cluster: FakeCluster, scenario: Read) -> None:
    cluster.status[f"POST {PODS}"] = 500
    raw: list[bytes] = []
    with pytest.raises(ToolkitError):
        played(cluster, scenario(ONE_POD), raw)
    assert len(raw) == 1


def test_an_api_server_that_dies_is_told_of_once_and_the_raw_lines_are_kept(
    cluster: FakeCluster, scenario: Read
) -> None:
    def gone() -> list[bytes]:
        cluster.request = refuse  # type: ignore[method-assign]
        return []

    def refuse(*_: object, **__: object) -> Response:
        raise environment("the API server did not answer")

    cluster.after[PODS] = gone
    raw: list[bytes] = []
    with pytest.raises(ToolkitError, match="did not answer") as caught:
        played(cluster, scenario(ONE_POD + f"  teardown: [{{create: {POD}}}]\n"), raw)
    assert caught.value.exit_code == ExitCode.ENVIRONMENT
    assert len(raw) == 2


def test_an_event_that_got_lost_is_exit_4_and_names_the_step(cluster: FakeCluster, scenario: Read) -> None:
    cluster.lost.add(PODS)
    error = failure(cluster, scenario(ONE_POD))
    assert error.exit_code == ExitCode.ENVIRONMENT
    assert 'step "a" left no event' in error.faults[0].message


def test_a_recorder_that_counts_other_than_it_writes_is_exit_4(cluster: FakeCluster, scenario: Read) -> None:
    cluster.uncounted = 1
    error = failure(cluster, scenario(ONE_POD))
    assert error.exit_code == ExitCode.ENVIRONMENT
    assert "the recorder counted 4 requests and its log has 3 lines" in error.faults[0].message


def test_a_consequence_that_does_not_come_says_what_came(cluster: FakeCluster, scenario: Read) -> None:
    claim = f'consequences: [{{user: "{RS}", verb: CREATE, resource: pods, fires: []}}]'
    cluster.after[PODS] = lambda: [review("x", user="someone", operation="UPDATE")]
    error = failure(cluster, scenario(f"  steps: [{{name: a, create: {POD}, {claim}}}]\n"))
    (fault,) = error.faults
    assert f"no CREATE of pods by {RS} came in time" in fault.message
    assert fault.hint is not None
    assert "UPDATE pods by someone" in fault.hint


def test_a_wait_that_is_not_met_is_a_fault(cluster: FakeCluster, scenario: Read) -> None:
    wait = "waitFor: {resource: pods, name: p, condition: Ready}"
    error = failure(cluster, scenario(f"  steps: [{{name: a, create: {POD}, {wait}}}]\n"))
    assert error.faults[0].message == f"{PODS}/p is not Ready in time"
    cluster.status[f"{PODS}/p"] = 404
    assert played(cluster, scenario(f"  steps: [{{name: a, create: {POD}, {wait.replace('Ready', 'deleted')}}}]\n"))


def test_what_another_webhook_or_a_dead_recorder_refuses_is_the_environments_fault(
    cluster: FakeCluster, scenario: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    cluster.status[f"POST {PODS}"] = 500
    monkeypatch.setattr(
        cluster, "_answer", lambda status, body: type(cluster)._answer(
            cluster, status, {"message": 'failed calling webhook "recorder.toolkit.dev"', "metadata": {}}
        )
    )  # fmt: skip
    assert failure(cluster, scenario(ONE_POD)).exit_code == ExitCode.ENVIRONMENT


def test_a_recorder_that_dies_names_the_steps_that_are_lost(
    cluster: FakeCluster, scenario: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    refusal = {"message": 'failed calling webhook "recorder.toolkit.dev": connection refused'}
    dead = "/api/v1/namespaces/s/configmaps"
    cluster.status[f"POST {dead}"] = 500
    answer = cluster._answer
    monkeypatch.setattr(cluster, "_answer", lambda status, body: answer(status, refusal if status == 500 else body))

    def check() -> None:
        if f"POST {dead}" in cluster.requests:
            raise environment("the recorder was started anew")

    monkeypatch.setattr(cluster, "check", check)
    config_map = "{apiVersion: v1, kind: ConfigMap, metadata: {name: m}}"
    steps = f"{{name: a, create: {POD}}}, {{name: b, create: {config_map}}}, {{name: c, create: {POD}}}"
    error = failure(cluster, scenario(f"  steps: [{steps}]\n"))
    assert error.exit_code == ExitCode.ENVIRONMENT
    died, refused, lost = error.faults
    assert died.message == "the recorder was started anew"
    assert 'step "b"' in refused.message
    assert (lost.message, lost.snippet) == ("no event was recorded of 1 step that was begun:", "s :: b")
    assert cluster.requests.count(f"POST {PODS}") == 1, "nothing is played on without a recorder"


def test_a_restart_that_the_cluster_knows_of_late_is_told_all_the_same(
    cluster: FakeCluster, scenario: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    cluster.uncounted = -2
    looks = itertools.count()

    def check() -> None:
        if next(looks):
            raise environment("the recorder was started anew")

    monkeypatch.setattr(cluster, "check", check)
    assert failure(cluster, scenario(ONE_POD)).faults[0].message == "the recorder was started anew"


def test_a_restart_that_the_cluster_never_tells_of_is_seen_by_what_was_counted(
    cluster: FakeCluster, scenario: Read
) -> None:
    cluster.uncounted = -2
    message = failure(cluster, scenario(ONE_POD)).faults[0].message
    assert message.startswith("the recorder counted 1 requests and its log has 3 lines: ")
    assert "ended by itself or was started anew" in message


def test_an_event_that_is_counted_and_not_written_names_its_step(cluster: FakeCluster, scenario: Read) -> None:
    cluster.lost.add(PODS)
    cluster.uncounted = 1
    error = failure(cluster, scenario(ONE_POD))
    assert [fault.snippet for fault in error.faults] == [None, "s :: a"]


def test_a_namespace_that_an_earlier_run_is_leaving_is_waited_for(
    cluster: FakeCluster, scenario: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    cluster.status["POST /api/v1/namespaces"] = 409
    answer = cluster._answer

    def answers(status: int, body: object) -> Response:
        if status == 409:
            cluster.status["/api/v1/namespaces/s"] = 404
            del cluster.status["POST /api/v1/namespaces"]
            return answer(status, {"message": "object is being deleted: namespaces already exists"})
        return answer(status, body)

    monkeypatch.setattr(cluster, "_answer", answers)
    played(cluster, scenario(ONE_POD))
    assert cluster.requests[:3] == ["POST /api/v1/namespaces", "GET /api/v1/namespaces/s", "POST /api/v1/namespaces"]


def test_noise_between_two_looks_does_not_hide_a_loss(
    cluster: FakeCluster, scenario: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    cluster.uncounted = 1
    count = cluster.recorder_count

    def count_and_go_on() -> int:
        """Count, and have one more line come right after, as leases do."""
        counted = count()
        cluster.lines.append(review("noise", "UPDATE", "leases", namespace="kube-system", user="n"))
        return counted

    monkeypatch.setattr(cluster, "recorder_count", count_and_go_on)
    assert "the recorder counted" in failure(cluster, scenario(ONE_POD)).faults[0].message
