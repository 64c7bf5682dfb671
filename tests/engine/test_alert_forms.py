"""How alerts are written where a configuration has a say: members of JSON, the time, added fields."""

from __future__ import annotations

import json
from typing import Any

import pytest
from test_alerts_and_runs import CATALOG, RULES, review

from toolkit.engine.alerts import Alert, AlertForm
from toolkit.engine.run import Engine
from toolkit.fields.event import Machine
from toolkit.fields.extractor import Extractor
from toolkit.ruleset.additions import Addition
from toolkit.ruleset.loader import RuleFile, load

ALWAYS = {"priority", "rule", "source", "time"}


def alert(*additions: Addition) -> Alert:
    chosen = load([RuleFile("r.yaml", RULES.encode())], CATALOG, additions=additions).checked()
    machine = Machine(utc_offset=3600)
    return Engine(chosen, Extractor(CATALOG, machine), "first").evaluate(review())[0]


def members(form: AlertForm, *additions: Addition) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(alert(*additions).line(form))
    return found


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        (AlertForm(json=True), ALWAYS | {"output", "output_fields", "tags"}),
        (AlertForm(json=True, include_output=False), ALWAYS | {"output_fields", "tags"}),
        (AlertForm(json=True, include_tags=False), ALWAYS | {"output", "output_fields"}),
        (AlertForm(json=True, include_output_fields=False), ALWAYS | {"output", "tags"}),
        (AlertForm(json=True, include_message=True), ALWAYS | {"output", "message", "output_fields", "tags"}),
    ],
)
def test_members_of_json_alerts(form: AlertForm, expected: set[str]) -> None:
    assert members(form).keys() == expected


def test_the_message_is_the_output_without_time_and_priority() -> None:
    found = members(AlertForm(json=True, include_message=True))
    assert (found["message"], found["output"]) == ("z n", "04:04:05.000000006: Emergency z n")


def test_the_time_with_its_date_is_in_utc_and_names_another_field() -> None:
    form = AlertForm(iso_time=True)
    assert alert().line(form) == b"2026-01-02T03:04:05.000000006+0000: Emergency z n"
    found = members(AlertForm(json=True, iso_time=True))
    assert found["output"].startswith("2026-01-02T03:04:05.000000006+0000: ")
    assert found["output_fields"] == {"evt.time.iso8601": 1767323045000000006, "kar.target.name": "n"}
    assert found["time"] == "2026-01-02T03:04:05.000000006Z"


def test_what_is_added_stands_in_the_text_and_in_the_fields() -> None:
    formats = (("who", "%kar.user.groups of %kar.verb"),)
    fields = ("kar.user.groups", "evt.time", "kar.user.groups[0]")
    addition = Addition("k8s_admission", text="(%kar.verb)", formats=formats, fields=fields)
    assert alert(addition).line(AlertForm()).endswith(b" Emergency z n (CREATE)")
    assert members(AlertForm(json=True), addition)["output_fields"] == {
        "evt.time": 1767323045000000006,
        "kar.target.name": "n",
        "kar.verb": "CREATE",
        "who": "(a,b) of CREATE",
        "kar.user.groups": ["a", "b"],
        "kar.user.groups[0]": None,  # the field has no argument, so this is no field's way of writing
    }
    assert "who" not in json.dumps(members(AlertForm(json=True, include_output_fields=False), addition))
