"""The fields that every event has: evt.* and json.*."""

from __future__ import annotations

from typing import Any

import pytest
from opening import POD, opened, review

from toolkit.fields.catalog import load_catalog
from toolkit.fields.event import Machine
from toolkit.fields.extractor import Extractor


def evt(time: str, first_ns: int, name: str, *, machine: Machine | None = None) -> tuple[Any, Any, Any]:
    """Return value, output value and text of a field on an event of this time."""
    fields = Extractor(load_catalog(), machine).open(review(POD, time), 5, first_ns)
    return fields.value(name), fields.output_value(name), fields.text(name)


@pytest.mark.parametrize(
    ("name", "value", "in_output", "text"),
    [
        ("evt.num", 5, 5, "5"),
        ("evt.time", "00:01:02.000000003", 62_000_000_003, "00:01:02.000000003"),
        ("evt.time.s", "00:01:02", 62_000_000_003, "00:01:02"),
        (
            "evt.time.iso8601",
            "1970-01-01T00:01:02.000000003+0000",
            62_000_000_003,
            "1970-01-01T00:01:02.000000003+0000",
        ),
        ("evt.datetime", "1970-01-01 00:01:02.000000003", 62_000_000_003, "1970-01-01 00:01:02.000000003"),
        ("evt.datetime.s", "1970-01-01 00:01:02", 62_000_000_003, "1970-01-01 00:01:02"),
        ("evt.rawtime", 62_000_000_003, 62_000_000_003, "62000000003"),
        ("evt.rawtime.s", 62, 62, "62"),
        ("evt.rawtime.ns", 3, 3, "000000003"),
        ("evt.reltime", 2_000_000_003, 2_000_000_003, "2000000003"),
        ("evt.reltime.s", 2, 2, "2"),
        ("evt.reltime.ns", 3, 3, "000000003"),
        ("evt.source", "k8s_admission", "k8s_admission", "k8s_admission"),
        ("evt.pluginname", "k8sadmission", "k8sadmission", "k8sadmission"),
        ("evt.is_async", False, False, "false"),
        ("evt.asynctype", None, None, None),
        ("evt.hostname", None, None, None),
    ],
)
def test_generic_fields(name: str, value: Any, in_output: Any, text: str | None) -> None:
    assert evt("1970-01-01T00:01:02.000000003Z", 60 * 10**9, name) == (value, in_output, text)


def test_the_whole_line() -> None:
    found = review(POD)
    assert Extractor(load_catalog()).open(found, 1, 0).value("evt.plugininfo") == found.text.decode()


def test_local_time_and_host() -> None:
    machine = Machine("node-1", 5400)
    assert evt("1970-01-01T23:00:00Z", 0, "evt.datetime", machine=machine)[0] == "1970-01-02 00:30:00.000000000"
    assert evt("1970-01-01T23:00:00Z", 0, "evt.time.iso8601", machine=machine)[0].startswith("1970-01-01T23:00:00")
    assert evt("1970-01-01T23:00:00Z", 0, "evt.hostname", machine=machine)[0] == "node-1"


def test_an_event_before_the_first_wraps_around() -> None:
    assert evt("1970-01-01T00:00:01Z", 2 * 10**9, "evt.reltime") == (2**64 - 10**9, -(10**9), str(2**64 - 10**9))


def test_lists_have_no_text_here() -> None:
    with pytest.raises(TypeError):
        opened(POD, userInfo={"groups": ["a"]}).text("kar.user.groups")


def test_unknown_fields_are_a_mistake_of_the_caller() -> None:
    with pytest.raises(KeyError):
        opened(POD).value("kar.no")


DATA = {"a": {"b/c": [1, "x", None, {"~": True}], "": "empty", "1": "one"}, "s": 'q"\u2603'}


@pytest.mark.parametrize(
    ("pointer", "value"),
    [
        ("/request/object/s", 'q"☃'),
        ("request/object/s", 'q"☃'),
        ("/request/object/a/b~1c/0", "1"),
        ("/request/object/a/b~1c/+1", "x"),
        ("/request/object/a/b~1c/01", "x"),
        ("/request/object/a/b~1c/-0", "1"),
        ("/request/object/a/b~1c/2", "null"),
        ("/request/object/a/b~1c/3", '{"~":true}'),
        ("/request/object/a/b~1c/3/~0", "true"),
        ("/request/object/a/b~1c/4", None),
        ("/request/object/a/b~1c/-1", None),
        ("/request/object/a/b~1c/-", None),
        ("/request/object/a/b~1c/1_0", None),
        ("/request/object/a/b~1c/99999999999999999999", None),
        ("/request/object/a/1", "one"),
        ("/request/object/a/", "empty"),
        ("/request/object/s/x", None),
        ("/request/object/none", None),
        ("/", None),
        ("//", None),
        ("/request/uid", "u"),
    ],
)
@pytest.mark.parametrize("name", ["json.value", "jevt.value"])
def test_json_pointers(name: str, pointer: str, value: str | None) -> None:
    assert opened(POD, object=DATA).value(name, pointer) == value


def test_an_empty_pointer_is_the_whole_review() -> None:
    fields = opened(POD)
    assert fields.value("json.value", "") == fields.value("evt.plugininfo")


def test_the_json_plugin_reads_a_review_without_numbers_by_the_letter_only() -> None:
    from toolkit.events.parsing import parse_line
    from toolkit.events.review import Review

    line = b'{"request":{"uid":"u","operation":"C"},"x":01,"requestReceivedTimestamp":"1970-01-01T00:00:00Z"}'
    found = parse_line(line, "f", 1, published=True)
    assert isinstance(found, Review)
    fields = Extractor(load_catalog("published")).open(found, 1, 0)
    assert fields.value("json.value", "/x") == "01"
    assert fields.value("json.obj") is None
    assert fields.value("json.rawtime") == "0"
