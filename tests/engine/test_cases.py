"""Sorts of request: settled once, bounded in number, and never another verdict."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from toolkit.engine import by_user, cases, compiled, quick
from toolkit.engine.compiled import CompiledEngine
from toolkit.engine.run import Engine
from toolkit.events.tally import Tally
from toolkit.fields.catalog import load_catalog
from toolkit.fields.extractor import Extractor
from toolkit.ruleset.loader import RuleFile, load
from toolkit.ruleset.rules import Ruleset

RULES = r"""
- {rule: a, desc: d, source: k8s_admission, priority: INFO, output: "%kar.req.pod.containers.image", condition: kar.target.resource startswith th and kar.verb = CREATE and not kar.user.name = n7}
- {rule: b, desc: d, source: k8s_admission, priority: INFO, output: o, condition: kar.req.pod.containers.image intersects (i) or evt.num > 3}
- {rule: c, desc: d, source: k8s_admission, priority: INFO, output: o, condition: kar.target.kind = Pod and not kar.target.subresource exists}
"""  # noqa: E501
CATALOG = load_catalog()


@pytest.fixture(scope="module")
def ruleset() -> Ruleset:
    return load([RuleFile("r.yaml", RULES.encode())], CATALOG).checked()


def lines(count: int) -> Iterator[bytes]:
    for number in range(count):
        kind, resource = ("Pod", "pods") if number % 5 == 0 else (f"Kind{number}", f"things{number}")
        yield line(
            kind,
            resource,
            name="n",
            operation="CREATE" if number % 3 else "DELETE",
            userInfo={"username": f"n{number % 9}"},
            object={"spec": {"containers": [{"image": "i" if number % 10 else "j"}]}},
            oldObject=None,
        )


def line(kind: str, resource: str, **members: object) -> bytes:
    request = {
        "uid": "u",
        "kind": {"group": "", "version": "v1", "kind": kind},
        "resource": {"group": "", "version": "v1", "resource": resource},
        **members,
    }
    review = {"kind": "AdmissionReview", "request": request, "requestReceivedTimestamp": "2026-01-02T03:04:05.5Z"}
    return json.dumps(review, separators=(",", ":"), ensure_ascii=False).encode() + b"\n"


def alerts(engine: Engine, count: int) -> list[bytes]:
    return [alert.json() for alert in engine.scan(lines(count), "f", Tally())]


@pytest.mark.parametrize("matching", ["first", "all"])
def test_tables_are_bounded(ruleset: Ruleset, matching: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for module, name in ((quick, "MOST_SORTS"), (compiled, "MOST_SORTS"), (cases, "MOST_CASES")):
        monkeypatch.setattr(module, name, 3)
    run = CompiledEngine(ruleset, Extractor(CATALOG), matching)
    assert alerts(run, 60) == alerts(Engine(ruleset, Extractor(CATALOG), matching), 60)
    assert run._quick is not None
    assert len(run._quick.table) <= 3
    assert sum(map(len, run._quick._renders.values())) <= 3


def test_sorts_for_which_the_same_is_left_share_a_function(ruleset: Ruleset) -> None:
    run = CompiledEngine(ruleset, Extractor(CATALOG), "all")
    alerts(run, 60)
    assert run._quick is not None
    assert len(run._quick.table) == 60 - 12 + 2
    assert len({fired for fired, *_ in run._quick.table.values()}) <= 4


def test_a_sort_of_long_words_is_not_kept(ruleset: Ruleset, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quick, "LONGEST_SORT", 10)
    run = CompiledEngine(ruleset, Extractor(CATALOG), "all")
    assert alerts(run, 30) == alerts(Engine(ruleset, Extractor(CATALOG), "all"), 30)
    assert run._quick is not None
    assert not run._quick.table


BY_USER = """
- {rule: a, desc: d, source: k8s_admission, priority: INFO, output: "%kar.user.name", condition: 'kar.user.name in ("1", "true", "1.0", "")'}
- {rule: b, desc: d, source: k8s_admission, priority: INFO, output: o, condition: kar.user.name exists and not kar.user.name startswith u}
- {rule: c, desc: d, source: k8s_admission, priority: INFO, output: o, condition: kar.target.resource = things1 and kar.user.name = u1}
- {rule: d, desc: d, source: k8s_admission, priority: INFO, output: o, condition: kar.target.resource = things2 and kar.user.name = u2}
"""  # noqa: E501
USERS = ["1", 1, True, 1.0, "true", "", None, {}, "u1", False, 0, "x" * 300, "y\0", "ü", [1]]


@pytest.mark.parametrize("matching", ["first", "all"])
@pytest.mark.parametrize(("most", "functions"), [(10_000, 1000), (3, 1000), (10_000, 1)])
def test_what_is_known_of_users_changes_no_verdict(
    matching: str, most: int, functions: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(by_user, "MOST_USERS", most)
    monkeypatch.setattr(by_user, "MOST_FUNCTIONS", functions)
    rules = load([RuleFile("r.yaml", BY_USER.encode())], CATALOG).checked()
    infos = [{"username": user} for user in USERS] + [None, {}, {"username": "u2", "groups": ["a"]}]
    log = [line("K", f"things{number % 7}", operation="CREATE", userInfo=info) for number, info in enumerate(infos * 3)]
    run, walk = CompiledEngine(rules, Extractor(CATALOG), matching), Engine(rules, Extractor(CATALOG), matching)
    found = [alert.json() for alert in run.scan(iter(log), "f", Tally())]
    assert found == [alert.json() for alert in walk.scan(iter(log), "f", Tally())]
    assert found
    assert run._quick is not None
    known = [users for _, users, *_ in run._quick.table.values() if users is not None]
    assert known
    assert {type(user) for users in known for user in users} == {str}
    distinct = {id(users): users for users in known}.values()
    assert len(distinct) <= functions
    assert sum(map(len, distinct)) <= most


def test_no_more_users_are_remembered_than_may_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(by_user, "MOST_USERS", 3)
    run = CompiledEngine(load([RuleFile("r.yaml", BY_USER.encode())], CATALOG).checked(), Extractor(CATALOG))
    log = [line("K", "things", operation="CREATE", userInfo={"username": f"v{number}"}) for number in range(50)]
    assert run.count(iter(log), "f", Tally()) == {"b": 50}
    assert run._quick is not None
    ((_, users, *_),) = run._quick.table.values()
    assert users is not None
    assert len(users) == 3
