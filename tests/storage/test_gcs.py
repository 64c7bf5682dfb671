"""Logs by gs://: a real client (gcsfs) against a stand-in, since there is no real store to be had here."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import fsspec
import pytest
from command_line import Toolkit
from gcs_stand_in import gcs_endpoint
from test_finding import NAMES, PATTERNS, found_below
from test_run_on_urls import CAPTURED, on_disk, said

pytestmark = pytest.mark.remote


@pytest.fixture
def options(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Return a function that names the endpoint in fsspec's configuration.

    The kind of a bucket is asked for by gRPC, which the stand-in does not speak.
    """
    extended = pytest.importorskip("gcsfs.extended_gcsfs", reason="gcsfs asks for no kind of bucket")

    async def plain(*_: object) -> object:
        return extended.BucketType.NON_HIERARCHICAL

    monkeypatch.setattr(extended.ExtendedGcsFileSystem, "_lookup_bucket_type", plain)
    return lambda endpoint: monkeypatch.setitem(fsspec.config.conf, "gs", {"endpoint_url": endpoint, "token": "anon"})


def test_a_bucket_is_gone_through_as_a_disk_is(tmp_path: Path, options: Callable[[str], None]) -> None:
    on_disk({f"/{name}": b"x" for name in NAMES}, tmp_path / "logs")
    with gcs_endpoint(dict.fromkeys(NAMES, b"x")) as endpoint:
        options(endpoint)
        different = {
            pattern: (found, expected)
            for pattern in PATTERNS
            if (found := found_below("gs://logs", pattern))
            != (expected := found_below(str(tmp_path / "logs"), pattern))
        }
    assert not different


def test_the_same_as_on_a_disk(tmp_path: Path, options: Callable[[str], None], toolkit: Toolkit) -> None:
    texts = [path.read_bytes() for path in CAPTURED]
    files = {"/day/x.log.gz": gzip.compress(texts[0]), "/day/y.log": b"".join(texts) * 9, "/day/z/x.log": b"{broken\n"}
    disk = on_disk(files, tmp_path / "logs")
    with gcs_endpoint({name[1:]: content for name, content in files.items()}) as endpoint:
        options(endpoint)
        found = toolkit("run", "gs://logs/day/")
        gone = toolkit("run", "gs://logs/gone.log")
    assert said(found, "gs://logs") == said(toolkit("run", f"{disk}/day"), disk)
    assert gone.code == 3
    assert "error: gs://logs/gone.log: no such file or folder" in gone.err
