"""Fields of a user's own: a YAML file says name, type, path, gate and argument; no code is needed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from toolkit.errors import Faults, ToolkitError, bad_input
from toolkit.fields.catalog import load_catalog
from toolkit.fields.entries import UNKNOWN
from toolkit.fields.gates import Gate
from toolkit.fields.model import Argument, Family, Field, Read
from toolkit.fields.paths import Path as FieldPath
from toolkit.fields.paths import PathError, parse_path
from toolkit.fields.readers import all_of, indexed, json_text, one, scalar
from toolkit.fields.schema_faults import add_schema_faults
from toolkit.located import Located, read_yaml
from toolkit.places import Place

_RESERVED = ("evt.", "json.", "jevt.")


@cache
def schema() -> Any:
    """Return the JSON Schema of such files."""
    return json.loads(files("toolkit.fields").joinpath("fields.schema.json").read_text("utf-8"))


def load_user_fields(paths: Sequence[str | Path]) -> tuple[Field, ...]:
    """Return the fields that files define, in order.

    Raises ToolkitError (exit 3) with every fault of every file, each with line and column.
    """
    faults = Faults()
    found: dict[str, Field] = {}
    for path in paths:
        try:
            document = _document(path)
        except ToolkitError as error:
            for fault in error.faults:
                faults.add(fault.message, fault.place, hint=fault.hint)
            continue
        for field, place in _fields(document, faults):
            if field.name in found or load_catalog().find(field.name):
                faults.add(f'there is a field "{field.name}" already', place, hint="take another name")
            found.setdefault(field.name, field)
    faults.check()
    return tuple(found.values())


def _document(path: str | Path) -> Located:
    try:
        documents = read_yaml(Path(path).read_bytes(), str(path))
    except OSError as error:
        raise bad_input(f"cannot be read: {error.strerror}", Place(str(path))) from error
    if len(documents) > 1:
        raise bad_input("a second document", documents[1].place, hint="one file is one list of fields")
    return documents[0] if documents else Located(None, Place(str(path)))


def _fields(document: Located, faults: Faults) -> Iterable[tuple[Field, Place]]:
    faulty = {route[:2] for route in add_schema_faults(document, schema(), faults)}
    if faulty & {(), ("fields",)}:
        return
    for index, entry in enumerate(document.plain()["fields"]):
        route: tuple[str | int, ...] = ("fields", index)
        if route in faulty:
            continue
        before = len(faults)
        _check_entry(entry, document, route, faults)
        if len(faults) == before:
            yield _field(entry), document.at((*route, "name")).place


def _check_entry(entry: dict[str, Any], document: Located, route: tuple[str | int, ...], faults: Faults) -> None:
    if entry["name"].startswith(_RESERVED):
        faults.add(f'"{entry["name"]}" belongs to Falco', document.at((*route, "name")).place, hint="begin with kar.")
    for number, text in enumerate(_listed(entry["path"])):
        place = document.at((*route, "path", *([number] if isinstance(entry["path"], list) else []))).place
        try:
            _check_path(parse_path(text), entry, place, faults)
        except PathError as error:
            faults.add(
                f"{error} (sign {error.column} of the path)", place, hint="request.object.spec.containers[].image"
            )


def _check_path(path: FieldPath, entry: dict[str, Any], place: Place, faults: Faults) -> None:
    argument = entry.get("argument", "none")
    is_list = entry["type"] == "list"
    if is_list and path.tail is None:
        faults.add("a list needs [] in its path", place, hint="write [] after the array, or type: string")
    if not is_list and path.tail is not None:
        faults.add("a path with [] leads to a list", place, hint="write type: list, or the number of one element: [0]")
    if argument == "index" and path.tail is None:
        faults.add("an index needs [] in the path", place, hint="it picks one element of the first []")
    if path.takes_key != (argument == "key"):
        faults.add(
            "a key needs {key} in the path" if argument == "key" else "{key} in the path needs argument: key",
            place,
            hint="request.object.metadata.labels.{key}",
        )


def _field(entry: dict[str, Any]) -> Field:
    argument = Argument(entry.get("argument", "none"))
    return Field(
        entry["name"],
        entry["description"],
        _reader(entry, argument),
        is_list=entry["type"] == "list",
        argument=argument,
        argument_required=argument is Argument.KEY,
        family=Family.USER,
        gate=_gate(entry["gate"]) if "gate" in entry else None,
        paths=tuple(_listed(entry["path"])),
        published=UNKNOWN,
    )


def _reader(entry: dict[str, Any], argument: Argument) -> Read:
    words = json_text if entry.get("json") else scalar
    paths = _listed(entry["path"])
    if entry["type"] == "string":
        return one(*paths, words=words)
    return indexed(*paths, words=words) if argument is Argument.INDEX else all_of(*paths, words=words)


def _gate(gate: dict[str, Any]) -> Gate:
    return Gate(
        kinds=tuple(_listed(gate.get("kind", ()))),
        resources=tuple(_listed(gate.get("resource", ()))),
        group=gate.get("group", ""),
        subresource=gate.get("subresource"),
    )


def _listed(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value)
