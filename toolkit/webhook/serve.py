"""A recorder in the foreground, until SIGINT or SIGTERM."""

from __future__ import annotations

import logging
import signal
import threading

from toolkit.webhook.recorder import Recorder, RecorderSettings
from toolkit.webhook.std_log import LibraryMessages


def serve_until_told(settings: RecorderSettings) -> None:
    """Record until a signal says to end; what is being asked then is still answered."""
    told = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: told.set())
    recorder = Recorder(settings)
    logging.getLogger().addHandler(LibraryMessages(recorder.log))
    with recorder:
        recorder.log.info("Starting server", port=recorder.port, metrics_port=recorder.metrics_port)
        told.wait()
        recorder.log.info("Server stopping")
    recorder.log.info("Server stopped")
