"""A recorder as clusters know it, wherever it runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from toolkit.cluster.client import ApiClient


@dataclass(frozen=True, slots=True)
class RecorderPart:
    """The recorder of a cluster: its name and version, how webhooks name it, the namespace it runs in (None: outside).

    `check` raises ToolkitError (exit 4) when it is known to have ended.
    """

    name: str
    client_config: Mapping[str, Any]
    namespace: str | None
    lines: Callable[[], list[bytes]]
    count: Callable[[], int]
    check: Callable[[], None]
    log_path: Path


class RecordedCluster:
    """What is the same of every cluster whose recorder is a part that was put beside or into it."""

    def __init__(self, client: ApiClient, recorder: RecorderPart) -> None:
        self.recorder = recorder.name
        self._client = client
        self._recorder = recorder

    @property
    def log_paths(self) -> list[Path]:
        """Where the recorder's log is, as whoever runs it calls that."""
        return [self._recorder.log_path]

    def client(self) -> ApiClient:
        """Return the client that scenarios are played through, the same each time."""
        return self._client

    def recorder_lines(self) -> list[bytes]:
        """Return every line recorded so far, in the order written, without line ends."""
        return self._recorder.lines()

    def recorder_count(self) -> int:
        """Return how many valid requests the recorder has counted since it began."""
        return self._recorder.count()
