"""Reads datasets and holds every file against the manifest: nothing changed, nothing missing, nothing extra."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from toolkit.dataset.manifest import (
    MANIFEST,
    Manifest,
    RecordedBackground,
    RecordedScenario,
    RecordedStep,
    decode,
    sha256,
)
from toolkit.errors import ExitCode, Faults, ToolkitError, bad_input
from toolkit.places import Place, shown
from toolkit.scenarios.model import Scenario

_AGAIN = "run `toolkit generate`, or take the file from version control"


@dataclass(frozen=True, slots=True)
class ScenarioEvents:
    """The recorded lines of one scenario; line numbers count from 1."""

    name: str
    digest: str
    path: Path
    lines: tuple[bytes, ...]
    steps: Mapping[str, RecordedStep]


@dataclass(frozen=True, slots=True)
class BackgroundEvents:
    """The recorded noise of one provider's clusters."""

    path: Path
    lines: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Dataset:
    """One Kubernetes minor version's events: by scenario, and by provider its clusters' own noise."""

    folder: Path
    manifest: Manifest
    scenarios: Mapping[str, ScenarioEvents]
    background: Mapping[str, BackgroundEvents]

    @property
    def version(self) -> str:
        """The Kubernetes minor version, as in `1.37`."""
        return self.manifest.kubernetes


def load_dataset(folder: Path | str) -> list[Dataset]:
    """Read every version found: the folder itself when it holds a manifest, else each folder in it that does.

    Raises ToolkitError (exit 3) with every file that differs from its manifest, or when nothing is there.
    """
    folder = Path(folder)
    folders = [folder] if (folder / MANIFEST).is_file() else sorted(_versions(folder), key=_version_order, reverse=True)
    if not folders:
        hint = "make one with `toolkit generate`, or name its folder with --dataset"
        raise bad_input("no dataset: no manifest.json here or one folder below", Place(shown(folder)), hint=hint)
    faults = Faults()
    datasets = [_load(version, faults) for version in folders]
    faults.check()
    return datasets


def load_datasets(folders: Iterable[Path | str]) -> list[Dataset]:
    """Read the datasets of several folders, each as `load_dataset` does."""
    return [dataset for folder in folders for dataset in load_dataset(folder)]


def require_no_drift(datasets: Iterable[Dataset], scenarios: Sequence[Scenario]) -> None:
    """Raise ToolkitError (exit 3) with everything in which scenarios and datasets have drifted apart."""
    faults = [fault for dataset in datasets for fault in drift(dataset, scenarios)]
    if faults:
        raise ToolkitError(faults, ExitCode.BAD_INPUT)


def drift(dataset: Dataset, scenarios: Iterable[Scenario]) -> Faults:
    """Return where the scenarios are not those that the dataset was recorded from."""
    faults = Faults()
    known = {scenario.name: scenario for scenario in scenarios}
    hint = "run `toolkit generate` to record it as it is now"
    for name, scenario in known.items():
        recorded = dataset.scenarios.get(name)
        if recorded is None:
            message = f"no events of this scenario in {shown(dataset.folder)}"
            faults.add(message, Place(shown(scenario.path)), hint="run `toolkit generate`")
        elif recorded.digest != scenario.digest:
            message = f"the scenario changed since {shown(recorded.path)} was recorded"
            faults.add(message, Place(shown(scenario.path)), hint=hint)
    for name in dataset.scenarios.keys() - known.keys():
        message = f'events of a scenario "{name}" that does not exist'
        faults.add(message, Place(shown(dataset.scenarios[name].path)), hint="run `toolkit generate` to drop them")
    return faults


def _versions(folder: Path) -> list[Path]:
    return [inner for inner in folder.iterdir() if (inner / MANIFEST).is_file()] if folder.is_dir() else []


def _version_order(folder: Path) -> tuple[int, ...]:
    return tuple(int(part) if re.fullmatch("[0-9]{1,9}", part) else 0 for part in folder.name.split("."))


def _load(folder: Path, faults: Faults) -> Dataset:
    path = folder / MANIFEST
    manifest = decode(path.read_bytes(), path)
    scenarios = {name: _scenario(folder, name, entry, faults) for name, entry in manifest.scenarios.items()}
    background = {
        provider: BackgroundEvents(folder / entry.file, _lines(folder, entry, faults))
        for provider, entry in manifest.background.items()
    }
    _check_extra_files(folder, manifest, faults)
    return Dataset(folder, manifest, scenarios, background)


def _scenario(folder: Path, name: str, entry: RecordedScenario, faults: Faults) -> ScenarioEvents:
    lines = _lines(folder, entry, faults)
    for step in entry.steps:
        beyond = [n for n in (*step.lines, *step.consequences) if n > entry.lines]
        if beyond:
            message = f'step "{step.name}" of {name} names line {beyond[0]}, and {entry.file} has {entry.lines}'
            faults.add(message, Place(shown(folder / MANIFEST)), hint=_AGAIN)
    return ScenarioEvents(name, entry.digest, folder / entry.file, lines, {step.name: step for step in entry.steps})


def _lines(folder: Path, entry: RecordedBackground | RecordedScenario, faults: Faults) -> tuple[bytes, ...]:
    path = folder / entry.file
    try:
        content = path.read_bytes()
    except OSError as error:
        faults.add(f"cannot be read: {error.strerror}", Place(shown(path)), hint=_AGAIN)
        return ()
    lines = tuple(content.split(b"\n")[:-1])
    if sha256(content) != entry.sha256:
        message = f"differs from its manifest: expected {entry.sha256[:19]}…, found {sha256(content)[:19]}…"
        faults.add(message, Place(shown(path)), hint=_AGAIN)
    elif len(lines) != entry.lines:
        faults.add(f"the manifest says {entry.lines} lines, the file has {len(lines)}", Place(shown(path)), hint=_AGAIN)
    return lines


def _check_extra_files(folder: Path, manifest: Manifest, faults: Faults) -> None:
    known = {entry.file for entry in manifest.scenarios.values()}
    known |= {entry.file for entry in manifest.background.values()}
    for path in sorted(folder.glob("*.jsonl")):
        if path.name not in known:
            faults.add("not named by the manifest", Place(shown(path)), hint="remove the file, or generate anew")
