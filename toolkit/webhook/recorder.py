"""The recorder: webhook, log and counts together, as a command and inside the local provider."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from toolkit.webhook.app import LineWriter, Webhook, metrics_app, webhook_app
from toolkit.webhook.connection import USUAL, Timeouts
from toolkit.webhook.counts import Counts
from toolkit.webhook.log_file import LogFile
from toolkit.webhook.server import EVERYWHERE, Certificate, Server
from toolkit.webhook.std_log import StdLog

PATH = "/log-request"
"""The path that reviews are posted to, where no other is named."""
PATIENT = Timeouts(read=60.0, write=60.0, idle=24 * 3600.0)
"""For an API server that no request may be lost of: one closed as it begins to send, or slow, would be refused."""


@dataclass(frozen=True, slots=True)
class RecorderSettings:
    """How a recorder runs, with kube-audit-rest's defaults. Port 0: the system's choice; metrics port None: no page.

    `path` is where reviews are posted to; one that nobody can guess keeps others from posting.
    """

    certificate: Certificate
    log_filename: Path = Path("/tmp/kube-audit-rest.log")
    to_std_log: bool = False
    max_size: int = 500
    max_backups: int = 1
    host: str = EVERYWHERE
    port: int = 9090
    path: str = PATH
    metrics_port: int | None = 55555
    timeouts: Timeouts = USUAL
    verbose: bool = False


class Recorder:
    """Listens from `__enter__` to `__exit__`. Raises ToolkitError (exit 4) for ports and certificates."""

    def __init__(self, settings: RecorderSettings) -> None:
        self.counts = Counts()
        self.log = StdLog(verbose=settings.verbose)
        self.file = LogFile(settings.log_filename, settings.max_size, settings.max_backups)
        writer: LineWriter = self.log if settings.to_std_log else self.file
        app = webhook_app(Webhook(writer, self.counts, self.log), settings.path)
        self._webhook = Server(app, settings.host, settings.port, settings.certificate, settings.timeouts)
        self._metrics = Server(
            metrics_app(self.counts), settings.host, settings.metrics_port or 0, timeouts=settings.timeouts
        )
        self._has_metrics = settings.metrics_port is not None
        self._open = ExitStack()

    @property
    def port(self) -> int:
        """The port of the webhook."""
        return self._webhook.port

    @property
    def metrics_port(self) -> int | None:
        """The port of the metrics page, None when there is none."""
        return self._metrics.port if self._has_metrics else None

    def __enter__(self) -> Self:
        with ExitStack() as opening:
            opening.callback(self.file.close)
            for server in [self._webhook, *([self._metrics] if self._has_metrics else [])]:
                server.start()
                opening.callback(server.stop)
            self._open = opening.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()
