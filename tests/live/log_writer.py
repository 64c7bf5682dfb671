"""A recorder in small: a process that appends reviews to a log and rotates it at random moments, by a seed.

    python log_writer.py LOG FIRST LAST SEED [PAUSE] [BACKUPS]

The uid of a review is its number. PAUSE is the mean time between two lines in seconds; BACKUPS rotated files are kept,
0 keeps all.
"""

from __future__ import annotations

import os
import random
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from toolkit.webhook.line import rfc3339_nano

REVIEW = (
    '{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","request":{"uid":"%d","operation":"CREATE",'
    '"kind":{"group":"","version":"v1","kind":"Pod"},"resource":{"group":"","version":"v1","resource":"pods"},'
    '"name":"p","namespace":"n","userInfo":{"username":"me"},"object":{"padding":"%s"}},'
    '"requestReceivedTimestamp":"%s"}\n'
)


class Log:
    """The file and its rotated ones."""

    def __init__(self, path: Path, backups: int = 0) -> None:
        self._path = path
        self._backups = backups
        self._file = path.open("ab", buffering=0)

    def rotate(self) -> None:
        """Move the file aside under a name that says when, and begin a new one."""
        name = self._path
        while name.exists():
            now = datetime.now(UTC)
            stamp = f"{now:%Y-%m-%dT%H-%M-%S}.{now.microsecond // 1000:03d}"
            name = self._path.with_name(f"{self._path.stem}-{stamp}{self._path.suffix}")
        self._file.close()
        self._path.rename(name)
        self._file = self._path.open("ab", buffering=0)
        if self._backups:
            for old in sorted(self._path.parent.glob(f"{self._path.stem}-*"))[: -self._backups]:
                old.unlink()

    def write(self, line: bytes, chance: random.Random) -> None:
        """Write a line, now and then in two parts."""
        cut = chance.randrange(len(line)) if chance.random() < 0.1 else 0
        self._file.write(line[:cut])
        if cut:
            time.sleep(chance.random() * 0.01)
        self._file.write(line[cut:])


def line(number: int, padding: int = 0) -> bytes:
    """Return the review with a number."""
    return (REVIEW % (number, "x" * padding, rfc3339_nano(time.time_ns()))).encode()


def main(path: str, first: str, last: str, seed: str, pause: str = "0.002", backups: str = "0") -> None:
    """Write the lines from `first` to `last`."""
    chance, log = random.Random(int(seed)), Log(Path(path), int(backups))
    for number in range(int(first), int(last) + 1):
        log.write(line(number, chance.randrange(3000)), chance)
        for _ in range(chance.choice((1, 1, 2, 3)) if chance.random() < 0.05 else 0):
            log.rotate()
            if chance.random() < 0.5:
                continue
        if chance.random() < 0.5:
            time.sleep(chance.random() * 4 * float(pause))


if __name__ == "__main__":
    os.umask(0o077)
    main(*sys.argv[1:])
