"""Two captures of the same requests are the same in canonical form, and nothing else of a line changes."""

from __future__ import annotations

import base64
import gzip
import json
import random
import re
from pathlib import Path
from typing import Any

import pytest

from toolkit.capture import rawjson
from toolkit.capture.canonical import Canonical
from toolkit.capture.standins import CERTIFICATE_BASE64, OBJECT_TIME, REDACTED, Numbering

DATA = Path(__file__).parent.parent / "conformance" / "data" / "captured"
UUID = re.compile(rb"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
TIME = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")
ALPHABET = "bcdfghjklmnpqrstvwxz2456789"


def captured(version: str) -> list[bytes]:
    return gzip.decompress((DATA / f"apiserver-{version}.jsonl.gz").read_bytes()).split(b"\n")[:-1]


@pytest.fixture(scope="module")
def lines() -> list[bytes]:
    """Return the lines of one real capture."""
    return captured("1.37.2")


def canonical(lines: list[bytes], given: str = "") -> list[bytes]:
    made = Canonical(Numbering("s"), given)
    result = []
    for number, line in enumerate(lines):
        made.enter(f"step {number}", number)
        result.append(made.line(line))
    return result


def elsewhere(lines: list[bytes], seed: int) -> list[bytes]:
    """Return the same capture as another cluster would have recorded it: everything that it makes up is other."""
    chance = random.Random(seed)
    text = b"\n".join(lines)
    for original in sorted(set(UUID.findall(text))):
        text = text.replace(original, f"{chance.getrandbits(128):032x}".encode(), -1)
    text = re.sub(
        rb"(?<![0-9a-f])([0-9a-f]{8})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{12})(?![0-9a-f])",
        rb"\1-\2-\3-\4-\5",
        text,
    )
    for prefix in (b"kube-api-access-", b"gen-", b"ci-", b"nginx-deployment-5d7cdb68-"):
        for suffix in sorted(set(re.findall(prefix + rb"([bcdfghjklmnpqrstvwxz2456789]{5})\b", text))):
            other = "".join(chance.choices(ALPHABET, k=5)).encode()
            text = text.replace(prefix + suffix, prefix + other)
    text = TIME.sub(lambda _: f"2031-05-0{chance.randint(1, 9)}T1{chance.randint(0, 9)}:00:00".encode(), text)
    shift = chance.randint(10_000, 20_000)
    text = re.sub(rb'"resourceVersion":"(\d+)"', lambda m: b'"resourceVersion":"%d"' % (int(m[1]) + shift), text)
    text = re.sub(rb"\b10\.0\.0\.(\d+)\b", lambda m: b"10.9.7.%d" % (int(m[1]) // 2 + 1), text)
    text = re.sub(rb'"nodePort":(\d+)', lambda m: b'"nodePort":%d' % ((int(m[1]) + 77) % 2767 + 30000), text)
    return re.sub(rb"MIID[A-Za-z0-9+/=\\n]{40,}", b"MIIE" + base64.b64encode(chance.randbytes(600)), text).split(b"\n")


@pytest.mark.parametrize("seed", range(3))
def test_the_same_requests_on_another_cluster_give_the_same_bytes(lines: list[bytes], seed: int) -> None:
    other = elsewhere(lines, seed)
    assert sum(one != two for one, two in zip(lines, other, strict=True)) == len(lines)
    assert canonical(other) == canonical(lines)


def test_equal_originals_stay_equal_and_different_ones_different(lines: list[bytes]) -> None:
    before, after = b"\n".join(lines), b"\n".join(canonical(lines))
    one, two = UUID.findall(before), UUID.findall(after)
    assert len(one) == len(two)
    assert len(set(zip(one, two, strict=True))) == len(set(one)) == len(set(two))


VOLATILE = re.compile(
    r"uid|time|Time|Timestamp|resourceVersion|clusterIP|nodePort|credential-id|toolkit\.dev/step|"
    r"[nN]ame|ca\.crt|extra$|managedFields|fieldsV1|annotations|ipaddresses|hostname|holderIdentity|message$"
)


def other_paths(one: Any, two: Any, path: str = "") -> set[str]:
    if isinstance(one, dict) and isinstance(two, dict):
        return {p for key in {**one, **two} for p in other_paths(one.get(key), two.get(key), f"{path}/{key}")}
    if isinstance(one, list) and isinstance(two, list) and len(one) == len(two):
        return {p for n, pair in enumerate(zip(one, two, strict=True)) for p in other_paths(*pair, f"{path}/{n}")}
    return set() if one == two else {path}


@pytest.mark.parametrize("version", ["1.34.3", "1.37.2"])
def test_nothing_changes_but_what_clusters_make_up(version: str) -> None:
    lines = captured(version)
    secrets = 0
    for before, after in zip(lines, canonical(lines), strict=True):
        for path in other_paths(json.loads(before), json.loads(after)):
            secrets += path.endswith("/data/password")
            assert VOLATILE.search(path) or path.endswith("/data/password"), path
    assert secrets == 2, "the secret's data is redacted where it is created and deleted"


@pytest.mark.parametrize("version", ["1.34.3", "1.37.2"])
def test_the_source_of_a_line_survives_parsing(version: str) -> None:
    for line in captured(version):
        assert rawjson.dump(rawjson.parse(line.decode())).encode() == line


def test_spelling_and_order_are_kept() -> None:
    line = rb'{"z":1.0,"a":[1e3,"\u003c\/x\u00e9",true,null,{},[]],"m":"\u2028 \"q\" \\"}'
    assert canonical([line]) == [line]


def test_the_times_are_of_one_second_and_receipt_grows_with_the_lines() -> None:
    line = b'{"o":{"creationTimestamp":"2026-11-23T05:51:15Z","t":"2026-11-23T05:51:15.123456Z"},"requestReceivedTimestamp":"2026-11-23T05:51:15.9+01:00"}'  # noqa: E501
    first, second = (json.loads(each) for each in canonical([line, line]))
    assert first["o"] == second["o"] == {"creationTimestamp": OBJECT_TIME, "t": "2025-01-01T00:00:00.000000Z"}
    assert first["requestReceivedTimestamp"] == "2025-01-01T00:00:01.001Z"
    assert second["requestReceivedTimestamp"] == "2025-01-01T00:00:02.001Z"


def test_what_the_author_wrote_stays() -> None:
    uid, time = "0c8f8a5e-0000-4000-8000-000000000001", "2020-02-02T02:02:02Z"
    line = json.dumps(
        {"a": uid, "t": time, "spec": {"clusterIP": "10.0.0.9", "ports": [{"nodePort": 30007}]}, "resourceVersion": "7"}
    ).encode()
    given = f"uid\n{uid}\ntime\n{time}\nclusterIP\n10.0.0.9\nnodePort\n30007\nresourceVersion\n7"
    assert json.loads(canonical([line], given)[0]) == json.loads(line)
    changed = json.loads(canonical([line])[0])
    assert all(changed[key] != json.loads(line)[key] for key in ("a", "t", "spec", "resourceVersion"))


def test_a_number_that_the_author_wrote_elsewhere_is_no_version_of_his() -> None:
    (line,) = canonical([b'{"metadata":{"resourceVersion":"8080"}}'], given="containerPort\n8080")
    assert b"8080" not in line


def secret(**data: str) -> bytes:
    encoded = {name: base64.b64encode(value.encode()).decode() for name, value in data.items()}
    about = {"kind": "Secret", "metadata": {"name": "x"}, "data": encoded}
    return json.dumps({"request": {"object": None, "oldObject": about}}).encode()


def test_secrets_are_redacted_unless_the_author_wrote_them() -> None:
    made = Canonical(Numbering("s"), given="stringData\nhunter2")
    data = json.loads(made.line(secret(mine="hunter2", theirs="eyJhbGciOi")))["request"]["oldObject"]["data"]
    assert data == {"mine": base64.b64encode(b"hunter2").decode(), "theirs": REDACTED}
    assert made.redacted == 1


def test_the_tag_goes_and_other_extras_stay() -> None:
    tag, other = {"toolkit.dev/step": ["s/steps/0/0"]}, {"scopes": ["a"]}
    lines = [json.dumps({"request": {"userInfo": {"username": "u", "extra": e}}}) for e in (tag, tag | other)]
    alone, beside = (json.loads(line)["request"]["userInfo"] for line in canonical([ln.encode() for ln in lines]))
    assert alone == {"username": "u"}
    assert beside == {"username": "u", "extra": other}


def test_managed_fields_stand_in_an_order_that_no_clock_decides() -> None:
    def line(*managers: tuple[str, str, str]) -> bytes:
        entries = [{"operation": o, "manager": m, "time": t} for o, m, t in managers]
        return json.dumps({"metadata": {"managedFields": entries}}, separators=(",", ":")).encode()

    early, late = "2026-11-23T05:51:15Z", "2026-11-23T05:51:16Z"
    same_second = line(("Apply", "z", early), ("Update", "a", early), ("Update", "b", early))
    next_second = line(("Apply", "z", late), ("Update", "b", early), ("Update", "a", late))
    assert canonical([same_second]) == canonical([next_second])


def test_certificates_have_a_stand_in_wherever_they_stand() -> None:
    bundle = base64.b64encode(b"-----BEGIN CERTIFICATE-----\nabc\n-----END CERTIFICATE-----\n").decode()
    (line,) = canonical([json.dumps({"caBundle": bundle, "n": f"X509SHA256={'0' * 64}"}).encode()])
    assert json.loads(line)["caBundle"] == CERTIFICATE_BASE64
    assert "0" * 64 not in line.decode()


def test_stand_ins_depend_on_scenario_step_and_position_only() -> None:
    uids = [f"0c8f8a5e-0000-4000-8000-00000000000{n}" for n in range(3)]

    def of(scenario: str, step: str, *originals: str) -> list[str]:
        made = Canonical(Numbering(scenario))
        made.enter(step, 0)
        return [json.loads(made.line(json.dumps({"uid": each}).encode()))["uid"] for each in originals]

    assert of("s", "a", *uids[:2]) == of("s", "a", *uids[1:])
    assert of("s", "a", uids[0]) != of("s", "b", uids[0])
    assert of("s", "a", uids[0]) != of("t", "a", uids[0])
    assert of("s", "a", uids[0], uids[1], uids[0]) == [*of("s", "a", *uids[:2]), *of("s", "a", uids[0])]


def test_masked_lines_order_what_was_not_met_before_by_nothing_that_changes() -> None:
    made = Canonical(Numbering("s"))
    made.line(b'{"metadata":{"generateName":"p-","name":"p-bbbbb"}}')

    def line(name: str, version: int) -> bytes:
        return b'{"metadata":{"generateName":"p-","name":"%s","resourceVersion":"%d"}}' % (name.encode(), version)

    assert made.masked(line("p-ccccc", 8)) == made.masked(line("p-ddddd", 9))
    assert made.masked(line("p-bbbbb", 8)) != made.masked(line("p-ccccc", 8))
