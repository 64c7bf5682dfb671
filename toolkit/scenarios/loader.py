"""Reads the folder of scenarios; one run reports every fault of every file."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path

from toolkit.errors import ExitCode, Fault, Faults, ToolkitError, bad_input, closest
from toolkit.located import Located, read_yaml
from toolkit.places import Place, caret, shown
from toolkit.scenarios.building import ScenarioBuilder
from toolkit.scenarios.format import API_VERSION, DOCUMENTS
from toolkit.scenarios.model import Claim, Scenario


@dataclass(frozen=True, slots=True)
class ScenarioFolder:
    """Everything that one folder says: scenarios by name, impossible rules, claims on the background."""

    scenarios: tuple[Scenario, ...]
    impossible: tuple[Claim, ...]
    background: tuple[Claim, ...]


def load_scenarios(folder: Path | str) -> list[Scenario]:
    """Return the folder's scenarios in the order of their names; ToolkitError (exit 3) holds every fault."""
    return list(load_folder(folder).scenarios)


def load_impossible(folder: Path | str) -> list[Claim]:
    """Return the rules that are declared impossible, with their reasons."""
    return list(load_folder(folder).impossible)


def load_background(folder: Path | str) -> list[Claim]:
    """Return the rules that may fire on the cluster's own noise, with their reasons."""
    return list(load_folder(folder).background)


def load_folder(folder: Path | str) -> ScenarioFolder:
    """Read every `*.yaml` of the folder.

    A file whose apiVersion is `toolkit/v1` is one of ours; any other must be a manifest that a scenario names.
    """
    faults = Faults()
    documents = {path: found for path in _files(Path(folder)) if (found := _read(path, faults))}
    ours = {path: found for path, found in documents.items() if _is_ours(found)}
    used: set[Path] = set()
    scenarios: list[Scenario] = []
    claims: dict[str, list[Claim]] = {"Impossible": [], "Background": []}
    for path, found in ours.items():
        kind = _kind(found, faults)
        if kind == "Scenario":
            builder = ScenarioBuilder(path, found, faults)
            scenarios += [built] if (built := builder.build()) else []
            used |= builder.files_used
        elif kind:
            claims[kind] += _claims(found, "rules" if kind == "Impossible" else "fires")
    for path in sorted(documents.keys() - ours.keys() - used):
        hint = f"a scenario begins with `apiVersion: {API_VERSION}`; a manifest is named by `{{file: {path.name}}}`"
        faults.add("neither a scenario nor a manifest that one names", Place(shown(path)), hint=hint)
    if faults:
        raise ToolkitError(map(_with_snippet, faults), ExitCode.BAD_INPUT)
    return ScenarioFolder(tuple(scenarios), tuple(claims["Impossible"]), tuple(claims["Background"]))


def _files(folder: Path) -> list[Path]:
    if not folder.is_dir():
        raise bad_input(f"{folder} is not a folder", hint="name a folder of scenario files with --scenarios")
    return sorted((p for p in folder.iterdir() if p.suffix in {".yaml", ".yml"}), key=lambda p: os.fsencode(p.name))


def _read(path: Path, faults: Faults) -> Located | None:
    """Return the file's one document; what is wrong with it becomes faults."""
    try:
        documents = read_yaml(path.read_bytes(), shown(path))
    except ToolkitError as error:
        for fault in error.faults:
            faults.add(fault.message, fault.place, hint=fault.hint)
        return None
    except OSError as error:
        faults.add(f"cannot be read: {error.strerror}", Place(shown(path)))
        return None
    if not documents:
        faults.add("the file is empty", Place(shown(path)), hint="write a scenario, or remove the file")
        return None
    if len(documents) > 1 and _is_ours(documents[0]):
        faults.add("a second document", documents[1].place, hint="one file is one scenario")
    return documents[0]


def _is_ours(found: Located) -> bool:
    version = found.value.get("apiVersion") if isinstance(found.value, dict) else None
    return version is not None and str(version.value).startswith("toolkit/")


def _kind(found: Located, faults: Faults) -> str | None:
    """Return the kind of one of our files when its shape is right."""
    kind = found.value["kind"].value if "kind" in found.value else None
    if not isinstance(kind, str) or kind not in DOCUMENTS:
        place = found.value["kind"].place if "kind" in found.value else found.place
        message = f"expected kind {', '.join(DOCUMENTS)}, found {kind!r}"
        faults.add(message, place, hint=closest(str(kind), DOCUMENTS))
        return None
    before = len(faults)
    DOCUMENTS[kind].check(found, faults)
    return kind if len(faults) == before else None


def _claims(found: Located, key: str) -> list[Claim]:
    claims = found.value[key]
    return [Claim(rule, reason.value, (claims.keys or {})[rule]) for rule, reason in claims.value.items()]


def _with_snippet(fault: Fault) -> Fault:
    """Add the line that the fault stands on, with a caret."""
    place = fault.place
    if place is None or place.line is None or place.column is None:
        return fault
    lines = Path(place.file).read_text("utf-8-sig", "replace").splitlines()
    return replace(fault, snippet=caret(lines[place.line - 1], place.column)) if place.line <= len(lines) else fault
