"""How far `toolkit generate` is: a bar on a terminal, a line a stage everywhere."""

from __future__ import annotations

import time
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Column

from toolkit.dataset.generate import Watcher

if TYPE_CHECKING:
    from toolkit.cluster.provider import Cluster


class Screen(Watcher):
    """Writes on stderr; the bar shows scenario and step, and only where there is a terminal."""

    def __init__(self, scenarios: int) -> None:
        self._console = Console(stderr=True, highlight=False, soft_wrap=True)
        self._bar = Progress(
            TextColumn("play      {task.description}", table_column=Column(ratio=1, no_wrap=True, overflow="ellipsis")),
            BarColumn(bar_width=20),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=self._console,
            transient=True,
            expand=True,
            disable=not self._console.is_terminal,
        )
        self._task = self._bar.add_task("starting a cluster", total=scenarios)

    def __enter__(self) -> Screen:
        """Show the bar."""
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Take the bar away."""
        self.played()

    def played(self) -> None:
        """Take the bar away: everything was played."""
        self._bar.stop()

    def say(self, stage: str, words: str, seconds: float | None = None) -> None:
        """Write the line of a stage, with the time it took."""
        took = "" if seconds is None else f"{seconds:>7.1f} s"
        self._console.print(f"{stage:<9} {words:<60}{took}".rstrip(), markup=False)

    def started(self, cluster: Cluster, seconds: float) -> None:
        """Say what runs and how long it took to come up."""
        kind = "local control plane" if cluster.provider == "local" else cluster.provider
        self.say("cluster", f"{kind}, Kubernetes {cluster.kubernetes_version}", seconds)
        self.say("recorder", f"{cluster.recorder}, sentinel seen")

    def step(self, scenario: str, step: str) -> None:
        """Show the step that begins."""
        self._bar.update(self._task, description=f"{scenario} · {step}")

    def scenario_done(self) -> None:
        """Move the bar."""
        self._bar.advance(self._task)

    def hold(self, kubeconfig: Path) -> None:
        """Wait until Ctrl-C, and say how the cluster is reached meanwhile."""
        self.say("keep", f"export KUBECONFIG={kubeconfig}   # Ctrl-C ends the cluster")
        try:
            while True:
                time.sleep(3600)
        except KeyboardInterrupt:
            self.say("keep", "over")
