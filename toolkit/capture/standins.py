"""Stand-ins for what a cluster makes up: derived from scenario, step and position, the same in every capture."""

from __future__ import annotations

import hashlib
import uuid
from datetime import UTC, datetime, timedelta

_SPACE = uuid.uuid5(uuid.NAMESPACE_DNS, "toolkit.dev")
_ALPHABET = "bcdfghjklmnpqrstvwxz2456789"
"""The letters that the API server makes name suffixes of."""
SUFFIX = f"[{_ALPHABET}]{{5}}"
_EPOCH = datetime(2025, 1, 1, tzinfo=UTC)

OBJECT_TIME = "2025-01-01T00:00:00Z"
"""The time of everything that the API server stamped: as if all had happened within one second.

Which of two stamps are equal depends on where a second ended, so no difference between them can be kept.
"""
OBJECT_TIME_MICRO = "2025-01-01T00:00:00.000000Z"
CERTIFICATE = r"-----BEGIN CERTIFICATE-----\nY2Fub25pY2Fs\n-----END CERTIFICATE-----\n"
"""A certificate's stand-in, as JSON source (the body is `canonical` in base64)."""
CERTIFICATE_BASE64 = "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tClkyRnViMjVwWTJGcwotLS0tLUVORCBDRVJUSUZJQ0FURS0tLS0tCg=="
"""The same in base64, as webhook configurations and API services hold it."""
REDACTED = "cmVkYWN0ZWQ="
"""The stand-in of a secret's value: `redacted` in base64."""


class Numbering:
    """Gives out stand-ins for one scenario; `step` says where the originals are being met for the first time."""

    def __init__(self, scenario: str) -> None:
        self._scenario = scenario
        self._step = ""
        self._index = 0
        self._given: dict[str, int] = {}

    def enter(self, step: str, index: int) -> None:
        """Begin a step: its name, and its position in the scenario from 0."""
        self._step, self._index = step, index
        self._given = {}

    def uid(self) -> str:
        """Return the next UUID."""
        return str(uuid.uuid5(_SPACE, self._seed("uid")))

    def suffix(self) -> str:
        """Return the next five letters of a generated name."""
        return "".join(_ALPHABET[byte % len(_ALPHABET)] for byte in self._digest("suffix")[:5])

    def hexadecimal(self, digits: int) -> str:
        """Return the next hexadecimal number of so many digits, at most 64."""
        return self._digest("hex").hex()[:digits]

    def resource_version(self) -> str:
        """Return the next resourceVersion: a number that grows with the steps."""
        return str((self._index + 1) * 1000 + self._next("resourceVersion"))

    def address(self) -> str:
        """Return the next cluster IP."""
        return f"10.96.{self._index % 250 + 1}.{self._next('address') % 250 + 1}"

    def pod_address(self) -> str:
        """Return the next address of a pod or node."""
        return f"10.244.{self._index % 250 + 1}.{self._next('pod') % 250 + 1}"

    def node_port(self) -> str:
        """Return the next node port, of the usual range."""
        return str(30000 + (self._index * 10 + self._next("port")) % 2768)

    def received(self) -> str:
        """Return the next time of receipt: a second a step, a millisecond a line, trailing zeros dropped."""
        moment = _EPOCH + timedelta(seconds=self._index + 1)
        fraction = f"{self._next('received') + 1:03d}".rstrip("0")
        return f"{moment:%Y-%m-%dT%H:%M:%S}.{fraction}Z"

    def _next(self, kind: str) -> int:
        number = self._given.get(kind, 0)
        self._given[kind] = number + 1
        return number

    def _seed(self, kind: str) -> str:
        return f"{self._scenario}\n{self._step}\n{kind}\n{self._next(kind)}"

    def _digest(self, kind: str) -> bytes:
        return hashlib.sha256(self._seed(kind).encode()).digest()


class Constant(Numbering):
    """Gives the same stand-in for every original of a kind."""

    def _next(self, kind: str) -> int:  # noqa: ARG002
        return 0
