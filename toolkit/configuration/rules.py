"""The parts of a configuration that are about rules: which files, which are on, what is added to their outputs."""

from __future__ import annotations

from toolkit.configuration.reading import Reading
from toolkit.configuration.tree import Value
from toolkit.ruleset.additions import Addition
from toolkit.ruleset.selection import Selector
from toolkit.ruleset.yaml_nodes import Kind

_SELECTOR = "- disable: {rule: 'Name *'} or - enable: {tag: name}"


def rules_files(reading: Reading) -> tuple[str, ...] | None:
    """Return the paths that `rules_files` names, or `rules_file` of old; None where neither is there."""
    new, old = (reading.tree.get(name) is not None for name in ("rules_files", "rules_file"))
    if new and old:
        reading.fault("both rules_files and rules_file are there", "rules_file", "leave rules_file out")
    if old:
        reading.warnings.append(f"{reading.place('rules_file')}: rules_file is the older name of rules_files")
    if not new and not old:
        return None
    paths = reading.listed("rules_files" if new else "rules_file")
    return tuple(text for path in paths if (text := _text(reading, path, "a path")))


def selectors(reading: Reading) -> tuple[Selector, ...]:
    """Return the steps of `rules`."""
    found = (_selector(reading, entry) for entry in reading.listed("rules"))
    return tuple(selector for selector in found if selector)


def _selector(reading: Reading, entry: Value) -> Selector | None:
    name = "enable" if entry.get("enable") else "disable"
    inner = entry.get(name)
    if inner is None or not inner.is_mapping:
        place = inner.place if inner else entry.place
        reading.faults.add("expected enable or disable with a rule or a tag", place, hint=_SELECTOR)
        return None
    words = {key: _text(reading, value, "a name") for key in ("rule", "tag") if (value := inner.get(key))}
    if not any(words.values()):
        reading.faults.add(f"{name} names neither a rule nor a tag", inner.place, hint=_SELECTOR)
        return None
    return Selector(name == "enable", words.get("rule") or None, words.get("tag") or None)


def additions(reading: Reading) -> tuple[Addition, ...]:
    """Return the entries of `append_output`."""
    found = [_addition(reading, entry) for entry in reading.listed("append_output")]
    return tuple(addition for addition in found if addition)


def _addition(reading: Reading, entry: Value) -> Addition | None:
    if not entry.is_mapping:
        reading.faults.add(
            "expected match, extra_output, extra_fields", entry.place, hint="- extra_output: on %evt.num"
        )
        return None
    rule, source = (_member(reading, entry, f"match.{key}") or None for key in ("rule", "source"))
    tags = entry.get("match.tags")
    named = frozenset(_text(reading, tag, "a tag") for tag in tags.items) if tags else frozenset()
    if rule and named:
        reading.notes.append(
            f"{entry.place}: added to rule {rule!r} only if it carries all of {', '.join(sorted(named))}"
        )
    formats, fields = _extra_fields(reading, entry.get("extra_fields"))
    text = _member(reading, entry, "extra_output")
    return Addition(source, rule, named, text, tuple(formats.items()), tuple(fields), entry.place)


def _extra_fields(reading: Reading, found: Value | None) -> tuple[dict[str, str], dict[str, None]]:
    """Return formats by their names, and names of fields; Falco refuses a name that stands twice in an entry."""
    formats: dict[str, str] = {}
    fields: dict[str, None] = {}
    if found and found.kind is not Kind.SEQUENCE:
        reading.faults.add("extra_fields is a list", found.place, hint="extra_fields: [kar.verb, name: text %kar.verb]")
    for item in found.items if found else ():
        if item.is_scalar and item.text not in formats:
            fields[item.text] = None
        elif len(item.members) == 1 and not item.members.keys() & (formats.keys() | fields.keys()):
            name, value = next(iter(item.members.items()))
            formats[name] = _text(reading, value, "a text with fields")
        else:
            message = "expected a field's name, or one name with a text, each name once"
            reading.faults.add(message, item.place, hint="extra_fields: [kar.verb, name: text %kar.verb]")
    return formats, fields


def _member(reading: Reading, entry: Value, path: str) -> str:
    found = entry.get(path)
    return _text(reading, found, "a text") if found else ""


def _text(reading: Reading, value: Value, what: str) -> str:
    if not value.is_scalar:
        reading.faults.add(f"expected {what}, found a {value.kind.value}", value.place)
    return value.text
