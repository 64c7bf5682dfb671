"""Lines of a log with random parts swapped: other values, repeated and escaped names, blanks, broken bytes."""

from __future__ import annotations

import gzip
import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
CAPTURED = ROOT / "tests" / "conformance" / "data" / "captured" / "apiserver-1.37.2.jsonl.gz"
DATASET = ROOT / "test_files" / "1.37"
LARGEST = 8000

SCALARS: tuple[str, ...] = (
    "null", "true", "false", "0", "-0", "1", "1000", "-7", "1.0", "1e2", "1E400", "123456789012345678901234567890",
    '""', '"a"', '"true"', '"CREATE"', '"pods"', '"system:node:n"', '"a\\u0000b"', '"\\u0000"', '"caf\u00e9"',
    '"\\ud800"',
    '"\\ud83d\\ude00"', '"a\\/b\\"c"', '"/etc"', '"busybox:1.36@sha256:0"', '"*"', "[]", "{}",
    '"2026-01-02T03:04:05.5Z"', '"2026-01-02T03:04:05+01:00"', '"1969-01-02T03:04:05.5Z"', '"9999-12-31T23:59:59.1Z"',
)  # fmt: skip
NAMES = (
    "object",
    "oldObject",
    "request",
    "spec",
    "name",
    "kind",
    "metadata",
    "containers",
    "a",
    "level",
    "msg",
    "uid",
    "(decoded object)",
)

Pairs = list[tuple[str, Any]]


class Text(str):
    """JSON text that is written as it stands."""

    __slots__ = ()


def templates() -> list[Any]:
    """Return captured reviews, objects as lists of pairs, so that names can be repeated."""
    lines = gzip.decompress(CAPTURED.read_bytes()).splitlines()
    for path in sorted(DATASET.glob("*.jsonl")):
        lines += path.read_bytes().splitlines()
    usual = [line for line in lines if len(line) <= LARGEST]
    return [json.loads(line, object_pairs_hook=_Object, parse_int=Text, parse_float=Text) for line in usual]


class _Object(list[tuple[str, Any]]):
    """An object's members in order."""


class LineMaker:
    """Makes lines from a source of random numbers."""

    def __init__(self, source: random.Random, reviews: list[Any]) -> None:
        self._random = source
        self._reviews = reviews

    def lines(self, count: int) -> Iterator[bytes]:
        """Yield so many lines with their ends."""
        for _ in range(count):
            yield self._line() + self._random.choice((b"\n", b"\n", b"\n", b"\r\n"))

    def _line(self) -> bytes:
        review = self._random.choice(self._reviews)
        for _ in range(self._random.choice((0, 0, 1, 1, 2, 4))):
            review = self._changed(review)
        kind = self._random.random()
        text = self._written(review, spaced=kind < 0.05).encode("utf-8", "surrogatepass")
        if kind < 0.93:
            return text
        return self._damaged(text)

    def _changed(self, value: Any) -> Any:
        """Return the value with one part of it changed, the deeper the less often."""
        if isinstance(value, _Object) and value and self._random.random() < 0.95:
            weights = [1 + 4 * len(member) if isinstance(member, list) else 1 for _, member in value]
            number = self._random.choices(range(len(value)), weights)[0]
            name, member = value[number]
            pairs = _Object(value)
            pairs[number] = (name, self._changed(member))
            return self._members_changed(pairs) if self._random.random() < 0.08 else pairs
        if isinstance(value, list) and not isinstance(value, _Object) and value and self._random.random() < 0.9:
            number = self._random.randrange(len(value))
            return [*value[:number], self._changed(value[number]), *value[number + 1 :]]
        return self._value(2)

    def _members_changed(self, pairs: _Object) -> _Object:
        number = self._random.randrange(len(pairs))
        kind = self._random.random()
        if kind < 0.4:
            pairs.insert(self._random.randrange(len(pairs) + 1), (pairs[number][0], self._value(2)))
        elif kind < 0.6:
            pairs.insert(self._random.randrange(len(pairs) + 1), (self._random.choice(NAMES), self._value(2)))
        elif kind < 0.8:
            del pairs[number]
        else:
            self._random.shuffle(pairs)
        return pairs

    def _value(self, depth: int) -> Any:
        kind = self._random.random()
        if depth == 0 or kind < 0.6:
            return Text(self._random.choice(SCALARS))
        if kind < 0.62:
            deep = self._random.choice((3, 280, 297, 298, 299, 320))
            return Text("[" * deep + "]" * deep)
        if kind < 0.8:
            return [self._value(depth - 1) for _ in range(self._random.randrange(3))]
        return _Object((self._random.choice(NAMES), self._value(depth - 1)) for _ in range(self._random.randrange(4)))

    def _written(self, value: Any, *, spaced: bool) -> str:
        blank = " " if spaced and self._random.random() < 0.3 else ""
        if isinstance(value, Text):
            return value
        if isinstance(value, _Object):
            members = (
                f"{self._name(name)}{blank}:{blank}{self._written(member, spaced=spaced)}" for name, member in value
            )
            return "{" + blank + f",{blank}".join(members) + "}"
        if isinstance(value, list):
            return "[" + f"{blank},".join(self._written(element, spaced=spaced) for element in value) + "]"
        return json.dumps(value, ensure_ascii=self._random.random() < 0.02)

    def _name(self, name: str) -> str:
        if name and self._random.random() < 0.001:
            return f'"\\u{ord(name[0]):04x}{json.dumps(name[1:])[1:]}'
        return json.dumps(name, ensure_ascii=False)

    def _damaged(self, text: bytes) -> bytes:
        at = self._random.randrange(len(text))
        kind = self._random.randrange(5)
        if kind == 0:
            return text[:at]
        if kind == 1:
            return text[:at] + bytes([self._random.randrange(256)]) + text[at + 1 :]
        if kind == 2:
            return text[:at] + self._random.choice((b"\xff", b"\xc3", b"\x00", b"\t", b'"', b"}")) + text[at:]
        if kind == 3:
            return self._random.choice((b"", b"  ", b"[]", b"{}", b"null", b"\xef\xbb\xbf" + text, b" " + text))
        return (
            b'{"level":"info","ts":1,"caller":"zapio/writer.go:1","msg":'
            + json.dumps(text.decode("utf-8", "replace")).encode()
            + b"}"
        )
