"""Logs of every kind, line by line."""

from __future__ import annotations

import gzip
import io
import json
import os
import sys
from pathlib import Path

import pytest
import zstandard
from event_samples import review_line

from toolkit.errors import ExitCode, ToolkitError
from toolkit.events.reader import read_reviews
from toolkit.events.review import BrokenLine, Review
from toolkit.events.tally import Tally


def log(*uids: str, end: bytes = b"\n") -> bytes:
    return b"".join(review_line({"uid": uid}) + end for uid in uids)


def read(*paths: str | Path, published: bool = False) -> list[str]:
    """Return the uids, and `line: reason` of broken lines."""
    found = read_reviews([str(path) for path in paths], published=published)
    return [f"{line.line}: {line.reason}" if isinstance(line, BrokenLine) else str(line.uid) for line in found]


def test_lines_keep_their_numbers_and_blank_ones_are_skipped(tmp_path: Path) -> None:
    file = tmp_path / "a.log"
    file.write_bytes(b"\n  \r\n" + log("a", end=b"\r\n") + b"{broken\n" + log("b"))
    found = list(read_reviews([file]))
    assert [(line.line, type(line)) for line in found] == [(3, Review), (4, BrokenLine), (5, Review)]
    assert str(found[1].place) == f"{file}:4"


@pytest.mark.parametrize(
    "compress", [gzip.compress, zstandard.compress, lambda text: text], ids=["gzip", "zstd", "plain"]
)
def test_compression_is_told_by_content_not_by_name(tmp_path: Path, compress: object) -> None:
    assert callable(compress)
    file = tmp_path / "log"
    file.write_bytes(compress(log("a", "b")) + compress(log("c")))
    assert read(file) == ["a", "b", "c"]


def test_a_compressed_file_that_is_cut_off(tmp_path: Path) -> None:
    file = tmp_path / "a.gz"
    file.write_bytes(gzip.compress(log(*map(str, range(3000))), mtime=0)[:-2000])
    *uids, last = read(file)
    assert uids[:2] == ["0", "1"]
    assert "the compressed file is cut off or damaged here" in last


@pytest.mark.parametrize("start", [b"\x1f\x8b\x08", b"\x28\xb5\x2f\xfd\xff\xff\xff"])
def test_a_compressed_file_that_is_damaged(tmp_path: Path, start: bytes) -> None:
    file = tmp_path / "a"
    file.write_bytes(start + b"nonsense" * 10)
    assert [line for line in read(file) if "damaged" in line]


def test_a_line_that_was_cut_off(tmp_path: Path) -> None:
    file = tmp_path / "a.log"
    file.write_bytes(log("a") + review_line()[:-40])
    assert read(file) == ["a", "2: not JSON: it ends too early, as a line that was cut off does"]


def test_a_line_of_ten_mebibytes(tmp_path: Path) -> None:
    file = tmp_path / "a.log"
    file.write_bytes(review_line({"object": {"data": {"k": "x" * (10 << 20)}}}) + b"\n" + log("b"))
    assert read(file) == ["u", "b"]


def test_a_byte_order_mark(tmp_path: Path) -> None:
    file = tmp_path / "a.log"
    file.write_bytes(b"\xef\xbb\xbf" + log("a", "b"))
    assert read(file) == ["a", "b"]
    assert read(file, published=True)[0].startswith("1: begins with a byte order mark")


def test_an_empty_file_has_no_lines(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_bytes(b"")
    assert read(tmp_path / "a.log") == []


def test_folders_in_order_of_names_rotated_files_first(tmp_path: Path) -> None:
    names = [
        "a.log.2.gz",
        "a.log.1",
        "a.log",
        "b.jsonl",
        "kube-audit-rest-2026-11-23T05-29-12.000.log",
        "kube-audit-rest-2026-11-24T05-29-12.000.log",
        "kube-audit-rest.log",
        "pod.log.20261123-052912",
        "pod.log",
    ]
    for name in reversed(names):
        text = log(name)
        (tmp_path / name).write_bytes(gzip.compress(text) if name.endswith(".gz") else text)
    (tmp_path / "z").mkdir()
    (tmp_path / "z" / "last").write_bytes(log("z/last"))
    for name in ("manifest.json", "README.md", "rules.yaml", ".hidden"):
        (tmp_path / name).write_text("no events")
    assert read(tmp_path) == [*names, "z/last"]


def test_several_inputs_come_in_the_order_named(tmp_path: Path) -> None:
    for name in "ab":
        (tmp_path / name).write_bytes(log(name))
    assert read(tmp_path / "b", tmp_path / "a") == ["b", "a"]


def test_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BufferedReader(io.BytesIO(gzip.compress(log("a"))))))
    assert read("-") == ["a"]


def test_every_path_that_cannot_be_read_is_named_when_the_rest_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed, empty, good = tmp_path / "closed", tmp_path / "empty", tmp_path / "good"
    good.write_bytes(log("a"))
    closed.write_bytes(log("a"))
    empty.mkdir()
    monkeypatch.setattr(os, "access", lambda path, _mode: path != closed)
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BufferedReader(io.BytesIO(log("b")))))
    reviews = read_reviews([str(path) for path in (tmp_path / "no", closed, good, empty, "-", "-")])
    uids = []
    with pytest.raises(ToolkitError) as caught:  # noqa: PT012
        for review in reviews:
            assert not isinstance(review, BrokenLine)
            uids.append(review.uid)
    assert uids == ["a", "b"]
    assert caught.value.exit_code == ExitCode.BAD_INPUT
    assert sorted(str(fault).splitlines()[0] for fault in caught.value.faults) == sorted(
        [
            "-: standard input is named twice",
            f"{tmp_path}/no: no such file or folder",
            f"{closed}: may not be read",
            f"{empty}: no event logs in this folder",
        ]
    )


def test_an_error_while_reading_names_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "a"
    file.write_bytes(log("a"))
    monkeypatch.setattr(Path, "open", lambda *_: (_ for _ in ()).throw(PermissionError(13, "Permission denied")))
    with pytest.raises(ToolkitError, match=f"{file}: cannot be read: Permission denied"):
        read(file)


def test_missing_zstandard_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "a.zst"
    file.write_bytes(zstandard.compress(log("a")))
    monkeypatch.setitem(sys.modules, "zstandard", None)
    with pytest.raises(ToolkitError, match=r"\[zstd\]") as caught:
        read(file)
    assert caught.value.exit_code == ExitCode.ENVIRONMENT


@pytest.mark.parametrize("published", [False, True])
def test_reviews_in_log_lines_of_a_recorder(tmp_path: Path, published: bool) -> None:
    def entry(caller: str, message: str) -> bytes:
        fields = {"level": "info", "ts": 1700000000.5, "caller": caller, "msg": message}
        return json.dumps(fields).encode() + b"\n"

    file = tmp_path / "stderr.log"
    file.write_bytes(
        entry("kube-audit-rest/main.go:20", "Starting server")
        + entry("zapio/writer.go:146", review_line({"uid": "ä"}).decode())
        + entry("zapio/writer.go:146", "{cut")
        + b'{"level":"info"\n'
    )
    uid, cut, not_json = read(file, published=published)
    assert uid == "ä"
    assert cut.startswith("3: not JSON")
    assert not_json.startswith("4: not JSON")


def test_the_tally_counts_and_says_what_people_should_know(tmp_path: Path) -> None:
    file = tmp_path / "a.log"
    file.write_bytes(log("a") + b"x\n" * 12 + review_line(requestReceivedTimestamp=None))
    tally = Tally()
    assert [review.uid for review in tally.reviews_of(read_reviews([file]))] == ["a", "u"]
    *named, more, times, summary = tally.words()
    assert named[0] == f"{file}:2: not JSON: expecting value at column 1"
    assert len(named) == 10
    assert more == "2 more broken lines"
    assert times.endswith(f'count as 1970-01-01; the first: {file}:14: no "requestReceivedTimestamp"')
    assert summary == "12 of 14 lines are broken and were left out"
    assert (tally.exit_code(), tally.exit_code(strict=True)) == (ExitCode.GOOD, ExitCode.CHECK_FAILED)


@pytest.mark.parametrize(
    ("text", "status", "words"),
    [
        (b"", ExitCode.NOTHING_SELECTED, ["no events were read"]),
        (log("a"), ExitCode.GOOD, []),
    ],
)
def test_the_tally_of_little(tmp_path: Path, text: bytes, status: ExitCode, words: list[str]) -> None:
    (tmp_path / "a").write_bytes(text)
    tally = Tally()
    list(tally.reviews_of(read_reviews([tmp_path / "a"])))
    assert (tally.exit_code(strict=True), tally.words()) == (status, words)


def test_the_tally_of_broken_lines_only(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x\n")
    tally = Tally()
    assert not list(tally.reviews_of(read_reviews([tmp_path / "a"])))
    assert tally.exit_code() == ExitCode.BAD_INPUT


def test_a_line_over_the_limit_counts_as_broken(tmp_path: Path) -> None:
    file = tmp_path / "a.log"
    file.write_bytes(log("a", "b" * 500, "c"))
    size = len(log("a")) - 1
    found = list(read_reviews([file], max_bytes=size))
    assert [(line.line, type(line)) for line in found] == [(1, Review), (2, BrokenLine), (3, Review)]
    assert str(found[1]) == f"{file}:2: {size + 499} bytes, more than the {size} of maxEventSize"


def test_patterns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    names = ["b/x.log", "b/x.log.1", "b/x-2026-01-01.log", "b/c/y.log", "b/notes.md", "a/x.log", "a[1].log"]
    for name in names:
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_bytes(log(name))
    assert read("b/x*") == ["b/x-2026-01-01.log", "b/x.log.1", "b/x.log"]
    assert read("**/*.log") == ["a[1].log", "a/x.log", "b/x-2026-01-01.log", "b/x.log", "b/c/y.log"]
    assert read("b/**") == ["b/x-2026-01-01.log", "b/x.log.1", "b/x.log", "b/c/y.log"]
    assert read("a[1].log") == ["a[1].log"]
    with pytest.raises(ToolkitError, match=r"b/\*\.gz: no event log fits this pattern"):
        read("b/*.gz", "b/x.log")
