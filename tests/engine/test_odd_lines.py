"""Lines made to mislead a reader that decodes only a part of them."""

from __future__ import annotations

import pytest

from toolkit.engine.compiled import CompiledEngine
from toolkit.engine.run import Engine
from toolkit.events.tally import Tally
from toolkit.fields.catalog import load_catalog
from toolkit.fields.extractor import Extractor
from toolkit.ruleset.loader import RuleFile, load

CATALOG = load_catalog()
FIELDS = (
    "kar.req.pod.containers.image",
    "kar.req.pod.containers.run_as_user",
    "kar.target.name",
    "kar.user.name",
    "kar.user.groups",
    r'kar.user.extra["a\"b"]',
    "jevt.value[/request/object/spec]",
    "jevt.value[/request/oldObject/kind]",
    "jevt.value[/request/userInfo/username]",
    "evt.num",
    "evt.time.iso8601",
)
RULES = "".join(
    f"- {{rule: r{number}, desc: d, source: k8s_admission, priority: INFO, condition: '{field} exists',"
    f" output: '%{field}'}}\n"
    for number, field in enumerate(FIELDS)
)
RULESET = load([RuleFile("r.yaml", RULES.encode())], CATALOG).checked()
POD = b'{"spec":{"containers":[{"image":"good","securityContext":{"runAsUser":7}}]},"metadata":{"name":"n"}}'
BAD = POD.replace(b"good", b"evil")
LINE = (
    b'{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","request":{"uid":"00000000-0000-0000-0000-000000000000'
    b'","kind":{"group":"","version":"v1","kind":"Pod"},"resource":{"group":"","version":"v1","resource":"pods"},"name":'
    b'"n","operation":"CREATE","userInfo":{"username":"u","groups":["g"]},"object":%s,"oldObject":%s,"dryRun":false},'
    b'"requestReceivedTimestamp":"2026-01-02T03:04:05.5Z"}\n'
)
USUAL = LINE % (POD, b"null")
CHANGES = {
    "usual": (b"", b""),
    "decoded object": (b'"oldObject":null', b'"(decoded object)":' + BAD + b',"oldObject":null'),
    "no object": (b'"object":' + POD + b",", b""),
    "two objects": (b'"oldObject":null', b'"object":' + BAD + b',"oldObject":null'),
    "two objects, the first last": (b',"object":', b',"object":' + BAD + b',"object":'),
    "an object in the user": (b'"groups":["g"]', b'"groups":["g"],"object":' + POD),
    "an object in the user, another behind": (
        b'"groups":["g"]},"object":' + POD,
        b'"groups":["g"],"object":' + POD + b',"oldObject":null},"object":' + BAD + b',"object":' + POD,
    ),
    "an escaped name": (b'"object":', b'"\\u006fbject":' + BAD + b',"object":'),
    "two requests": (b',"requestReceivedTimestamp"', b',"request":{"uid":"x"},"requestReceivedTimestamp"'),
    "another member": (b',"requestReceivedTimestamp"', b',"x":{"a":1},"requestReceivedTimestamp"'),
    "a recorder's log line": (b'"requestReceivedTimestamp"', b'"msg":1,"requestReceivedTimestamp"'),
    "log members first": (b'{"kind":"AdmissionReview"', b'{"level":"x","kind":"AdmissionReview"'),
    "a NUL": (b'"good"', b'"go\\u0000od"'),
    "a NUL in the verb": (b'"CREATE"', b'"CREATE\\u0000"'),
    "a NUL in the kind": (b'"kind":"Pod"', b'"kind":"Pod\\u0000"'),
    "a negative zero": (b":7", b":-0"),
    "a zero": (b":7", b":0"),
    "a fraction": (b":7", b":7.0"),
    "a number of many digits": (b":7", b":" + b"7" * 5000),
    "a boolean": (b'"good"', b"true"),
    "no list": (b'[{"image":"good"', b'{"image":["good"'),
    "bytes that are not UTF-8": (b'"dryRun":false', b'"dryRun":"\xff"'),
    "half a pair": (b'"dryRun":false', b'"dryRun":"\\ud800"'),
    "blanks": (b'"object":', b'"object" : '),
    "blanks deeper": (b'"image":', b'"image" :  '),
    "too deep": (b'"dryRun":false', b'"dryRun":' + b"[" * 299 + b"]" * 299),
    "nearly too deep": (b'"dryRun":false', b'"dryRun":' + b"[" * 298 + b"]" * 298),
    "a time without a fraction": (b"05.5Z", b"05Z"),
    "a time with an offset": (b"05.5Z", b"05.5+01:00"),
    "a time that is none": (b"05.5Z", b"05.Z"),
    "a time long ago": (b"2026-", b"1926-"),
    "a time far off": (b"2026-", b"2926-"),
    "no time": (b'"requestReceivedTimestamp":"2026-01-02T03:04:05.5Z"', b'"x":1'),
    "no verb": (b'"operation":"CREATE",', b""),
    "no kind": (b'"kind":{"group":"","version":"v1","kind":"Pod"},', b""),
    "text behind": (b"}\n", b"} x\n"),
    "half a line": (b'"dryRun":false},', b""),
}


@pytest.mark.parametrize("name", CHANGES)
@pytest.mark.parametrize("matching", ["first", "all"])
def test_both_engines_read_it_alike(name: str, matching: str) -> None:
    old, new = CHANGES[name]
    changed = USUAL.replace(old, new, 1) if old else USUAL
    assert (changed != USUAL) is (name != "usual")
    lines = [USUAL, changed, USUAL]
    found = []
    for engine in (Engine, CompiledEngine):
        run, tally = engine(RULESET, Extractor(CATALOG), matching), Tally()
        alerts = [(alert.json(), alert.text(), alert.review) for alert in run.scan(iter(lines), "f", tally)]
        found.append((alerts, tally.words(), tally.lines, tally.reviews))
    assert found[0] == found[1]
    assert found[0][0]


def test_transformers_of_fields_that_are_read_in_different_ways(monkeypatch: pytest.MonkeyPatch) -> None:
    condition = "concat(kar.user.name, jevt.value[/request/object/metadata/name]) = un"
    text = f"- {{rule: r, desc: d, source: k8s_admission, priority: INFO, condition: '{condition}', output: o}}"
    run = CompiledEngine(load([RuleFile("r.yaml", text.encode())], CATALOG).checked(), Extractor(CATALOG), "all")
    monkeypatch.setattr(run, "_scan_line", None)
    assert len(list(run.scan(iter([USUAL]), "f", Tally()))) == 1


def test_the_usual_line_is_not_looked_at_the_general_way(monkeypatch: pytest.MonkeyPatch) -> None:
    run = CompiledEngine(RULESET, Extractor(CATALOG), "all")
    monkeypatch.setattr(run, "_scan_line", None)
    assert len(list(run.scan(iter([USUAL]), "f", Tally()))) == 9
