"""Recorders that log to standard error: each review is the message of a structured log line."""

from __future__ import annotations

from toolkit.events.source import Source

_BEGINS = (b'{"level"', b'{"ts"', b'{"caller"', b'{"msg"')


def is_log_line(line: bytes) -> bool:
    """Return whether the line begins as structured log lines do, and reviews do not."""
    return line.startswith(_BEGINS)


def unwrap(line: Source) -> bytes | None:
    """Return the review in a log line, None where the line is the recorder's own words.

    Reviews are written by a caller in zapio; all else (settings, TLS errors) comes from other callers.
    """
    caller, message = line.last("caller"), line.last("msg")
    if caller is None or message is None or not caller.words().startswith("zapio/"):
        return None
    return message.words().encode()
