"""Structured log lines as kube-audit-rest writes them: one JSON object a line, on standard error."""

from __future__ import annotations

import contextlib
import json
import logging
import sys
import time
from typing import TextIO

import orjson

AUDIT_CALLER = "zapio/writer.go:146"
"""The caller by which a reader tells a recorded review from an operational line."""


class StdLog:
    """Writes log lines; operational ones of level `debug` only when `verbose`."""

    def __init__(self, stream: TextIO | None = None, *, verbose: bool = False) -> None:
        self._stream = stream or sys.stderr
        self._verbose = verbose

    def write(self, line: bytes) -> None:
        """Log a recorded review: the line becomes the text of `msg`. Raises OSError when the stream is gone."""
        self._emit("info", AUDIT_CALLER, line.decode("utf-8", "replace"), {})

    def debug(self, message: str, **facts: object) -> None:
        """Log a detail."""
        if self._verbose:
            self._tell("debug", message, facts)

    def info(self, message: str, **facts: object) -> None:
        """Log what a healthy recorder does."""
        self._tell("info", message, facts)

    def warn(self, message: str, **facts: object) -> None:
        """Log what a caller did wrong."""
        self._tell("warn", message, facts)

    def error(self, message: str, **facts: object) -> None:
        """Log what went wrong."""
        self._tell("error", message, facts)

    def close(self) -> None:
        """Nothing to close: the stream belongs to the process."""

    def _tell(self, level: str, message: str, facts: dict[str, object]) -> None:
        """Log an operational line; a stream that is gone must not keep a request from being answered."""
        with contextlib.suppress(OSError):
            self._emit(level, "recorder", message, facts)

    def _emit(self, level: str, caller: str, message: str, facts: dict[str, object]) -> None:
        entry = {"level": level, "ts": time.time(), "caller": caller, "msg": message, **facts}
        self._stream.write(_json(entry) + "\n")
        self._stream.flush()


class LibraryMessages(logging.Handler):
    """A handler of `logging` that brings what libraries say into the log, one line each and without tracebacks."""

    def __init__(self, log: StdLog) -> None:
        super().__init__(logging.WARNING)
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        """Log a library's message with the logger's name and the exception's words."""
        facts = {"logger": record.name}
        if record.exc_info and record.exc_info[1]:
            facts["error"] = f"{type(record.exc_info[1]).__name__}: {record.exc_info[1]}"
        tell = self._log.error if record.levelno >= logging.ERROR else self._log.warn
        tell(record.getMessage().strip(), **facts)


def _json(entry: dict[str, object]) -> str:
    try:
        return orjson.dumps(entry).decode()
    except TypeError:  # a text that no UTF-8 can hold: half a surrogate pair
        return json.dumps(entry)
