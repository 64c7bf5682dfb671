"""From scenarios to a dataset: one capture on one cluster, written or compared."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from toolkit import __version__
from toolkit.capture.plan import PlannedScenario
from toolkit.capture.play import Progress
from toolkit.capture.session import Captured, capture
from toolkit.cluster.provider import Cluster, Provider
from toolkit.dataset.build import build
from toolkit.dataset.compare import Comparison, compare
from toolkit.dataset.manifest import MANIFEST, Provenance
from toolkit.dataset.read import Dataset, load_dataset
from toolkit.dataset.write import write_dataset
from toolkit.errors import environment, usage


@dataclass(frozen=True, slots=True)
class Recording:
    """A capture and where it comes from; `kubeconfig` leads to its cluster, `play_time` is in seconds."""

    captured: Captured
    provenance: Provenance
    kubeconfig: Path
    play_time: float

    @property
    def minor(self) -> str:
        """The Kubernetes minor version, as in `1.37`: the name of the dataset's folder."""
        return ".".join(self.provenance.kubernetes.split(".")[:2])


def require_places(out: Path, raw: Path | None) -> None:
    """Look before anything is played at what a capture is going to be written into, or compared with.

    Raises ToolkitError: exit 2 when there is no folder for `raw`, 3 when datasets in `out` are not as they should be.
    """
    if raw is not None and not raw.absolute().parent.is_dir():
        raise usage(f"{raw} cannot be written: there is no folder {raw.parent}", hint="make it, or name another file")
    if (out / MANIFEST).is_file() or any(out.glob(f"*/{MANIFEST}")):
        load_dataset(out)


class Watcher(Progress):
    """Who hears how far generating is."""

    def started(self, cluster: Cluster, seconds: float) -> None:
        """Hear that the cluster is up and records."""


@contextmanager
def recorded(
    provider: Provider, planned: Sequence[PlannedScenario], watcher: Watcher, keep_raw: Callable[[list[bytes]], None]
) -> Iterator[Recording]:
    """Start a cluster, play the scenarios, and yield what they left; the cluster is up as long as the context.

    Raises what the provider and the play raise.
    """
    begin = time.monotonic()
    with provider.start() as cluster:
        up = time.monotonic()
        watcher.started(cluster, up - begin)
        captured = capture(cluster, planned, watcher, keep_raw)
        played = time.monotonic()
        provenance = Provenance(cluster.kubernetes_version, cluster.provider, cluster.recorder, __version__)
        yield Recording(captured, provenance, cluster.kubeconfig, played - up)


def store(recording: Recording, folder: Path, *, partial: bool) -> tuple[int, int]:
    """Write the dataset's folder; return how many files changed and how many are as before."""
    existing = _existing(folder)
    files = build(recording.captured, recording.provenance, existing, partial=partial)
    return write_dataset(folder, files.manifest, files.content)


def compared(recording: Recording, folder: Path, *, partial: bool) -> Comparison:
    """Compare with the dataset that is there. Raises ToolkitError (exit 3) when there is none that can be read."""
    (existing,) = load_dataset(folder)
    return compare(existing, build(recording.captured, recording.provenance, None, partial=partial), partial=partial)


def raw_writer(path: Path | None) -> Callable[[list[bytes]], None]:
    """Return what keeps the lines as recorded in a file, whole or not at all; nothing without a path."""

    def write(lines: list[bytes]) -> None:
        if path is not None:
            with _whole(path) as beside:
                beside.write_bytes(b"".join(line + b"\n" for line in lines))

    return write


@contextmanager
def _whole(path: Path) -> Iterator[Path]:
    is_device = path.exists() and not path.is_file()
    beside = path if is_device else path.with_name(f".{path.name}.part")
    try:
        yield beside
        if not is_device:
            beside.replace(path)
    except OSError as error:
        raise environment(f"{path} cannot be written: {error.strerror}", hint="name another file with --raw") from error
    finally:
        if not is_device:
            beside.unlink(missing_ok=True)


def _existing(folder: Path) -> Dataset | None:
    return load_dataset(folder)[0] if (folder / MANIFEST).is_file() else None
