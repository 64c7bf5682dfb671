"""A folder of results, at a path or behind a URL: each file in it is whole, or not there."""

from __future__ import annotations

import os
import re
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any, Protocol

from toolkit.errors import ToolkitError, environment
from toolkit.storage.failures import StorageError, why
from toolkit.storage.systems import open_system
from toolkit.storage.urls import is_url, shown_url

_UNFINISHED = re.compile(r"\..+\.[0-9a-f]{32}\.tmp")


class Writable(Protocol):
    """Takes the content of a file."""

    def write(self, data: bytes, /) -> object:
        """Take some bytes. Raises ToolkitError (exit 4)."""


class Folder:
    """Files by name in a folder; a path counts from the current folder.

    Whatever the store raises becomes a ToolkitError that names the folder: exit 4, or 2 for a URL nobody knows.
    """

    def __init__(self, place: str) -> None:
        self.shown = shown_url(place)
        """The folder as anybody may see it."""
        self.location = place if is_url(place) else os.path.abspath(place)  # noqa: PTH100
        """The folder as every process of this machine finds it."""
        with self._reached("be reached"):
            self._system, root = open_system(self.location if is_url(place) else "file:///")
        self._root = (root if is_url(place) else self.location).rstrip("/")
        self.is_local = bool(getattr(self._system, "local_file", False))
        """Whether it is in the file system."""

    def __str__(self) -> str:
        """Name the folder for people."""
        return self.shown

    def names(self) -> list[str]:
        """Return the names of all that is in it, unfinished files left out; nothing where it does not exist."""
        return [name for name in self._names() if not _UNFINISHED.fullmatch(name)]

    def make(self) -> None:
        """Make the folder where it does not exist."""
        with self._reached("be made"):
            self._system.makedirs(self._root, exist_ok=True)

    def clear_unfinished(self) -> None:
        """Remove what writers left behind that were killed."""
        for name in self._names():
            if _UNFINISHED.fullmatch(name):
                self.remove(name)

    def remove(self, name: str) -> None:
        """Remove a file; one that is not there is no fault."""
        with self._reached(f"be rid of {name}"), suppress(FileNotFoundError):
            self._system.rm_file(self._path(name))

    def find(self, name: str) -> bytes | None:
        """Return what is in a file, None where there is none of this name."""
        with self._reached(f"give {name}"), suppress(FileNotFoundError):
            return bytes(self._system.cat_file(self._path(name)))
        return None

    def read(self, names: Sequence[str]) -> list[bytes]:
        """Return what is in files, which a store that can gives at once."""
        paths = [self._path(name) for name in names]
        with self._reached(f"give {names[0]}{' and others' if len(names) > 1 else ''}"):
            if len(paths) == 1 or not getattr(self._system, "async_impl", False):
                return [bytes(self._system.cat_file(path)) for path in paths]
            found = self._system.cat(paths)
            return [bytes(found[path]) for path in paths]

    @contextmanager
    def written(self, name: str) -> Iterator[Writable]:
        """Give what takes the content of a file, which is there, or replaced, when the block ends without an error."""
        beside = self._path(f".{name}.{uuid.uuid4().hex}.tmp")
        with self._reached(f"take {name}"):
            stream = self._system.open(beside, "wb")
        try:
            yield _Taking(self, name, stream)
            with self._reached(f"take {name}"):
                self._finish(stream, beside, self._path(name))
        except BaseException:
            with suppress(Exception):
                stream.close()
            with suppress(Exception):
                self._system.rm_file(beside)
            raise

    def write(self, name: str, content: bytes) -> None:
        """Write a file."""
        with self.written(name) as stream:
            stream.write(content)

    @contextmanager
    def _reached(self, what: str) -> Iterator[None]:
        """Turn what the store raises into a ToolkitError; FileNotFoundError only goes through `suppress` inside."""
        try:
            yield
        except (ToolkitError, StorageError) as error:
            raise self._failure(what, error) if isinstance(error, StorageError) else error from error
        except Exception as error:  # stores raise what their libraries have, an open set
            raise self._failure(what, error) from error

    def _failure(self, what: str, error: Exception) -> ToolkitError:
        if self._is_of_this_machine(error):
            return environment(f"{self.shown} cannot {what}: {error.strerror or error}")  # type: ignore[attr-defined]
        found = error if isinstance(error, StorageError) else why(error, self.location)
        return environment(f"{self.shown} cannot {what}: {found.reason}", hint=found.hint)

    def _is_of_this_machine(self, error: Exception) -> bool:
        return isinstance(error, OSError) and error.strerror is not None and getattr(self, "is_local", False)

    def _names(self) -> list[str]:
        with self._reached("be listed"), suppress(FileNotFoundError):
            self._system.invalidate_cache(self._root)
            found = self._system.ls(self._root, detail=False)
            names = (path.rstrip("/").rpartition("/")[2] for path in found if path.rstrip("/") != self._root)
            return sorted(names)
        return []

    def _path(self, name: str) -> str:
        return f"{self._root}/{name}"

    def _finish(self, stream: Any, beside: str, path: str) -> None:
        if self.is_local:
            stream.flush()
            os.fsync(stream.fileno())
            stream.close()
            Path(beside).replace(path)
        else:
            stream.close()
            self._system.cp_file(beside, path)
            self._system.rm_file(beside)


class _Taking:
    """A file that is written."""

    def __init__(self, folder: Folder, name: str, stream: IO[bytes]) -> None:
        self._folder = folder
        self._name = name
        self._stream = stream

    def write(self, data: bytes, /) -> None:
        with self._folder._reached(f"take {self._name}"):
            self._stream.write(data)
