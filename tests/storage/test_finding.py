"""What is behind a URL is found, chosen, put in order and found fault with as on a disk."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import fsspec
import pytest
from fsspec.registry import _registry

from toolkit.errors import ExitCode, Faults, ToolkitError
from toolkit.events.files import Input, find_inputs

NAMES = [
    "kube-audit-rest.log",
    "kube-audit-rest-2026-11-23T05-51-16.000.log",
    "kube-audit-rest-2026-11-22T05-51-16.000.log.gz",
    "x.log",
    "x.log.1",
    "x.log.2.gz",
    "x.log.10",
    "x.log.20261123",
    "a/x.log",
    "a/x.jsonl",
    "a/x.jsonl.3",
    "a/b/x.log",
    "a.b/x.log",
    "a-b/x.log",
    "a/.hidden/x.log",
    ".hidden.log",
    ".h/x.log",
    "a/manifest.json",
    "a/README.md",
    "a/rules.YAML",
    "2026-01/01/x.log.gz",
    "2026-01/02/deep/x.log.gz",
    "2026-02/x.log.gz",
    "é/ü.log",
    "[x]/1.log",
    "none/of.yaml",
]
PATTERNS = [
    "",
    "/",
    "a",
    "a/",
    "x.log",
    "none",
    "gone",
    "gone/",
    "*",
    "**",
    "**/",
    "*.log",
    "**/*.log",
    "**/x.*",
    "a/**",
    "a*/x.log",
    "a?b/x.log",
    "*/x.[jl]*",
    "*/x.[!j]*",
    "2026-*/**/*.log.gz",
    "2026-0[12]/*/x.log.gz",
    "2026-01/**/x.log.gz",
    "**/**/x.log",
    "**/deep/*",
    "a/**/b/*",
    ".h/*",
    ".*",
    ".*/*",
    "*/.hidden/*",
    "**/.hidden/*",
    "[x]/1.log",
    "[x]/*",
    "[[]x]/*",
    "*/manifest.json",
    "a/*.md",
    "*/",
    "a/x.log/*",
    "a/x**",
    "gone/*/x",
    "gone/**/x",
    "**/gone",
]


@pytest.fixture
def disk(tmp_path: Path) -> str:
    for name in NAMES:
        file = tmp_path / "logs" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(name.encode())
    return f"{tmp_path}/logs"


def found_below(base: str, pattern: str) -> tuple[list[str], list[str]]:
    """Return the names and the faults that a pattern below a base gives, without the base."""
    faults = Faults()
    names = [each.name for each in find_inputs([f"{base}/{pattern}" if pattern else base], faults)]
    words = [f"{str(fault.place).removeprefix(base).rstrip('/')}: {fault.message}" for fault in faults]
    return [os.path.normpath(name.removeprefix(base)) for name in names], words


@pytest.mark.parametrize("pattern", PATTERNS)
@pytest.mark.parametrize("store", ["memory", "file"])
def test_stores_are_gone_through_as_disks_are(
    disk: str, memory: fsspec.AbstractFileSystem, store: str, pattern: str
) -> None:
    for name in NAMES:
        memory.pipe_file(f"/logs/{name}", name.encode())
    base = "memory://logs" if store == "memory" else f"file://{disk}"
    assert found_below(base, pattern) == found_below(disk, pattern)


def test_schemes_may_be_in_capitals(memory: fsspec.AbstractFileSystem) -> None:
    memory.pipe_file("/b/1.log", b"123")
    for url in ("MEMORY://b/1.log", "Memory://b", "MEMORY://b/*"):
        assert [each.name.lower() for each in find_inputs([url], Faults())] == ["memory://b/1.log"]


def test_the_patterns_find_something(disk: str) -> None:
    found = [found_below(disk, pattern)[0] for pattern in PATTERNS]
    assert sum(map(bool, found)) > 25
    assert max(map(len, found)) > 12


def test_disks_and_stores_come_in_the_order_in_which_they_are_named(
    disk: str, memory: fsspec.AbstractFileSystem
) -> None:
    memory.pipe_file("/b/2.log", b"12345")
    memory.pipe_file("/b/1.log", b"123")
    faults = Faults()
    known = Input("known")
    paths: list[str | Path | Input] = ["memory://b/2.log", f"{disk}/x.log", known, "memory://gone", "memory://b", "-"]
    found = find_inputs(paths, faults)
    assert [each.name for each in found] == [
        "memory://b/2.log",
        f"{disk}/x.log",
        "known",
        "memory://b/1.log",
        "memory://b/2.log",
        "-",
    ]
    assert [each.size for each in found] == [5, 5, 0, 3, 5, 0]
    with pytest.raises(ToolkitError, match="memory://gone: no such file or folder") as caught:
        faults.check()
    assert caught.value.exit_code == ExitCode.BAD_INPUT


@pytest.mark.parametrize(
    ("url", "code", "words"),
    [
        ("foo://x", ExitCode.USAGE, "unknown kind of URL foo://"),
        ("htpp://x/y.log", ExitCode.USAGE, 'did you mean "http"?'),
        ("zip://a.log::file:///a.zip", ExitCode.USAGE, "several stores in one URL"),
        ("abfs://x/y", ExitCode.ENVIRONMENT, "abfs:// needs a package that is not installed: No module named 'adlfs'"),
    ],
)
def test_urls_of_no_store(url: str, code: ExitCode, words: str) -> None:
    with pytest.raises(ToolkitError) as caught:
        find_inputs([url], Faults())
    assert caught.value.exit_code == code
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("module", "url", "extra"),
    [("s3fs", "s3://b/x", "s3"), ("gcsfs", "gs://b/x", "gcs"), ("aiohttp", "https://h/x.log", "remote")],
)
def test_a_missing_package_is_named_with_its_extra(
    monkeypatch: pytest.MonkeyPatch, module: str, url: str, extra: str
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    for name in list(sys.modules):
        if name == "fsspec.implementations.http" or name.startswith(f"{module}."):
            monkeypatch.setitem(sys.modules, name, None)
    for scheme in ("s3", "gs", "http", "https"):
        if scheme in _registry:
            monkeypatch.delitem(_registry, scheme)
    with pytest.raises(ToolkitError) as caught:
        find_inputs([url], Faults())
    assert caught.value.exit_code == ExitCode.ENVIRONMENT
    assert f"pip install 'k8sadmission-toolkit[{extra}]'" in str(caught.value)
