"""The labels of a run leave no trace in canonical lines: with and without them, an object's line is the same."""

from __future__ import annotations

import json
from typing import Any

import pytest

from toolkit.capture.canonical import Canonical
from toolkit.capture.standins import Numbering
from toolkit.cluster.existing.ownership import MANAGED_BY, RUN, TOOLKIT, own_labels, run_of, selector


def line(labels: dict[str, str] | None, fields: dict[str, Any]) -> bytes:
    metadata: dict[str, Any] = {"name": "r", **({"labels": labels} if labels else {})}
    metadata["managedFields"] = [{"manager": "m", "fieldsV1": fields}, {"manager": "n", "fieldsV1": {"f:rules": {}}}]
    request = {"uid": "u", "userInfo": {}, "object": {"metadata": metadata}, "oldObject": {"metadata": metadata}}
    return json.dumps({"kind": "AdmissionReview", "request": request}, separators=(",", ":")).encode()


def canonical(raw: bytes) -> bytes:
    made = Canonical(Numbering("s"))
    made.enter("step", 0)
    return made.line(raw)


OWN = own_labels("r1")
OWN_FIELDS: dict[str, Any] = {f"f:{MANAGED_BY}": {}, f"f:{RUN}": {}}


@pytest.mark.parametrize(
    ("labelled", "plain"),
    [
        (
            line(OWN, {"f:metadata": {"f:labels": {".": {}, **OWN_FIELDS}}, "f:rules": {}}),
            line(None, {"f:rules": {}}),
        ),
        (
            line({"app": "x", **OWN}, {"f:metadata": {"f:labels": {".": {}, "f:app": {}, **OWN_FIELDS}}}),
            line({"app": "x"}, {"f:metadata": {"f:labels": {".": {}, "f:app": {}}}}),
        ),
        (
            line(OWN, {"f:metadata": {"f:annotations": {}, "f:labels": {".": {}, **OWN_FIELDS}}}),
            line(None, {"f:metadata": {"f:annotations": {}}}),
        ),
    ],
)
def test_labels_and_who_owns_them_are_taken_out(labelled: bytes, plain: bytes) -> None:
    assert labelled != plain
    assert canonical(labelled) == canonical(plain)


def test_a_manager_of_nothing_but_the_labels_is_taken_out() -> None:
    raw = line(OWN, {"f:metadata": {"f:labels": {".": {}, **OWN_FIELDS}}})
    managers = json.loads(canonical(raw))["request"]["object"]["metadata"]["managedFields"]
    assert [entry["manager"] for entry in managers] == ["n"]


def test_what_an_author_labelled_stays() -> None:
    raw = line({MANAGED_BY: TOOLKIT}, {"f:metadata": {"f:labels": {".": {}, f"f:{MANAGED_BY}": {}}}})
    assert canonical(raw) == raw


def test_only_both_words_make_an_object_the_toolkits() -> None:
    assert run_of(OWN) == "r1"
    assert run_of({MANAGED_BY: TOOLKIT}) == ""
    assert run_of({MANAGED_BY: "helm", RUN: "r1"}) is None
    assert run_of(None) is None
    assert selector("r1") == f"{MANAGED_BY}={TOOLKIT},{RUN}=r1"
    assert selector() == f"{MANAGED_BY}={TOOLKIT}"
