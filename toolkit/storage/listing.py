"""The files that a URL stands for: itself, what is below it, or what fits it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fnmatch import translate
from functools import lru_cache
from typing import TYPE_CHECKING

from toolkit.storage.failures import StorageError, reaching
from toolkit.storage.systems import EXTRAS, Facts, facts, open_system
from toolkit.storage.urls import is_http, scheme_of

if TYPE_CHECKING:
    from fsspec import AbstractFileSystem

_MAGIC = re.compile(r"[*?[]")
_ANY_FOLDERS = "**"
_VERSIONS = ("ETag", "etag", "md5Hash", "Content-MD5", "mtime", "LastModified", "Last-Modified", "updated", "created")
"""What stores call that which tells one state of a file from the next."""
FILE, FOLDER, PATTERN = "file", "folder", "pattern"
"""What a URL can be."""


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A file behind a URL; `path` leads to it from where it was looked for; `size` is in bytes, if known.

    `version` is another text whenever the file was written to, "" where its store tells of none.
    """

    url: str
    path: tuple[str, ...]
    size: int | None
    version: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """What a URL stands for, and what it is: FILE, FOLDER or PATTERN."""

    kind: str
    files: tuple[RemoteFile, ...]


def find(url: str) -> Found:
    """Return the files that a URL stands for, in no order: a folder stands for all below it.

    A URL that does not exist and has `*`, `?` or `[…]` in it is a pattern, in which `**` stands for any folders; hidden
    names fit only what begins with a dot. Raises StorageError with the reason; ToolkitError as `open_system` does.
    """
    system, root = open_system(url)
    if not root and scheme_of(url) in EXTRAS:
        raise StorageError("names no bucket", f"{scheme_of(url)}://bucket/logs/")
    with reaching(url):
        place = _Place(system, url, root)
        return place.at_http() if is_http(url) else place.found()


class _Place:
    """A URL in its store."""

    def __init__(self, system: AbstractFileSystem, url: str, root: str) -> None:
        self._system = system
        self._url = url
        self._root = root.rstrip("/")
        bare = url.rstrip("/")
        self._before = bare[: len(bare) - len(self._root)] if bare.endswith(self._root) else f"{scheme_of(url)}://"

    def at_http(self) -> Found:
        if re.search(r"[*[]", re.sub(r"[?#].*|//[^/]*", "", self._url, flags=re.DOTALL)):
            hint = "name each file, or the store behind it, as in s3://bucket/logs/"
            raise StorageError("a pattern, and nothing can be listed by HTTP", hint)
        info = facts(self._system, self._root)
        name = self._root.rsplit("/", 1)[-1]
        return Found(FILE, (RemoteFile(self._url, (name,), info.get("size"), _version(info)),))

    def found(self) -> Found:
        is_pattern = _MAGIC.search(self._root) is not None
        try:
            info = facts(self._system, self._root)
        except (FileNotFoundError, NotADirectoryError):
            if not is_pattern:
                raise
            return Found(PATTERN, tuple(self._remote(each, self._root) for each in self._fitting()))
        if info["type"] == "file" and not self._url.endswith("/"):
            return Found(FILE, (self._remote(info, self._root.rpartition("/")[0]),))
        return Found(FOLDER, tuple(self._remote(each, self._root) for each in self._below(self._root)))

    def _fitting(self) -> Iterator[Facts]:
        if self._url.endswith("/"):
            return  # only folders could fit
        parts = self._root.split("/")
        fixed = next(number for number, part in enumerate(parts) if _MAGIC.search(part))
        yield from self._expanded("/".join(parts[:fixed]), parts[fixed:])

    def _expanded(self, folder: str, parts: Sequence[str]) -> Iterator[Facts]:
        """Yield the files below a folder that fit; only folders that fit are listed."""
        part, rest = parts[0], parts[1:]
        if part == _ANY_FOLDERS:
            for info in self._below(folder):
                if _fits(_names(info, folder), tuple(parts)):
                    yield info
        elif not _MAGIC.search(part) and rest:
            yield from self._expanded(f"{folder}/{part}", rest)
        else:
            for info in self._in(folder):
                name = _name(info)
                if not _fits_name(name, part):
                    continue
                if rest and info["type"] == "directory":
                    yield from self._expanded(f"{folder}/{name}", rest)
                elif not rest and info["type"] == "file":
                    yield info

    def _in(self, folder: str) -> list[Facts]:
        try:
            return [each for each in self._system.ls(folder, detail=True) if _path(each) != folder]
        except (FileNotFoundError, NotADirectoryError):
            return []

    def _below(self, folder: str) -> list[Facts]:
        infos = self._system.find(folder, detail=True).values()
        found = [info for info in infos if info["type"] == "file" and _path(info) != folder]
        folders = {_path(info).rpartition("/")[0] for info in found}
        # Folders are objects of no bytes in some buckets, with a slash at their end, which old s3fs takes off.
        return [
            each for each in found if not each["name"].endswith("/") and (each["size"] or _path(each) not in folders)
        ]

    def _remote(self, info: Facts, root: str) -> RemoteFile:
        return RemoteFile(f"{self._before}{_path(info)}", _names(info, root), info.get("size"), _version(info))


def _version(info: Facts) -> str:
    return next((str(info[name]) for name in _VERSIONS if info.get(name)), "")


def _path(info: Facts) -> str:
    return str(info["name"]).rstrip("/")


def _name(info: Facts) -> str:
    return _path(info).rsplit("/", 1)[-1]


def _names(info: Facts, root: str) -> tuple[str, ...]:
    return tuple(_path(info).removeprefix(root).strip("/").split("/"))


def _fits(names: tuple[str, ...], parts: tuple[str, ...]) -> bool:
    """Return whether a path fits the parts of a pattern, as paths on a disk do."""
    if not parts or not names:
        return not parts and not names
    if parts[0] != _ANY_FOLDERS:
        return _fits_name(names[0], parts[0]) and _fits(names[1:], parts[1:])
    if parts[1:2] == (_ANY_FOLDERS,):
        return _fits(names, parts[1:])
    if len(parts) == 1:
        return not any(name.startswith(".") for name in names)
    return _fits(names, parts[1:]) or (not names[0].startswith(".") and _fits(names[1:], parts))


def _fits_name(name: str, part: str) -> bool:
    is_seen = part.startswith(".") or not name.startswith(".") or not _MAGIC.search(part)
    return is_seen and _expression(part).match(name) is not None


@lru_cache(64)
def _expression(part: str) -> re.Pattern[str]:
    return re.compile(translate(part))
