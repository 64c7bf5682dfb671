"""Field values on captured events, written down by hand from what the steps sent."""

from __future__ import annotations

import json

import pytest
from recordings import DATA, VERSIONS, captured, reviews, split

from toolkit.events.review import Review
from toolkit.fields.catalog import load_catalog
from toolkit.fields.extractor import EventFields, Extractor

EXPECTED = json.loads((DATA / "corrected.json").read_text("utf-8"))
STEP = "toolkit.dev/step"


def opened(version: str) -> list[tuple[Review, EventFields]]:
    extractor = Extractor(load_catalog())
    read = reviews(captured(version))
    return [(review, extractor.open(review, number, read[0].time_ns)) for number, review in enumerate(read, 1)]


@pytest.mark.parametrize("version", VERSIONS)
def test_corrected_values_by_hand(version: str) -> None:
    met = set()
    for review, fields in opened(version):
        step = review.data["request"]["userInfo"].get("extra", {}).get(STEP, [""])[0]
        met.add(step)
        for field, value in EXPECTED.get(step, {}).items():
            assert fields.value(*split(field)) == value, f"{review.place} ({step}) {field}"
    assert met >= EXPECTED.keys()


@pytest.mark.parametrize("version", VERSIONS)
def test_names_of_deleted_collections(version: str) -> None:
    names = [
        fields.value("kar.req.configmap.name")
        for review, fields in opened(version)
        if review.data["request"]["operation"] == "DELETE"
        and "name" not in review.data["request"]
        and review.data["request"]["resource"]["resource"] == "configmaps"
    ]
    assert names, "the capture has a collection's deletes"
    assert None not in names


def wants(prefix: str, request: dict[str, dict[str, str]]) -> bool:
    """Return whether a request is about the objects of a family of fields, told from the raw request."""
    resource, kind = request["resource"], request["kind"]
    rbac = resource["group"] == "rbac.authorization.k8s.io"
    return {
        "pod": kind["kind"] == "Pod" and not kind["group"],
        "container": kind["kind"] == "Pod" and not kind["group"],
        "volume": kind["kind"] == "Pod" and not kind["group"],
        "configmap": resource["resource"] == "configmaps" and not resource["group"],
        "service": resource["resource"] == "services" and not resource["group"],
        "role": resource["resource"] in {"roles", "clusterroles"} and rbac,
        "binding": resource["resource"] in {"rolebindings", "clusterrolebindings"} and rbac,
        "exec": resource["resource"] == "pods" and request.get("subResource") == "exec",  # type: ignore[comparison-overlap]
    }[prefix]


@pytest.mark.parametrize("version", VERSIONS)
def test_gates(version: str) -> None:
    gated = [field for field in load_catalog() if field.name.startswith("kar.req.")]
    for review, fields in opened(version):
        for field in gated:
            if not wants(field.name.split(".")[2], review.data["request"]):
                assert fields.value(field.name, "0" if field.argument_required else None) is None, field.name


@pytest.mark.parametrize("version", VERSIONS)
def test_both_plugins_agree_where_the_catalog_says_so(version: str) -> None:
    same = [field.name for field in load_catalog() if field.published is None and not field.argument_required]
    published = Extractor(load_catalog("published"))
    for number, (review, fields) in enumerate(opened(version), 1):
        other = published.open(review, number, review.time_ns)
        for name in same:
            if not name.startswith("evt.reltime"):
                assert fields.value(name) == other.value(name), f"{review.place} {name}"
