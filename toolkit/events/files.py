"""Where lines come from: files, folders, standard input, by path or by URL; plain or compressed."""

from __future__ import annotations

import glob
import gzip
import io
import os
import sys
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, cast

from toolkit.errors import Faults, environment
from toolkit.events.names import age, in_folder, in_pattern, may_be_log
from toolkit.places import Place
from toolkit.storage.failures import StorageError
from toolkit.storage.urls import is_url, shown_url

if TYPE_CHECKING:
    from toolkit.storage.listing import RemoteFile

STDIN = "-"
_GZIP = b"\x1f\x8b"
_ZSTANDARD = b"\x28\xb5\x2f\xfd"
COMPRESSED = (_GZIP, _ZSTANDARD)
"""How compressed files begin."""
Watch = Callable[[IO[bytes], int], None]
"""Gets each file as it is opened and its size, to see how far reading has come; it is not to read."""


@dataclass(frozen=True, slots=True)
class Input:
    """One file that lines are read from: by `path`, or by `url`; standard input has neither.

    `name` is what people are told, for instance without the password of a URL; `known_size` is in bytes, and
    `known_version` another text whenever the file was written to, where the file was found with them.
    """

    name: str
    path: Path | None = None
    url: str | None = None
    known_size: int | None = None
    known_version: str = ""

    @property
    def version(self) -> str:
        """What is another text whenever the file was written to, "" where that is not known."""
        try:
            return str(os.stat(self.path).st_mtime_ns) if self.path else self.known_version  # noqa: PTH116
        except OSError:
            return ""

    @property
    def size(self) -> int:
        """The bytes of the file, 0 where that is not known."""
        try:
            return os.stat(self.path).st_size if self.path else self.known_size or 0  # noqa: PTH116
        except OSError:
            return 0

    def open(self, watch: Watch | None = None) -> IO[bytes]:
        """Open for reading, compressed content as what it says. Raises OSError; exit 4 where a package is missing."""
        if self.url is not None:
            from toolkit.storage.reading import open_url

            stream: IO[bytes] = open_url(self.url)
        else:
            stream = sys.stdin.buffer if self.path is None else self.path.open("rb")
        if watch:
            watch(stream, self.size)
        return _decompressed(stream, self.name)


def file_at(address: str) -> Input:
    """Return the file at a path or URL as it is, which is opened without being looked for."""
    return Input(shown_url(address), url=address) if is_url(address) else Input(address, Path(address))


def find_inputs(paths: Sequence[str | Path | Input], faults: Faults) -> list[Input]:
    """Return the files that paths and URLs name: `-` is standard input, a folder stands for the files in and below it.

    A path that does not exist and has `*`, `?` or `[…]` in it is a pattern, in which `**` stands for any folders. Files
    of a folder or pattern come in the order of their names, rotated ones before the one that is still written. What is
    missing or cannot be read is left out, and noted in `faults`. An input that was found already stands for itself.
    Raises ToolkitError: exit 2 for a URL of a kind that nobody knows, exit 4 where a package for it is missing.
    """
    found: list[Input] = []
    for path in paths:
        if path in (STDIN, Path(STDIN)) and Input(STDIN) in found:
            faults.add("standard input is named twice", Place(STDIN), hint="it can be read once")
        else:
            found += [path] if isinstance(path, Input) else _inputs(str(path), faults)
    return found


def _inputs(path: str, faults: Faults) -> list[Input]:
    if path == STDIN:
        return [Input(STDIN)]
    if is_url(path):
        behind = _behind(path, faults)
        return [Input(shown_url(each.url), None, each.url, each.size, each.version) for each in behind]
    if _is_pattern(path):
        files = _files_that_fit(path, faults)
    else:
        files = _files_below(path, faults) if os.path.isdir(path) else [Path(path)]  # noqa: PTH112
    return [Input(str(file), file) for file in files if _is_readable(file, faults)]


def _behind(url: str, faults: Faults) -> list[RemoteFile]:
    """Return the files that a URL stands for, chosen and in order as those of paths are."""
    from toolkit.storage.listing import FILE, FOLDER, find

    try:
        found = find(url)
    except StorageError as error:
        faults.note(error.fault(url), error.exit_code)
        return []
    if found.kind == FILE:
        return list(found.files)
    is_folder = found.kind == FOLDER
    logs = [each for each in found.files if may_be_log(each.path[-1]) and not (is_folder and _is_hidden(each.path))]
    if not logs:
        _note_none(url, faults, is_folder=is_folder)
    return sorted(logs, key=lambda each: in_folder(each.path) if is_folder else in_pattern(each.path))


def _is_hidden(path: Sequence[str]) -> bool:
    return any(part.startswith(".") for part in path)


def _note_none(path: str, faults: Faults, *, is_folder: bool) -> None:
    if is_folder:
        faults.add("no event logs in this folder", Place(path), hint="name the folder that the recorder writes to")
    else:
        faults.add("no event log fits this pattern", Place(path), hint="`**` stands for any folders")


def _is_pattern(path: str) -> bool:
    return glob.has_magic(path) and not os.path.lexists(path)


def _files_that_fit(pattern: str, faults: Faults) -> list[Path]:
    fitting = map(Path, glob.glob(pattern, recursive=True))  # noqa: PTH207
    logs = {path for path in fitting if may_be_log(path.name) and not path.is_dir()}
    if not logs:
        _note_none(pattern, faults, is_folder=False)
    return sorted(logs, key=lambda path: in_pattern((str(path.parent), path.name)))


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
        found += [Path(folder) / name for name in sorted(filter(may_be_log, names), key=age)]
    if not found:
        _note_none(path, faults, is_folder=True)
    return found


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
