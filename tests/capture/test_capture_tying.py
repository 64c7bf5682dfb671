"""Every line finds its cause; retries count once; what is missing is told."""

from __future__ import annotations

from collections.abc import Callable

from capture_fakes import review

from toolkit.capture.complete import find_gaps
from toolkit.capture.plan import PlannedScenario, features_of, plan
from toolkit.capture.recorded import read_all
from toolkit.capture.tie import Tied, collapse_retries, tie
from toolkit.scenarios.model import Scenario

Read = Callable[[str], Scenario]
RS = "system:serviceaccount:kube-system:replicaset-controller"
POD = "{apiVersion: v1, kind: Pod, metadata: {name: p}}"
TWO_STEPS = f"""
  steps:
    - name: first
      create: {POD}
      consequences: [{{user: "{RS}", verb: CREATE, resource: pods, fires: []}}]
    - name: second
      create: {POD}
      consequences: [{{user: "{RS}", verb: CREATE, resource: pods, name: "q*", fires: []}}]
"""


def tied(planned: list[PlannedScenario], *lines: bytes) -> Tied:
    recorded = read_all(lines)
    return tie(planned, recorded, [False] * len(recorded))


def planned(scenario: Scenario) -> list[PlannedScenario]:
    return plan([scenario], features_of("local"))


def test_lines_go_to_the_request_that_their_tag_names(scenario: Read) -> None:
    found = tied(
        planned(scenario(TWO_STEPS)),
        review("b", tag="s/steps/1/0"),
        review("a", tag="s/steps/0/0"),
        review("x", tag="s/steps/7/0"),
        review("y", tag="elsewhere"),
        review("n", tag="s/namespace"),
    )
    assert [[line.name for line in request] for request in found.steps["s/steps/0"].own] == [["a"]]
    assert [[line.name for line in request] for request in found.steps["s/steps/1"].own] == [["b"]]
    assert [line.name for line in found.unknown] == ["x", "y"]
    assert found.background == []


def test_a_consequence_is_looked_for_after_its_step_and_before_the_next(scenario: Read) -> None:
    found = tied(
        planned(scenario(TWO_STEPS)),
        review("early", user=RS),
        review("a", tag="s/steps/0/0"),
        review("mine", user=RS),
        review("other", user="someone"),
        review("elsewhere", user=RS, namespace="t"),
        review("b", tag="s/steps/1/0"),
        review("late", user=RS),
        review("q1", user=RS),
        review("q2", user=RS, operation="UPDATE"),
    )
    assert [[line.name for line in each] for each in found.steps["s/steps/0"].consequences] == [["mine"]]
    assert [[line.name for line in each] for each in found.steps["s/steps/1"].consequences] == [["q1"]]
    assert [line.name for line in found.background] == ["early", "other", "elsewhere", "late", "q2"]


def test_what_the_namespace_itself_brings_is_not_background(scenario: Read) -> None:
    controller = "system:serviceaccount:kube-system:service-account-controller"
    found = tied(
        planned(scenario(TWO_STEPS)),
        review("default", resource="serviceaccounts", user=controller),
        review("mine", resource="serviceaccounts", user=controller),
        review("default", resource="serviceaccounts", user=controller, namespace="other"),
    )
    assert [(line.name, line.namespace) for line in found.background] == [("mine", "s"), ("default", "other")]


def test_reviews_of_one_object_in_one_step_are_retries() -> None:
    lines = read_all(
        [
            review("a", "DELETE", generation=1),
            review("a", "DELETE", generation=2),
            review("b", "DELETE"),
            review("a", "UPDATE"),
            review("a", "DELETE", subresource="status"),
            review("a", "DELETE", namespace="t"),
        ]
    )
    (kept,) = collapse_retries([lines])
    assert [line.number for line in kept] == [0, 2, 3, 4, 5]
    assert collapse_retries([lines[:1], lines[1:2]]) == [[lines[0]], []]


def gaps(planned: list[PlannedScenario], *lines: bytes) -> list[str]:
    return [fault.message for fault in find_gaps(planned, tied(planned, *lines))]


def test_a_request_without_its_line_is_a_gap(scenario: Read) -> None:
    read = planned(scenario(f"  steps: [{{name: a, create: [{POD}, {POD}]}}]\n"))
    (message,) = gaps(read, review("a", tag="s/steps/0/1"))
    assert message.startswith('step "a" left no event: POST /api/v1/namespaces/s/pods')
    assert not gaps(read, review("a", tag="s/steps/0/0"), review("a", tag="s/steps/0/1"))


def test_a_step_that_should_record_nothing_and_did_is_a_gap(scenario: Read) -> None:
    read = planned(scenario("  steps: [{name: a, get: {resource: pods}}]\n"))
    assert not gaps(read)
    (message,) = gaps(read, review("a", tag="s/steps/0/0"))
    assert 'step "a" should leave no event and left 1' in message


def test_a_line_of_no_step_and_a_consequence_without_a_line_are_gaps(scenario: Read) -> None:
    read = planned(scenario(TWO_STEPS))
    found = gaps(
        read,
        review("a", tag="s/steps/0/0"),
        review("b", tag="s/steps/1/0"),
        review("q", user=RS),
        review("z", tag="t/steps/0/0"),
    )
    assert found == [
        f'no CREATE of pods by {RS} came of step "first"',
        "recorded line 4 names a step that was not played: t/steps/0/0",
    ]
