"""`--set key=value`: what Falco's own `-o key=value` does to a configuration."""

from __future__ import annotations

import re

from toolkit.configuration.tree import Value, inline, refusal
from toolkit.places import Place
from toolkit.ruleset.yaml_nodes import Kind

_STEP = re.compile(r"(?P<dot>\.?)(?P<name>(?:[^.\[\\]|\\[.\[\]\\])+)|\[(?P<index>[^\]]*)\]")
_FORM = "write key=value, key.subkey=value, key[0]=value, key[]=value to append; \\. is a dot in a name"


def apply_override(tree: Value, option: str) -> None:
    """Set one value of a tree; `{…}` is read as YAML, anything else is a scalar.

    In names, a backslash takes its meaning from a dot, a bracket or a backslash. Raises ToolkitError (exit 2).
    """
    key, found, text = option.partition("=")
    place = Place(f"--set {option}")
    if not found or not key:
        raise refusal("expected key=value or key.subkey=value", place, _FORM)
    target = _reach(tree, key, place)
    made = inline(text, place) if text[:1] == "{" and text[-1:] == "}" else Value(Kind.SCALAR, place, text)
    target.kind, target.place, target.text = made.kind, place, made.text
    target.items, target.members, target.keys = made.items, made.members, made.keys


def _reach(tree: Value, key: str, place: Place) -> Value:
    """Return the value that a key leads to; what is not there yet is made."""
    found, at = tree, 0
    while at < len(key):
        step = _STEP.match(key, at)
        if step is None or (step["name"] is not None and bool(step["dot"]) is (at == 0)):
            raise refusal(f"the key is not well formed at {key[at:]!r}", place, _FORM)
        if step["name"]:
            found = _member(found, re.sub(r"\\(.)", r"\1", step["name"]), place)
        else:
            found = _item(found, step["index"], place)
        at = step.end()
    return found


def _member(value: Value, name: str, place: Place) -> Value:
    if value.kind is Kind.NULL:
        value.kind = Kind.MAPPING
    if not value.is_mapping:
        raise refusal(f"{name!r} is asked of a {value.kind.value}, which has no keys", place, _FORM)
    value.keys.setdefault(name, place)
    return value.members.setdefault(name, Value(Kind.NULL, place))


def _item(value: Value, index: str, place: Place) -> Value:
    if value.kind is Kind.NULL:
        value.kind = Kind.SEQUENCE
    if value.kind is not Kind.SEQUENCE:
        raise refusal(f"[{index}] is asked of a {value.kind.value}, which is no list", place, _FORM)
    number = int(index) if re.fullmatch(r"[0-9]{1,6}", index) else len(value.items) if not index else -1
    if not 0 <= number <= len(value.items):
        raise refusal(f"[{index}] is no index of a list of {len(value.items)}", place, _FORM)
    if number == len(value.items):
        value.items.append(Value(Kind.NULL, place))
    return value.items[number]
