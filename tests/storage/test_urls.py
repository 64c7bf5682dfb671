"""What is a URL, what is a log behind one, and what of it may be shown."""

from __future__ import annotations

import pytest

from toolkit.events.names import is_log_url
from toolkit.storage.urls import is_chain, is_http, is_url, scheme_of, shown_url


@pytest.mark.parametrize("text", ["s3://bucket/x", "gs://b", "HTTPS://host/x", "memory://x", "hdfs+x-1.y://z"])
def test_urls(text: str) -> None:
    assert is_url(text)
    assert scheme_of(text) == text.split(":")[0].lower()


@pytest.mark.parametrize(
    "text", ["-", "x.log", "./s3://bucket", "/s3://x", "s3:/x", "://x", "3s://x", "C:\\x", "a b://x"]
)
def test_paths(text: str) -> None:
    assert not is_url(text)
    assert scheme_of(text) == ""


def test_http() -> None:
    assert is_http("http://host/x")
    assert is_http("HTTPS://host/x")
    assert not is_http("s3://http://x")


@pytest.mark.parametrize(
    ("url", "is_log"),
    [
        ("https://host/logs/kube-audit-rest.log", True),
        ("https://host/kube-audit-rest-2026-11-23T05-51-16.000.log.gz", True),
        ("https://host/x.log.1", True),
        ("https://host/x.jsonl.20261123.zst", True),
        ("http://host:8080/x.JSON", True),
        ("https://host/x.ndjson?X-Amz-Signature=a/b", True),
        ("https://me:secret@host/x.txt#part", True),
        ("http://[::1]:80/x.zst", True),
        ("http://localhost:9765/k8s-audit", False),
        ("http://:9765/k8s-audit.json", False),
        ("https://0.0.0.0:9765/x.log", False),
        ("https://[::]:9765/x.log", False),
        ("https://host/x.log/", False),
        ("https://host/download?name=x.log", False),
        ("https://host.log", False),
        ("http://[::1/x.log", False),
        ("s3://bucket/x.log", False),
        ("x.log", False),
    ],
)
def test_which_urls_are_logs_to_fetch(url: str, is_log: bool) -> None:
    assert is_log_url(url) is is_log


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://host/x.log", "https://host/x.log"),
        ("https://host/x.log?X-Amz-Signature=secret", "https://host/x.log?…"),
        ("https://me:secret@host:1/x.log#y", "https://host:1/x.log?…"),
        ("ftp://me:secret@host/x:y@z.log", "ftp://host/x:y@z.log"),
        ("sftp://me@host/x.log", "sftp://me@host/x.log"),
        ("https://me@host/x.log", "https://me@host/x.log"),
        ("s3://bucket/what?.log", "s3://bucket/what?.log"),
        ("logs/x.log?", "logs/x.log?"),
    ],
)
def test_secrets_are_not_shown(url: str, shown: str) -> None:
    assert shown_url(url) == shown


def test_chains() -> None:
    assert is_chain("zip://a.log::s3://bucket/a.zip")
    assert not is_chain("https://host/x.log?arn=arn:aws:s3:::bucket")
    assert not is_chain("s3://bucket/a::b.log")
