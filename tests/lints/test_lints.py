"""Each lint finds what it is about, where it is, and stays silent on its nearest neighbour."""

from __future__ import annotations

from pathlib import Path

import pytest

from toolkit.fields.catalog import load_catalog
from toolkit.lints.model import Finding, Level
from toolkit.lints.run import IGNORE_CODE, LINTS, lint
from toolkit.ruleset.loader import RuleFile, load

DOCS = Path(__file__).resolve().parent.parent.parent / "docs" / "lints.md"


def rule(condition: str, output: str = "v=%kar.verb", name: str = "R") -> str:
    return (
        f"- rule: {name}\n  desc: d\n  condition: {condition}\n  output: '{output}'\n"
        "  priority: WARNING\n  source: k8s_admission\n"
    )


def find(text: str, plugin: str = "corrected") -> list[Finding]:
    catalog = load_catalog(plugin)
    return lint(load([RuleFile("r.yaml", text.encode())], catalog), catalog, plugin)


def codes(text: str, plugin: str = "corrected") -> list[str]:
    return [finding.code for finding in find(text, plugin)]


CREATES_AN_ACCOUNT = "kar.target.resource = serviceaccounts and kar.verb = CREATE"
USERS = "- list: my_users\n  items: [bob]\n"
SILENT = [
    ("TK001", rule("kar.verb in (CREATE, UPDATE, DELETE, CONNECT)")),
    ("TK001", rule("kar.target.name = PATCH")),
    ("TK001", rule("tolower(kar.verb) = create")),
    ("TK002", rule("kar.verb = CREATE or kar.target.name = create")),
    ("TK002", rule("tolower(kar.verb) = create")),
    ("TK003", rule("kar.user.name exists", "v=%kar.target.name")),
    ("TK004", USERS + rule("kar.user.name in (my_users)")),
    ("TK004", rule("kar.req.configmap.data contains anyof (aws_access_key_id, aws_secret)")),
    ("TK004", rule('kar.target.name in ("old_images")')),
    ("TK004", rule("kar.req.pod.containers.add_capabilities intersects (NET_ADMIN)")),
    ("TK004", rule("kar.user.name in (my_robot)")),
    ("TK005", rule("kar.req.pod.volumes.hostpath intersects (/etc/, /etc, /)")),
    ("TK005", rule("kar.target.name = a/")),
    ("TK006", rule("kar.verb = CREATE") + "- rule: R\n  condition: and kar.user.name = x\n  append: true\n"),
    ("TK007", rule("kar.verb = CREATE", "%kar.verb. (%kar.user.name)-%kar.uid: %kar.verb")),
    ("TK008", rule("kar.verb = CREATE", "see kar.example.org and kar.verbose for %kar.verb")),
    (
        "TK009",
        rule(f"{CREATES_AN_ACCOUNT} and not kar.target.subresource exists"),
    ),
    (
        "TK009",
        rule(f"{CREATES_AN_ACCOUNT} and not jevt.value[/request/subResource] = token"),
    ),
    ("TK009", rule("kar.target.resource = serviceaccounts and kar.verb = DELETE")),
    ("TK009", rule("kar.verb = CREATE and kar.user.name = x")),
    ("TK010", rule("kar.verb = CREATE and not kar.useragent exists")),
    ("TK010", rule("kar.verb = CREATE and kar.user.name in ()")),
    ("TK011", rule("kar.verb = CREATE and kar.user.name = x") + rule("kar.verb = CREATE", name="S")),
    ("TK011", rule("kar.verb = CREATE") + rule("kar.verb in (CREATE, DELETE)", name="S")),
    ("TK011", rule("kar.verb = CREATE").rstrip() + "\n  enabled: false\n" + rule("kar.verb = CREATE", name="S")),
    ("TK012", rule("kar.req.configmap.data exists")),
    ("TK016", rule("kar.req.pod.containers.image in (a)", "%kar.req.service.type")),
    ("TK013", rule("kar.target.kind = Pod")),
    ("TK014", rule("kar.req.pod.containers.image[18446744073709551614] exists")),
    ("TK015", rule("kar.req.pod.volumes.volume_type exists")),
]
FOUND = [
    ("TK001", rule("kar.verb in (CREATE, PATCH)"), "3:35", 'kar.verb is never "PATCH"'),
    ("TK001", rule("not tolower(kar.verb) = get"), "3:38", 'kar.verb is never "get"'),
    ("TK001", "- macro: kget\n  condition: kar.verb = GET\n", "2:25", 'kar.verb is never "GET"'),
    ("TK002", rule("kar.verb in (create)"), "3:27", "upper case"),
    ("TK003", rule("kar.useragent = x"), "3:14", "kar.useragent never has a value"),
    ("TK003", rule("kar.verb = CREATE", "%kar.response.code"), "4:13", "kar.response.code never has a value"),
    ("TK004", rule("kar.req.pod.containers.image in (falco_privileged_images)"), "3:47", "no list"),
    ("TK004", USERS + rule("kar.user.name in (alice, my_user)"), "5:39", 'no list "my_user" is defined'),
    ("TK004", rule("kar.target.name in allowed_stuff"), "3:33", "no list"),
    ("TK005", rule("kar.req.pod.volumes.hostpath intersects (/etc/)"), "3:55", "equality is exact"),
    ("TK005", "- list: p\n  items: [/a, /etc/]\n" + rule("kar.req.pod.volumes.hostpath in (p)"), "2:15", "exact"),
    ("TK005", rule("jevt.value[/request/object/spec/volumes/0/hostPath/path] = /etc/"), "3:73", "equality is exact"),
    ("TK007", rule("kar.verb = CREATE", "%kar.verbs"), "4:12", 'then the text "s"'),
    ("TK007", rule("kar.verb = CREATE", "%kar.user.groups[0]"), "4:12", 'then the text "[0]"'),
    ("TK007", rule("kar.verb = CREATE", "%kar.req.pod.containers.image.repositories"), "4:12", "repositories"),
    ("TK008", rule("kar.verb = CREATE", "command=kar.req.exec.command"), "4:20", "printed as it stands"),
    (
        "TK009",
        "- macro: sa\n  condition: kar.target.resource = serviceaccounts\n" + rule("sa and kar.verb = CREATE"),
        "2:36",
        "token requests",
    ),
    ("TK010", rule("kar.verb = PATCH and kar.user.name = x"), "1:3", "can never fire"),
    ("TK010", rule("kar.useragent exists"), "1:3", "can never fire"),
    (
        "TK011",
        rule("kar.verb in (CREATE, UPDATE)") + rule("kar.uid exists and kar.verb = CREATE", name="S"),
        "7:3",
        '"R"',
    ),
]
PUBLISHED = [
    ("TK012", rule("kar.req.configmap.data contains x"), "3:14", "binary"),
    ("TK012", rule("kar.req.service.ports exists", "%kar.req.service.ports"), "3:14", "one text"),
    ("TK016", rule("kar.verb = CREATE", "%kar.req.service.ports"), "4:13", "one text"),
    ("TK016", rule("kar.req.pod.containers.image.repository in (a)"), "3:14", "first colon"),
    ("TK013", rule("kar.target.kind = Pod"), "3:14", "none of the published plugin's fields"),
    ("TK014", rule("kar.req.pod.containers.image[9223372036854775808] exists"), "3:14", "ends a Falco"),
    ("TK015", rule("kar.req.pod.volumes.volume_type intersects (nfs)"), "3:14", "ends a Falco"),
]


@pytest.mark.parametrize(("code", "text"), SILENT)
def test_a_neighbour_is_left_alone(code: str, text: str) -> None:
    assert code not in codes(text)


@pytest.mark.parametrize(
    ("plugin", "code", "text", "place", "words"),
    [*(("corrected", *case) for case in FOUND), *(("published", *case) for case in PUBLISHED)],
)
def test_a_lint_finds_what_it_is_about(plugin: str, code: str, text: str, place: str, words: str) -> None:
    (finding,) = [finding for finding in find(text, plugin) if finding.code == code]
    assert str(finding.place) == f"r.yaml:{place}"
    assert words in finding.message
    assert finding.hint
    source, marker = finding.snippet.splitlines()
    line = text.splitlines()[(finding.place.line or 0) - 1]
    pointed = source[marker.index("^") :]
    assert pointed
    assert line[(finding.place.column or 0) - 1 :].startswith(pointed)


def test_the_published_plugin_survives_other_indices() -> None:
    for index in ("0", str(2**63 - 1), str(2**64 - 1)):
        assert "TK014" not in codes(rule(f"kar.req.pod.containers.image[{index}] exists"), "published")


@pytest.mark.parametrize(("key", "message"), [("priority", "no priority"), ("source", "no source")])
def test_an_incomplete_rule_is_named_though_it_does_not_load(key: str, message: str) -> None:
    text = "".join(line for line in rule("kar.verb = CREATE").splitlines(True) if f"  {key}:" not in line)
    (finding,) = find(text)
    assert finding.code == "TK006"
    assert message in finding.message


def test_a_finding_in_a_macro_is_said_once() -> None:
    text = "- macro: kget\n  condition: kar.verb = GET\n"
    text += rule("kget or kar.uid exists") + rule("kget or kar.user.name exists", name="S")
    assert codes(text) == ["TK001"]


@pytest.mark.parametrize("where", ["above", "inside", "behind"])
def test_a_comment_with_a_reason_silences(where: str) -> None:
    comment = "# toolkit: ignore[TK001, TK010] an old rule kept for its name"
    head, *rest = rule("kar.verb = PATCH").splitlines()
    lines = {
        "above": [comment, head, *rest],
        "inside": [head, f"  {comment}", *rest],
        "behind": [head, rest[0], f"{rest[1]} {comment}", *rest[2:]],
    }[where]
    assert codes("\n".join(lines)) == []


@pytest.mark.parametrize(
    ("comment", "words"),
    [
        ("# toolkit: ignore[TK001]", "gives no reason"),
        ("# toolkit: ignore[TK999] because", "names no lint"),
        ("# toolkit: ignore[TK005] because", "silences nothing"),
    ],
)
def test_a_comment_that_does_nothing_is_a_finding(comment: str, words: str) -> None:
    findings = find(f"{comment}\n" + rule("kar.verb in (CREATE, PATCH)"))
    assert [finding.code for finding in findings] == [IGNORE_CODE, "TK001"]
    assert words in findings[0].message


def test_a_comment_belongs_to_the_item_below_it() -> None:
    text = rule("kar.verb = GET") + "# toolkit: ignore[TK001] not this one\n" + rule("kar.verb = LIST", name="S")
    assert [(f.code, f.rule) for f in find(text) if f.code == "TK001"] == [("TK001", "R")]


def test_a_word_in_name_or_description_is_not_what_is_meant() -> None:
    text = rule("kar.verb = PATCH", name="PATCH it").replace("desc: d", "desc: >\n    PATCH and\n    PATCH")
    assert {f.code: str(f.place) for f in find(text)}["TK001"] == "r.yaml:5:25"
    flow = "- {rule: PATCH, desc: d, condition: kar.verb = PATCH, output: x, priority: INFO, source: k8s_admission}\n"
    assert {f.code: f.place.line for f in find(flow)}["TK001"] == 1


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_files_of_other_encodings_and_line_ends(encoding: str) -> None:
    text = rule("kar.verb = PATCH").replace("\n", "\r\n")
    catalog = load_catalog()
    findings = lint(load([RuleFile("r.yaml", text.encode(encoding))], catalog), catalog, "corrected")
    assert [(f.code, f.place.line) for f in findings] == [("TK010", 1), ("TK001", 3)]
    assert "\r" not in findings[1].snippet


def test_nothing_is_found_in_nothing() -> None:
    assert find("") == find("- required_engine_version: 15\n") == find("}{") == []


def test_levels_are_ordered() -> None:
    assert Level.ERROR.is_at_least(Level.WARNING)
    assert Level.WARNING.is_at_least(Level.WARNING)
    assert not Level.INFO.is_at_least(Level.WARNING)


def test_every_lint_has_its_section() -> None:
    sections = [line.removeprefix("## ") for line in DOCS.read_text("utf-8").splitlines() if line.startswith("## TK")]
    documented = [f"{each.code}: {each.title} ({each.level.value})" for each in LINTS]
    assert sections == ["TK000: A comment that silences nothing (warning)", *documented]


def test_every_lint_is_tried() -> None:
    tried = {case[0] for case in (*FOUND, *PUBLISHED)} | {"TK006"}
    assert tried == {each.code for each in LINTS}
    assert {case[0] for case in SILENT} == {each.code for each in LINTS}
