"""What the answering process and the one with the rules say to each other: frames over a pair of sockets."""

from __future__ import annotations

import struct
from enum import IntEnum
from typing import NamedTuple

_HEAD = struct.Struct(">BQI")


class Kind(IntEnum):
    """What a frame holds."""

    READY = 1
    """The ports are served."""
    REVIEW = 2
    """The text of one event as it was posted."""
    NOTE = 3
    """A line for people (UTF-8)."""
    COUNTS = 4
    """The counts so far (JSON)."""
    STOP = 5
    """Answer what is being asked, hand over what waits, and end."""
    END = 6
    """All was handed over; nothing follows."""
    FAMILIES = 7
    """What the metrics page shows of the rules' side (JSON)."""


class Frame(NamedTuple):
    """One message; `time_ns` says when its text was received, in nanoseconds since 1970 (0 where none was)."""

    kind: Kind
    time_ns: int
    text: bytes


def pack(kind: Kind, text: bytes = b"", time_ns: int = 0) -> bytes:
    """Return a frame as it goes over the wire."""
    return _HEAD.pack(kind, time_ns, len(text)) + text


class Unpacker:
    """Cuts a stream of bytes into frames."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, chunk: bytes) -> list[Frame]:
        """Return the frames that a chunk completes."""
        self._buffer += chunk
        frames, at = [], 0
        while len(self._buffer) - at >= _HEAD.size:
            kind, time_ns, size = _HEAD.unpack_from(self._buffer, at)
            end = at + _HEAD.size + size
            if len(self._buffer) < end:
                break
            frames.append(Frame(Kind(kind), time_ns, bytes(self._buffer[at + _HEAD.size : end])))
            at = end
        del self._buffer[:at]
        return frames
