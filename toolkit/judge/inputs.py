"""Everything that a verdict rests on, read and held against each other before anything is judged."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TypeVar

from toolkit.dataset.read import Dataset, drift, load_dataset
from toolkit.errors import ExitCode, Fault, Faults, ToolkitError
from toolkit.fields.catalog import Catalog
from toolkit.judge.background import CLAIMS
from toolkit.judge.rulebook import Rulebook
from toolkit.places import Place, shown
from toolkit.ruleset.files import read_rule_files
from toolkit.ruleset.loader import RuleFile, load
from toolkit.ruleset.rules import Ruleset
from toolkit.scenarios.loader import ScenarioFolder, load_folder
from toolkit.scenarios.model import Scenario

T = TypeVar("T")

_AGAIN = "run `toolkit generate`"
_OVERLAY = "a scenario's `rules:` come after the rules given; `-r bundled -r FILE` adds to those that come along"


@dataclass(frozen=True, slots=True)
class Inputs:
    """Rules, scenarios and datasets that fit each other."""

    rule_files: tuple[str, ...]
    rulebook: Rulebook
    folder: ScenarioFolder
    scenarios_path: Path
    datasets: tuple[Dataset, ...]

    @property
    def claims_file(self) -> Place:
        """Where reasons for rules that fire on the cluster's own noise are written."""
        return Place(shown(self.scenarios_path / CLAIMS))


class Reading:
    """Reads one thing after the other and collects what is wrong with each, so that one run tells all."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._exit_code = ExitCode.BAD_INPUT

    def read(self, load: Callable[[], T]) -> T | None:
        """Return what `load` returns, or None after noting why it could not."""
        try:
            return load()
        except ToolkitError as error:
            self._faults += error.faults
            self._exit_code = error.exit_code
            return None

    def note(self, faults: Faults) -> None:
        """Note faults."""
        self._faults += faults

    def check(self) -> None:
        """Raise ToolkitError with everything noted, if there is anything."""
        if self._faults:
            raise ToolkitError(self._faults, self._exit_code)


def read_inputs(
    rules: Sequence[str | Path],
    scenarios: Path,
    datasets: Sequence[Path],
    catalog: Catalog,
    engine: str = "compiled",
) -> Inputs:
    """Read rules (files, folders; none: those that come along), the scenarios' folder and datasets.

    `engine` says how conditions are evaluated. Raises ToolkitError (exit 3) with every fault of all of them: what
    cannot be read, rules that do not load, scenarios that changed since they were recorded, lines that belong to no
    step.
    """
    reading = Reading()
    files = reading.read(lambda: read_rule_files(rules)) or []
    base = reading.read(lambda: load(files, catalog).checked()) if files else None
    folder = reading.read(lambda: load_folder(scenarios))
    recorded = _datasets(datasets, reading)
    for dataset in recorded if folder else ():
        reading.note(drift(dataset, folder.scenarios if folder else ()))
        reading.note(_misfits(dataset, folder.scenarios if folder else ()))
    overlaid = _overlaid(files, folder.scenarios, catalog, reading) if base and folder else {}
    reading.check()
    assert base is not None
    assert folder is not None
    names = tuple(shown(Path(file.name)) for file in files)
    return Inputs(names, Rulebook(base, overlaid, engine), folder, scenarios, tuple(recorded))


def _datasets(paths: Sequence[Path], reading: Reading) -> list[Dataset]:
    """Return every dataset below the paths; the same folder named twice counts once."""
    found: dict[Path, Dataset] = {}
    for path in paths:
        for dataset in reading.read(partial(load_dataset, path)) or ():
            found.setdefault(dataset.folder.resolve(), dataset)
    return list(found.values())


def _overlaid(
    files: Sequence[RuleFile], scenarios: Sequence[Scenario], catalog: Catalog, reading: Reading
) -> dict[str, Ruleset]:
    """Return by scenario the rules with its overlay after them."""
    found: dict[str, Ruleset] = {}
    for scenario in scenarios:
        ruleset = reading.read(partial(_with_overlay, files, scenario, catalog)) if scenario.rules_overlay else None
        if ruleset:
            found[scenario.name] = ruleset
    return found


def _with_overlay(files: Sequence[RuleFile], scenario: Scenario, catalog: Catalog) -> Ruleset:
    name = shown(scenario.path)
    overlay = RuleFile(name, (scenario.rules_overlay or "").encode())
    loaded = load([*files, overlay], catalog)
    first = scenario.overlay_place.line if scenario.overlay_place else None
    moved = tuple(_moved(fault, name, first or 0) for fault in loaded.faults)
    return replace(loaded, faults=moved).checked()


def _moved(fault: Fault, file: str, lines: int) -> Fault:
    """Return a fault of an overlay with its line in the scenario's file; the text begins on the line after its key."""
    place = fault.place
    if place is None or place.file != file or place.line is None:
        return fault
    return replace(fault, place=Place(file, place.line + lines), hint=fault.hint or _OVERLAY)


def _misfits(dataset: Dataset, scenarios: Sequence[Scenario]) -> Faults:
    """Return where a manifest's steps and lines are not those of the scenario whose digest it names."""
    faults = Faults()
    for scenario in scenarios:
        events = dataset.scenarios.get(scenario.name)
        if events is None or events.digest != scenario.digest:
            continue
        place = Place(shown(events.path))
        for step in scenario.steps:
            recorded = events.steps.get(step.name)
            expected = 0 if recorded and recorded.left_out else len(step.consequences)
            if recorded is None:
                faults.add(f'the manifest does not know the step "{step.name}"', place, hint=_AGAIN)
            elif len(recorded.consequences) != expected:
                message = f'step "{step.name}": expected a line for each of {expected} consequences'
                faults.add(f"{message}, found {len(recorded.consequences)}", place, hint=_AGAIN)
        tied = {number for step in events.steps.values() for number in (*step.lines, *step.consequences)}
        for number in sorted(set(range(1, len(events.lines) + 1)) - tied):
            faults.add("the line belongs to no step", Place(place.file, number), hint=_AGAIN)
    return faults
