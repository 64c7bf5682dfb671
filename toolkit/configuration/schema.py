"""Falco's schema of its configuration file: what it checks besides reading, and only warns of."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Any

from toolkit.configuration.tree import Value
from toolkit.errors import closest
from toolkit.ruleset.decoding import as_boolean

SET_ASIDE = "x-set-aside"
"""Marks in the schema what means nothing here."""

_INTEGER = re.compile(r"\s*[+-]?\d{1,19}", re.ASCII)
_NUMBER = re.compile(r"\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_TYPES = {
    "string": "text",
    "array": "a list",
    "object": "a mapping",
    "boolean": "true or false",
    "integer": "a whole number",
    "number": "a number",
    "null": "nothing",
}
_MANY = 16
_REMOVED = {
    "syscall_buf_size_preset": "it is engine.*.buf_size_preset now",
    "syscall_drop_failed_exit": "it is engine.*.drop_failed_exit now",
    "modern_bpf": "it is engine.modern_ebpf now",
    "outputs": "alerts are not limited any more",
    "metadata_download": "Falco does not ask the API server any more",
}


@cache
def schema() -> dict[str, Any]:
    """Return the JSON Schema that editors use too."""
    found: dict[str, Any] = json.loads(files("toolkit.configuration").joinpath("falco.schema.json").read_text("utf-8"))
    return found


def schema_notes(tree: Value) -> list[str]:
    """Return what the schema finds wrong with a file, one line each with its place."""
    found = [error for error in _validator().iter_errors(tree.plain()) if "init_config" not in error.absolute_path]
    return [note for error in sorted(found, key=lambda each: _order(each, tree)) for note in _notes(error, tree)]


def set_aside(tree: Value, properties: dict[str, Any] | None = None, above: str = "") -> Iterator[str]:
    """Yield the names of keys that are there and mean nothing here."""
    for name, entry in (schema()["properties"] if properties is None else properties).items():
        value = tree.members.get(name)
        if value is None:
            continue
        if entry.get(SET_ASIDE):
            yield above + name
        elif "properties" in entry:
            yield from set_aside(value, entry["properties"], f"{above}{name}.")


@cache
def _validator() -> Any:
    """Return a validator of trees whose scalars are all text, since YAML's quotes count for nothing in Falco."""
    from jsonschema import Draft202012Validator
    from jsonschema.validators import extend

    checker = Draft202012Validator.TYPE_CHECKER.redefine_many(
        {
            "boolean": lambda _, found: found in ("true", "false"),
            "integer": lambda _, found: isinstance(found, str) and bool(_INTEGER.fullmatch(found)),
            "number": lambda _, found: isinstance(found, str) and bool(_NUMBER.fullmatch(found)),
            "array": lambda _, found: isinstance(found, list) or found == "",
            "object": lambda _, found: isinstance(found, dict) or found == "",
        }
    )
    return extend(Draft202012Validator, type_checker=checker)(schema())  # type: ignore[no-untyped-call]


def _order(error: Any, tree: Value) -> tuple[int, int]:
    place = tree.at(iter(error.absolute_path)).place
    return place.line or 0, place.column or 0


def _notes(error: Any, tree: Value) -> Iterator[str]:
    route = list(error.absolute_path)
    value = tree.at(iter(route))
    if error.validator == "additionalProperties":
        known = error.schema["properties"]
        for name in value.members.keys() - known.keys():
            hint = _REMOVED.get(name) or closest(name, known) or _known(known)
            yield f"{value.keys[name]}: unknown key {_dotted([*route, name])}, passed over as by Falco; {hint}"
    elif error.validator == "required":
        missing = [name for name in error.validator_value if name not in value.members]
        yield f"{value.place}: {_dotted(route)} lacks {' and '.join(missing)}"
    elif error.validator == "minProperties":
        yield f"{value.place}: {_dotted(route)} is empty"
    else:
        expected = f"expected {_expected(error)}{_effect(error)}"
        yield f"{value.place}: {_dotted(route)} is {_found(error.instance)}, {expected}"


def _known(known: dict[str, Any]) -> str:
    return f"known are {', '.join(known)}" if len(known) <= _MANY else "docs/run.md lists those that are known"


def _effect(error: Any) -> str:
    """Return what becomes of a scalar that has another type."""
    if error.validator != "type" or error.validator_value not in ("boolean", "integer", "number"):
        return ""
    truth = as_boolean(error.instance) if isinstance(error.instance, str) else None
    if error.validator_value == "boolean" and truth is not None:
        return f"; Falco warns, and reads it as {str(truth).lower()}"
    return "; the default counts, as in Falco"


def _expected(error: Any) -> str:
    if error.validator == "enum":
        return " or ".join(error.validator_value)
    if error.validator == "type":
        return _TYPES[error.validator_value]
    return " or ".join(dict.fromkeys(_TYPES[branch.get("type", "object")] for branch in error.validator_value))


def _found(instance: Any) -> str:
    if isinstance(instance, str):
        return f"{instance!r:.60}"
    return "empty" if instance is None else "a mapping" if isinstance(instance, dict) else "a list"


def _dotted(route: list[str | int]) -> str:
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in route)
    return text.removeprefix(".") or "the file"
