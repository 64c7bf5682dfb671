"""Where lines come from: files, folders, standard input; plain or compressed."""

from __future__ import annotations

import glob
import gzip
import io
import os
import re
import sys
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, cast

from toolkit.errors import Faults, environment
from toolkit.places import Place

STDIN = "-"
_GZIP = b"\x1f\x8b"
_ZSTANDARD = b"\x28\xb5\x2f\xfd"
_NO_EVENTS = re.compile(r"\..*|manifest\.json|.*\.(md|ya?ml)", re.IGNORECASE)
"""Files that lie beside logs and are none."""
_ROTATED = re.compile(r"(?P<name>.+\.(?:log|jsonl))\.(?P<suffix>[0-9].*)")


Watch = Callable[[IO[bytes]], None]
"""Gets each file as it is opened, to see how far reading has come; it is not to read."""


@dataclass(frozen=True, slots=True)
class Input:
    """One file that lines are read from; `path` is None for standard input."""

    name: str
    path: Path | None

    def open(self, watch: Watch | None = None) -> IO[bytes]:
        """Open for reading, compressed content as what it says. Raises OSError; exit 4 where zstandard is missing."""
        stream = sys.stdin.buffer if self.path is None else self.path.open("rb")
        if watch:
            watch(stream)
        return _decompressed(stream, self.name)


def find_inputs(paths: Sequence[str | Path], faults: Faults) -> list[Input]:
    """Return the files that paths name: `-` is standard input, a folder stands for the files in and below it.

    A path that does not exist and has `*`, `?` or `[…]` in it is a pattern, in which `**` stands for any folders. Files
    of a folder or pattern come in the order of their names, rotated ones before the one that is still written. Paths
    that are missing or cannot be read are left out, and noted in `faults`.
    """
    found: list[Input] = []
    for path in map(str, paths):
        if path == STDIN and Input(STDIN, None) in found:
            faults.add("standard input is named twice", Place(STDIN), hint="it can be read once")
        else:
            found += _inputs(path, faults)
    return found


def _inputs(path: str, faults: Faults) -> list[Input]:
    if path == STDIN:
        return [Input(STDIN, None)]
    if _is_pattern(path):
        files = _files_that_fit(path, faults)
    else:
        files = _files_below(path, faults) if os.path.isdir(path) else [Path(path)]  # noqa: PTH112
    return [Input(str(file), file) for file in files if _is_readable(file, faults)]


def _is_pattern(path: str) -> bool:
    return glob.has_magic(path) and not os.path.lexists(path)


def _files_that_fit(pattern: str, faults: Faults) -> list[Path]:
    fitting = map(Path, glob.glob(pattern, recursive=True))  # noqa: PTH207
    logs = {path for path in fitting if not (path.is_dir() or _NO_EVENTS.fullmatch(path.name))}
    if not logs:
        faults.add("no event log fits this pattern", Place(pattern), hint="`**` stands for any folders")
    return sorted(logs, key=lambda path: (os.fsencode(path.parent), _age(path.name)))


def _is_readable(file: Path, faults: Faults) -> bool:
    if not file.exists():
        faults.add("no such file or folder", Place(str(file)), hint="name an event log, a folder of them, or -")
        return False
    if not os.access(file, os.R_OK):
        faults.add("may not be read", Place(str(file)), hint="recorders write their log for their own user only")
        return False
    return True


def _files_below(path: str, faults: Faults) -> list[Path]:
    found: list[Path] = []

    def note(error: OSError) -> None:
        faults.add("may not be read", Place(str(error.filename)), hint=error.strerror)

    for folder, below, names in os.walk(path, onerror=note):
        below[:] = sorted(name for name in below if not name.startswith("."))
        logs = sorted((name for name in names if not _NO_EVENTS.fullmatch(name)), key=_age)
        found += [Path(folder) / name for name in logs]
    if not found:
        faults.add("no event logs in this folder", Place(path), hint="name the folder that the recorder writes to")
    return found


def _age(name: str) -> tuple[bytes, int, int, bytes]:
    """Order by name, but rotated files (`x.log.2`, `x.log.1`, `x.log.20261123`) from old to new before `x.log`."""
    bare = re.sub(r"\.(gz|zst)$", "", name)
    rotated = _ROTATED.fullmatch(bare)
    if rotated is None:
        return os.fsencode(bare), 1, 0, os.fsencode(name)
    suffix = rotated["suffix"]
    count = int(suffix) if re.fullmatch("[0-9]{1,4}", suffix) else 0
    return os.fsencode(rotated["name"]), 0, -count, os.fsencode(suffix)


def is_compressed(stream: IO[bytes]) -> bool:
    """Return whether a stream that was just opened begins as compressed ones do; nothing of it is taken."""
    return _start(stream).startswith((_GZIP, _ZSTANDARD))


def _start(stream: IO[bytes]) -> bytes:
    return bytes(cast(Any, stream).peek(4)[:4])


def _decompressed(stream: IO[bytes], name: str) -> IO[bytes]:
    start = _start(stream)
    if start.startswith(_GZIP):
        return cast(IO[bytes], gzip.open(stream))
    if start.startswith(_ZSTANDARD):
        return _zstandard(stream, name)
    return stream


def damage_errors() -> tuple[type[Exception], ...]:
    """Return the errors that reading a damaged or cut compressed file raises."""
    zstandard = sys.modules.get("zstandard")
    return (EOFError, zlib.error, gzip.BadGzipFile, *((zstandard.ZstdError,) if zstandard else ()))


def _zstandard(stream: IO[bytes], name: str) -> IO[bytes]:
    try:
        import zstandard
    except ImportError as error:
        raise environment(
            f"{name} is compressed with zstandard, and the package zstandard is not installed",
            hint="pip install 'k8sadmission-toolkit[zstd]', or decompress the file first",
        ) from error
    return io.BufferedReader(zstandard.ZstdDecompressor().stream_reader(stream, read_across_frames=True))
