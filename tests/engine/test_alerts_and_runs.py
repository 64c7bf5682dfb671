"""What a run does with events: which rules are tried, what alerts hold, what is counted."""

from __future__ import annotations

import json

import pytest

from toolkit.conditions.explain import explain
from toolkit.engine.compiled import CompiledEngine
from toolkit.engine.run import Engine
from toolkit.engine.statistics import Statistics
from toolkit.events.parsing import parse_line
from toolkit.events.review import Review
from toolkit.fields.catalog import load_catalog
from toolkit.fields.event import Machine
from toolkit.fields.extractor import Extractor
from toolkit.ruleset.loader import RuleFile, load
from toolkit.ruleset.rules import Ruleset
from toolkit.ruleset.selection import Selector

CLASSES: dict[str, type[Engine]] = {}
CATALOG = load_catalog("corrected")
RULES = r"""
- {rule: z rule, desc: d, source: k8s_admission, priority: emergency, condition: kar.verb = CREATE, output: "z %kar.target.name", tags: [z, a]}
- {rule: off, desc: d, source: k8s_admission, priority: ERROR, condition: kar.verb exists, output: off, enabled: false}
- {rule: a rule, desc: d, source: k8s_admission, priority: info, condition: kar.verb exists, output: "g=%kar.user.groups n=%kar.req.pod.fs_group"}
- {rule: other, desc: d, source: syscall, priority: INFO, condition: evt.num > 0, output: x}
- {rule: numbered, desc: d, source: k8s_admission, priority: debug, condition: evt.num = 2, output: "%evt.num %evt.reltime"}
"""  # noqa: E501


def ruleset() -> Ruleset:
    return load([RuleFile("r.yaml", RULES.encode())], CATALOG).checked()


def review(verb: str = "CREATE", name: str = "n", time: str = "2026-01-02T03:04:05.000000006Z") -> Review:
    request = {"uid": "u", "operation": verb, "name": name, "userInfo": {"username": "x", "groups": ["a", "b"]}}
    line = json.dumps({"request": request, "requestReceivedTimestamp": time}, ensure_ascii=False)
    found = parse_line(line.encode("utf-8", "surrogateescape"), "events", 1)
    assert isinstance(found, Review)
    return found


@pytest.fixture(autouse=True, params=[Engine, CompiledEngine])
def engine_class(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Try everything with both engines."""
    monkeypatch.setitem(CLASSES, "engine", request.param)


def engine(matching: str = "all", machine: Machine | None = None, chosen: Ruleset | None = None) -> Engine:
    return CLASSES["engine"](chosen or ruleset(), Extractor(CATALOG, machine), matching)


def test_rules_are_tried_in_order_and_the_first_one_may_be_all() -> None:
    assert [rule.name for rule in engine("all").matches(review())] == ["z rule", "a rule"]
    assert [rule.name for rule in engine("first").matches(review())] == ["z rule"]
    assert [rule.name for rule in engine("first").matches(review("DELETE"))] == ["a rule"]
    again = ruleset().select([Selector(enable=False, rule="z rule"), Selector(enable=True, rule="*")])
    assert [rule.name for rule in engine("all", chosen=again).matches(review())] == ["a rule", "off", "z rule"]


def test_an_unknown_way_of_matching_is_refused() -> None:
    with pytest.raises(ValueError, match="some"):
        engine("some")


def test_events_are_numbered_and_timed_from_the_first_on() -> None:
    run = engine()
    later = "2026-01-02T03:04:06.500000006Z"
    assert [alert.message() for alert in run.alerts([review(), review("X", time=later)])][-1] == "2 1500000000"
    assert "numbered" not in [rule.name for rule in run.matches(review())]


def test_an_alert_as_text_and_as_json() -> None:
    first, second = engine().evaluate(review())
    assert first.text() == "03:04:05.000000006: Emergency z n"
    assert second.text() == "03:04:05.000000006: Informational g=(a,b) n=<NA>"
    assert second.json() == (
        b'{"output":"03:04:05.000000006: Informational g=(a,b) n=<NA>","output_fields":'
        b'{"evt.time":1767323045000000006,"kar.req.pod.fs_group":null,"kar.user.groups":["a","b"]},'
        b'"priority":"Informational","rule":"a rule","source":"k8s_admission","tags":[],'
        b'"time":"2026-01-02T03:04:05.000000006Z"}'
    )
    assert first.json("host").startswith(b'{"hostname":"host","output":"')
    assert json.loads(first.json())["tags"] == ["a", "z"]


def test_the_time_in_words_is_local_and_all_else_is_not() -> None:
    alert = engine(machine=Machine(utc_offset=5 * 3600 + 1800)).evaluate(review())[0]
    assert alert.text().startswith("08:34:05.000000006: ")
    assert json.loads(alert.json())["time"] == "2026-01-02T03:04:05.000000006Z"
    assert alert.output_fields()["evt.time"] == 1767323045000000006


def test_text_is_not_escaped_and_json_is_utf8() -> None:
    name = 'a"\\/\n\té\x1f\x7f'
    alert = engine().evaluate(review(name=name))[0]
    assert alert.message() == f"z {name}"
    assert b'"kar.target.name":"a\\"\\\\/\\n\\t\xc3\xa9\\u001f\x7f"' in alert.json()


def test_what_is_not_utf8_becomes_a_replacement_character() -> None:
    rules = RULES.replace("z %kar.target.name", "%b64(kar.target.name)")
    chosen = load([RuleFile("r.yaml", rules.encode())], CATALOG).checked()
    alert = engine(chosen=chosen).evaluate(review(name="Yf/DqQ=="))[0]
    assert alert.text().encode("utf-8", "surrogateescape").endswith(b" a\xff\xc3\xa9")
    assert json.loads(alert.json())["output"].endswith(" a\ufffdé")


def test_a_match_can_be_explained() -> None:
    run = engine()
    fields = run.open(review("DELETE"))
    explanation = explain(ruleset().rules[0].condition, fields.value)
    assert not explanation.holds
    assert explanation.decided_by[0].reads[0].value == "DELETE"


def test_statistics_stand_in_the_order_of_severity_and_of_definition() -> None:
    run = engine()
    statistics = Statistics(run.rules)
    assert statistics.text() == "Events detected: 0\nRule counts by severity:\nTriggered rules by rule name:\n"
    for alert in run.alerts([review("DELETE"), review(), review()]):
        statistics.count(alert.rule)
    assert statistics.text() == (
        "Events detected: 6\nRule counts by severity:\n   EMERGENCY: 2\n   INFO: 3\n   DEBUG: 1\n"
        "Triggered rules by rule name:\n   z rule: 2\n   a rule: 3\n   numbered: 1\n"
    )
