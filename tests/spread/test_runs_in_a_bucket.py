"""Runs over workers of this machine, logs and results in a bucket: a real client, a server with the interface of S3."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import fsspec
import pytest
import zstandard
from s3_server import s3_endpoint
from spread_samples import in_one, words, write_logs

pytestmark = pytest.mark.remote
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": "us-east-1"}


def test_logs_and_results_in_a_bucket(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_logs(tmp_path, 3)
    alerts, said = in_one(tmp_path)
    for name, value in CREDENTIALS.items():
        monkeypatch.setenv(name, value)
    with s3_endpoint() as url:
        monkeypatch.setenv("FSSPEC_S3_ENDPOINT_URL", url)
        store = fsspec.filesystem("s3", endpoint_url=url, use_listings_cache=False)
        store.mkdir("cluster")
        store.put(f"{tmp_path}/logs", "cluster/logs", recursive=True)
        flags = ("-r", "rules.yaml", "--on", "dask", "--out", "s3://cluster/results", "s3://cluster/logs/")
        command = [sys.executable, "-m", "toolkit", "run", *flags]
        runs = [subprocess.run(command, cwd=tmp_path, capture_output=True, env=os.environ, check=False) for _ in "12"]
        assert [(run.returncode, run.stdout) for run in runs] == [(0, b"")] * 2, runs[0].stderr.decode()
        names = sorted(store.ls("cluster/results", detail=False))
        parts = [store.cat_file(name) for name in names if name.endswith(".zst")]
    assert b"".join(zstandard.ZstdDecompressor().decompressobj().decompress(part) for part in parts) == alerts
    assert [line.replace("s3://cluster/", "") for line in words(runs[0].stderr)] == said
    assert (
        f"note: {len(parts)} of {len(parts)} parts in s3://cluster/results were done before" in runs[1].stderr.decode()
    )
    assert len(parts) > 4
    assert not [name for name in names if name.endswith(".tmp")]
