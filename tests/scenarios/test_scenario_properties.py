"""Whatever stands in a scenario file, it loads and can be planned, or it is our own error with a place."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from toolkit.capture.plan import describe, features_of, plan
from toolkit.errors import ToolkitError
from toolkit.places import Place
from toolkit.scenarios.loader import load_scenarios

GOOD: dict[str, Any] = {
    "apiVersion": "toolkit/v1",
    "kind": "Scenario",
    "metadata": {"name": "s", "description": "d"},
    "spec": {
        "namespace": "default",
        "needs": ["controllers"],
        "rules": "- macro: x",
        "setup": [{"create": {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}}}],
        "steps": [
            {
                "name": "a",
                "create": [
                    {
                        "apiVersion": "v1",
                        "kind": "Pod",
                        "metadata": {"name": "p", "namespace": "n"},
                        "data": {"a": {"$repeat": {"text": "x", "times": 3}}},
                    }
                ],
                "as": {"user": "u", "groups": ["g"]},
                "dryRun": True,
                "status": 201,
                "fires": {"A": 1},
                "nearMiss": {"B": "because"},
                "consequences": [{"user": "u", "verb": "CREATE", "resource": "pods", "fires": ["A"], "name": "*"}],
                "waitFor": {"resource": "pods", "name": "p", "condition": "exists"},
            },
            {"name": "b", "exec": {"name": "p", "command": ["id"], "tty": True}},
            {"name": "c", "patch": {"resource": "pods", "name": "p", "patch": {"x": 1}, "type": "merge"}},
            {"name": "d", "proxy": {"resource": "pods", "name": "p", "query": {"a": [1, "x"]}}},
            {"name": "e", "raw": {"method": "POST", "path": "/x", "body": {"a": 1}}},
            {"name": "f", "get": {"resource": "secrets"}, "records": "nothing"},
        ],
        "teardown": [{"deleteCollection": {"resource": "pods", "labelSelector": "a=b"}}],
    },
}
ANY = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 10**20),
    st.floats(allow_nan=False),
    st.sampled_from(["", "pods", "a", "toolkit/v1", "$repeat", "\u2028", "\U0001f600"]),
    st.lists(st.integers(0, 3), max_size=2),
    st.dictionaries(st.sampled_from(["name", "file", "$repeat", "metadata", "x"]), st.integers(0, 3), max_size=2),
)


def places(value: Any) -> list[tuple[Any, Any]]:
    """Return every (container, key) of a document."""
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [each for key, member in members for each in [(value, key), *places(member)]]


def loads(folder: Path) -> None:
    places: list[Place | None] = []
    try:
        assert list(describe(plan(load_scenarios(folder), features_of("local"))))
    except ToolkitError as error:
        places = [fault.place for fault in error.faults]
    assert all(place is not None and place.file for place in places)


def test_the_good_scenario_is_good(tmp_path: Path) -> None:
    (tmp_path / "s.yaml").write_text(yaml.safe_dump(GOOD))
    assert load_scenarios(tmp_path)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_value_anywhere_loads_or_is_a_fault_with_its_place(tmp_path: Path, data: st.DataObject) -> None:
    document = yaml.safe_load(yaml.safe_dump(GOOD))
    for _ in range(data.draw(st.integers(1, 3))):
        container, key = data.draw(st.sampled_from(places(document)))
        if data.draw(st.booleans()):
            container[key] = data.draw(ANY)
        elif isinstance(container, dict):
            container[data.draw(st.sampled_from(["nam", "delete", "file", "dryRun", "metadata"]))] = data.draw(ANY)
        else:
            container.append(data.draw(ANY))
    (tmp_path / "s.yaml").write_text(yaml.safe_dump(document, allow_unicode=True), "utf-8")
    loads(tmp_path)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.one_of(st.binary(max_size=200), st.text("{}[]&*!|>-:,#'\" \n\tab<1", max_size=120).map(str.encode)))
def test_any_bytes_are_a_fault_with_their_file(tmp_path: Path, text: bytes) -> None:
    (tmp_path / "s.yaml").write_bytes(text)
    with pytest.raises(ToolkitError) as caught:
        load_scenarios(tmp_path)
    assert all(fault.place is not None and fault.place.file.endswith("s.yaml") for fault in caught.value.faults)
