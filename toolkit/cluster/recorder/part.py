"""A recorder as clusters know it, wherever it runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


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
