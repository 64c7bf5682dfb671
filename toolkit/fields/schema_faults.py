"""What a JSON Schema finds wrong in a YAML file, in words for people and with places."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from toolkit.errors import Fault, Faults, closest
from toolkit.located import Located

_TYPES = {"string": "text", "array": "a list", "object": "a mapping", "boolean": "true or false", "integer": "a number"}


def add_schema_faults(document: Located, schema: Any, faults: Faults) -> list[tuple[str | int, ...]]:
    """Add every fault that the schema finds; return the ways to the values that have one."""
    from jsonschema import Draft202012Validator  # most runs have no files of fields, and it is large

    routes: list[tuple[str | int, ...]] = []
    for error in Draft202012Validator(schema).iter_errors(document.plain()):
        routes.append(tuple(error.absolute_path))
        for fault in _faults(error, document):
            faults.add(fault.message, fault.place, hint=fault.hint)
    return routes


def _faults(error: Any, document: Located) -> Iterator[Fault]:
    route = tuple(error.absolute_path)
    place = document.at(route).place
    if error.validator == "additionalProperties":
        known = error.schema["properties"]
        for name in error.instance.keys() - known.keys():
            hint = closest(name, known) or f"known are {', '.join(known)}"
            yield Fault(f'unknown key "{name}"', (document.at(route).keys or {}).get(name, place), hint)
    elif error.validator == "required":
        missing = next(name for name in error.validator_value if f"'{name}'" in error.message)
        yield Fault(f'"{missing}" is missing', place, _meaning(error, missing))
    else:
        yield Fault(_expectation(error), place, _meaning(error.parent or error, str(route[-1]) if route else ""))


def _expectation(error: Any) -> str:
    found = f"found {error.instance!r:.60}"
    if error.validator == "enum":
        return f"expected {' or '.join(error.validator_value)}, {found}"
    if error.validator == "type":
        return f"expected {_TYPES[error.validator_value]}, {found}"
    if error.validator == "pattern":
        return f"not a name for a field, {found}"
    if error.validator in ("minItems", "minLength"):
        return "it is empty"
    wanted = {need for branch in error.validator_value for need in branch.get("required", [])}
    return f"expected {' or '.join(sorted(wanted))}" if wanted else f"expected text or a list of texts, {found}"


def _meaning(error: Any, name: str) -> str | None:
    entry = error.schema.get("properties", {}).get(name) or error.schema
    said = entry.get("description")
    return str(said) if said else None
