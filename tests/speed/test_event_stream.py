"""The events that speed is measured on: the same every time, in the shares that are promised."""

from __future__ import annotations

import re
from collections import Counter

import orjson
from event_stream import KINDS, ROOT, SEED, generate

from toolkit.events.parsing import parse_line
from toolkit.events.review import Review

SHARES = {
    "leases": 0.30,
    "events": 0.15,
    "endpoints": 0.10,
    "pod creations": 0.15,
    "status": 0.08,
    "configmaps and secrets": 0.07,
    "RBAC": 0.03,
    "CONNECT": 0.02,
    "the rest": 0.10,
}


def group(resource: str, subresource: str, operation: str) -> str:
    if operation == "CONNECT":
        return "CONNECT"
    if subresource == "status" and resource in ("pods", "nodes"):
        return "status"
    if (resource, subresource, operation) == ("pods", "", "CREATE"):
        return "pod creations"
    if resource in ("leases", "events"):
        return resource
    if resource.startswith("endpoint"):
        return "endpoints"
    if resource in ("configmaps", "secrets"):
        return "configmaps and secrets"
    return "RBAC" if "role" in resource else "the rest"


def test_the_same_every_time() -> None:
    assert list(generate(50)) == list(generate(50))
    assert list(generate(50)) != list(generate(50, seed=1))


def test_shares_and_size() -> None:
    total = sum(kind.share for kind in KINDS)
    promised = Counter[str]()
    for kind in KINDS:
        promised[group(kind.resource, kind.subresource, kind.operation)] += kind.share
    assert {name: share / total for name, share in promised.items()} == SHARES
    lines = list(generate(4000))
    assert 3400 <= sum(map(len, lines)) / len(lines) <= 3800
    requests = [orjson.loads(line)["request"] for line in lines]
    found = Counter(
        group(each["resource"]["resource"], each.get("subResource", ""), each["operation"]) for each in requests
    )
    for name, share in SHARES.items():
        assert abs(found[name] / len(lines) - share) < 0.03, name
    assert len({each["userInfo"]["username"] for each in requests}) > 40
    assert len({each.get("namespace") for each in requests}) >= 50


def test_every_line_is_a_review() -> None:
    assert all(isinstance(parse_line(line, "f", 1), Review) for line in generate(300))


def test_the_page_of_figures_is_about_these_events() -> None:
    page = (ROOT / "docs" / "performance.md").read_text("utf-8")
    said = re.search(r"event_stream\.py (\d+) --seed (\d+)`.*?: (\d+) lines, ([\d,]+) bytes on average", page, re.S)
    assert said, "run: make bench"
    count, seed, lines, mean = (int(number.replace(",", "")) for number in said.groups())
    assert (count, seed) == (lines, SEED)
    assert sum(len(line) + 1 for line in generate(count)) // count == mean, "run: make bench"
