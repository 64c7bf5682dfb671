"""The YAML that rules files are written in: what is taken, where things stand, and where errors show."""

from __future__ import annotations

import pytest
from texts import load_text, rule

from toolkit.ruleset.yaml_nodes import Kind, Node, YamlError, read_documents


def plain(node: Node) -> object:
    """Return a node as Python values; keys have to be scalars."""
    if node.kind is Kind.SEQUENCE:
        return [plain(item) for item in node.items]
    if node.kind is Kind.MAPPING:
        return {key.text: plain(value) for key, value in node.pairs}
    return node.text if node.kind is Kind.SCALAR else None


def documents(text: str | bytes) -> list[object]:
    return [plain(node) for node in read_documents(text if isinstance(text, bytes) else text.encode())]


def place(text: str | bytes) -> tuple[int, int, int]:
    """Return line, column and offset of the error in a text that is not YAML."""
    with pytest.raises(YamlError) as error:
        read_documents(text if isinstance(text, bytes) else text.encode())
    return error.value.mark.line, error.value.mark.column, error.value.mark.offset


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("# nothing\n", []),
        ("---\n", [None]),
        ("- a\n...\n- b\n", [["a"], ["b"]]),
        ("- a: b\nc: d\n", [[{"a": "b"}], {"c": "d"}]),
        ("a:\tb\t# c\n", [{"a": "b"}]),
        ("- a\n-\tb\n", [["a", "b"]]),
        ("[~, null, Null, NULL, '~', \"\", nULL]", [[None, None, None, None, "~", "", "nULL"]]),
        ("!!str null", ["null"]),
        ("a: &x [1]\nb: *x\nc: &x 2\nd: *x", [{"a": ["1"], "b": ["1"], "c": "2", "d": "2"}]),
        ("a: &any/name.1 b\nc: *any/name.1", [{"a": "b", "c": "b"}]),
        ("a: >\n  b\n  c\n\n  d\ne: |-\n  f\n  g\n", [{"a": "b c\nd\n", "e": "f\ng"}]),
        ("a: b\n  c\n\n  d", [{"a": "b c\nd"}]),
        ('"\\x41\\u00e9\\U0001F600\\\'\\/\\\n  b"', ["Aé😀'/b"]),
        ("a: 'it''s'\r\nb: c\r\n", [{"a": "it's", "b": "c"}]),
        ("a: b\x85c\u2028d", [{"a": "b\x85c\u2028d"}]),
        (b"\xef\xbb\xbfa: b", [{"a": "b"}]),
        ("a: é".encode("utf-16"), [{"a": "é"}]),
        (b"a: \x01\x00\xff", [{"a": "\x01\x00\udcff"}]),
        ("%YAML 1.2\n---\na: b", [{"a": "b"}]),
        ("- 'a\n", [["a "]]),
        ('- "a\n\n  b: c\n', [["a\nb: c "]]),
        ("- a: b\n  c\n", [[{"a": "b", "c": None}]]),
        ("- a: >\n  b\n", [[{"a": "", "b": None}]]),
        ("a:\n- b\nc\n", [{"a": ["b"], "c": None}]),
        ("- a\n  'b'\n- c\n", [["a 'b'", "c"]]),
        ("[, a,, b]", [[None, "a", None, "b"]]),
    ],
)
def test_what_is_taken(text: str | bytes, expected: list[object]) -> None:
    assert documents(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("- a: b: c\n", (0, 6, 6)),
        ("- a\n, b\n", (1, 0, 4)),
        ("- a: b\n   c: d\n", (1, 4, 11)),
        ("- a: b\n c: d\n", (1, 1, 8)),
        ("- a: b\n\tc: d\n", (1, 0, 7)),
        ("- a:\n\t- b\n", (1, 1, 6)),
        ("- a: >\n\tb\n", (1, 0, 7)),
        ("- a: >\n    b\n\tc\n", (2, 0, 13)),
        ("- a: b\n  c\n  d: e\n", (2, 3, 14)),
        ("- a: b\n  c:d\n- d: e\n", (2, 3, 16)),
        ("- a\n  b: c\n", (1, 3, 7)),
        ("- a: b\n  c\n# d\n", (1, 2, 9)),
        ("- [a\n- b: c\n", (1, 3, 8)),
        ("- a: [b{]\n", (0, 8, 8)),
        (",", (0, 0, 0)),
        ("- ,", (0, 2, 2)),
        ("- a: - b\n", (0, 5, 5)),
        ('- a: "b" c\n', (0, 9, 9)),
        ("- a: 'b", (0, 7, 7)),
        ("- a: [b\n", (1, 0, 8)),
        ("- a: [b", (0, 0, 7)),
        ("- a: {b: c\n", (1, 0, 11)),
        ("- a: [b]]\n", (0, 8, 8)),
        ("- a: [b}\n", (0, 7, 7)),
        ("- [a, b\nc: d\n", (1, 1, 9)),
        ("- a: *b\n", (0, 5, 5)),
        ("- [*]\n", (0, 4, 4)),
        ("- a: @b\n", (0, 5, 5)),
        ("- a: `b`\n", (0, 5, 5)),
        ("- a: %b\n", (0, 5, 5)),
        ('- a: "\\d"\n', (0, 8, 8)),
        ('- a: "\\xZZ"\n', (0, 10, 10)),
        ('- a: "\\UFFFFFFFF"\n', (0, 16, 16)),
        ('"\\', (0, 2, 2)),
        ("- é: ü: x\n", (0, 8, 8)),
        (b"\xef\xbb\xbf- a: b: c\n", (0, 6, 6)),
        ("- a: b\r\n- c: d: e\r\n", (1, 6, 14)),
        ("[" * 600, (0, 500, 500)),
    ],
)
def test_where_an_error_shows(text: str | bytes, expected: tuple[int, int, int]) -> None:
    assert place(text) == expected


@pytest.mark.parametrize(
    ("text", "offset", "column"),
    [
        ("- list: a\n  items:\n- b: c\n", 19, 0),
        ("- list: a\n  items:   # c\n\n  append: no\n", 28, 2),
        ("- list: a\n  items:\n", 19, 0),
        ("- list: a\n  items:", 18, 0),
        ("- list: a\n  items: &x\n", 19, 9),
        ("- list: é\n  items: ü\n", 20, 9),
    ],
)
def test_where_a_value_stands(text: str, offset: int, column: int) -> None:
    """What is not there stands where the next token begins; at the end of a text that is column 0."""
    error = load_text(text).results[0].errors[0]
    assert (error.context.locations[-1].item_type, error.message) == ("value for", "Value is not a sequence")
    assert (error.context.mark.offset, error.context.mark.column) == (offset, column)


def test_yaml_that_is_none_is_reported_at_its_place() -> None:
    result = load_text("- a: b: c\n").as_json()[0]
    assert result["errors"][0]["code"] == "LOAD_ERR_YAML_PARSE"
    locations = result["errors"][0]["context"]["locations"]
    assert [(one["item_type"], one["position"]["offset"]) for one in locations] == [
        ("rules content", 0),
        ("value for", 6),
    ]
    assert result["errors"][0]["context"]["snippet"] == "- a: b: c\n      ^\n"
    assert "schema_valid" not in result


@pytest.mark.parametrize(
    ("text", "valid"),
    [
        (rule(), True),
        (rule(priority="info"), False),
        (rule(enabled="true"), True),
        (rule(enabled="yes"), False),
        (rule(capture_duration="10"), True),
        (rule(capture_duration="0x10"), False),
        (rule(tags="[]"), True),
        (rule(tags="{}"), True),
        (rule(tags="''"), True),
        (rule(override="{}"), False),
        (rule(exceptions="[{name: e, fields: {a: b}, comps: 1, values: 2}]"), True),
        (rule(exceptions="[{name: e, nonsense: x}]"), False),
        (rule(desc="{a: b}"), False),
        ("- {list: l, items: [a, 1]}\n---\n", False),
        ("- {required_plugin_versions: [{name: a, version: 1.0.0, alternatives: [{name: b, version: 1.0.0}]}]}", True),
        ("- {required_plugin_versions: [{name: a, version: 1.0.0, alternatives: [{name: b}]}]}", False),
        ("-\n", False),
    ],
)
def test_the_schema(text: str, valid: bool) -> None:
    assert load_text(text).as_json()[0]["schema_valid"] is valid
