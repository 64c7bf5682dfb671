"""The cluster's own noise: one line a shape, nothing of the machine."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

from capture_fakes import review

from toolkit.capture.background import background_lines, by_shape, describe
from toolkit.capture.recorded import read_all

DATA = Path(__file__).parent.parent / "conformance" / "data" / "captured"
OWN = frozenset({"mine", "my-other"})


def lines_of(*lines: bytes) -> list[bytes]:
    return background_lines(read_all(lines), OWN)


def test_each_shape_leaves_one_line_whatever_its_number_and_order() -> None:
    one = review("a", user="c", namespace="mine", resourceVersion="7")
    two = review("b", user="c", namespace="my-other", resourceVersion="9")
    other = review("a", "UPDATE", user="c", namespace="mine")
    kept = lines_of(one, two, one, other)
    assert len(kept) == 2
    assert lines_of(other, two, one) == kept
    assert {json.loads(line)["request"]["namespace"] for line in kept} == {"scenario"}


def test_a_shape_is_who_did_what_to_which_resource_in_which_kind_of_namespace() -> None:
    variants = [
        {},
        {"user": "d"},
        {"operation": "DELETE"},
        {"resource": "secrets"},
        {"subresource": "status"},
        {"namespace": "kube-system"},
        {"namespace": "mine"},
        {"namespace": "theirs"},
    ]
    lines = [review("a", **{"user": "c", "namespace": "default", **variant}) for variant in variants]
    shapes = by_shape(lines_of(*lines))
    assert len(shapes) == len(variants)
    texts = {describe(shape) for shape in shapes}
    assert "CREATE pods/status by c in default namespace" in texts
    assert "CREATE pods by c in a scenario's namespace" in texts
    assert "CREATE pods by c in other namespace" in texts


def test_users_differ_by_no_id() -> None:
    lines = [review("a", user=f"u:0c8f8a5e-0000-4000-8000-00000000000{n}") for n in range(2)]
    assert len(lines_of(*lines)) == 1


def test_nothing_of_the_machine_is_left_in_a_real_capture() -> None:
    raw = gzip.decompress((DATA / "apiserver-1.37.2.jsonl.gz").read_bytes()).split(b"\n")[:-1]
    noise = [line for line in read_all(raw) if line.tag is None]
    text = b"\n".join(background_lines(noise, frozenset({"scenario"})))
    lease = next(line for line in noise if line.resource == "leases")
    assert b'"kubernetes.io/hostname":"vm"' in lease.raw
    for own in (b'"vm"', b"192.0.2.2", b"16443", b"wlv32tlttr4jl3gtroqexyxapa", b"2026-11-23", b"MIIDBz"):
        assert own in b"\n".join(raw), own
        assert own not in text, own
    assert b'"kubernetes.io/hostname":"host"' in text
