"""The canonical form of recorded lines: stable values for all that a cluster makes up, the same for the same original.

What the scenario's author wrote is never replaced, and what is not replaced keeps every byte.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Mapping
from functools import partial
from re import Match

from toolkit.capture import madeup
from toolkit.capture.rawjson import RawJson, dump, objects, parse, quoted, text_of
from toolkit.capture.standins import (
    CERTIFICATE,
    CERTIFICATE_BASE64,
    OBJECT_TIME,
    OBJECT_TIME_MICRO,
    REDACTED,
    Constant,
    Numbering,
)

REPLACED = (
    "uids (request, object, owner, user, credential)",
    "times",
    "resourceVersions",
    "generated name suffixes",
    "cluster IPs",
    "node ports",
    "certificate ids",
    "names of nodes, addresses of pods, ids of containers and their images",
    "CA bundles",
    "order of managedFields (by manager, not by time)",
)
"""What manifests list under `canonical`."""


class Canonical:
    """Makes the lines of one scenario canonical; they are to be given in the dataset's order.

    `given` is all text that the scenario's author wrote. `redacted` counts the values of secrets replaced.
    """

    def __init__(self, numbering: Numbering, given: str = "", images: Mapping[str, str] | None = None) -> None:
        self._numbering = numbering
        self._given = given
        self._given_versions = frozenset(re.findall(r"resourceVersion\W+(\d+)", given))
        self._given_words = frozenset(re.findall(r"\w+", given))
        self._looks: dict[str, str] = {}
        self._numbers: dict[tuple[str, str], str] = {}
        self._names: dict[str, str] = {}
        self._name_pattern = re.compile("(?!)")
        self.redacted = 0
        for reference, stand_in in (images or {}).items():
            self._name(reference, partial(str, stand_in))

    def enter(self, step: str, index: int) -> None:
        """Begin the lines of a step: its name, and its position in the scenario from 0."""
        self._numbering.enter(step, index)

    def line(self, raw: bytes) -> bytes:
        """Return one line in canonical form."""
        document = parse(raw.decode("utf-8", "surrogateescape"))
        assert isinstance(document, dict)
        madeup.remove_tag(document)
        madeup.remove_own_labels(document)
        for found in objects(document):
            self._meet(found)
            madeup.sort_managed_fields(found)
        self._redact(document)
        canonical = self._replaced(document)
        assert isinstance(canonical, dict)
        if '"requestReceivedTimestamp"' in canonical:
            canonical['"requestReceivedTimestamp"'] = quoted(self._numbering.received())
        return dump(canonical).encode("utf-8", "surrogateescape")

    def masked(self, raw: bytes) -> bytes:
        """Return a line with what was met before in canonical form and everything new the same: for ordering lines."""
        apart = Canonical(Constant(""), self._given)
        apart._looks, apart._numbers, apart._names = dict(self._looks), dict(self._numbers), dict(self._names)
        apart._name_pattern = self._name_pattern
        return apart.line(raw)

    def _meet(self, found: dict[str, RawJson]) -> None:
        """Give stand-ins to what only its place tells: generated names, versions, addresses and ports."""
        if generated := madeup.generated_name(found):
            prefix, name = generated
            self._name(name, lambda: prefix + self._numbering.suffix())
        for address in madeup.cluster_ips(found):
            self._name(address, self._numbering.address)
        for address in madeup.pod_ips(found):
            self._name(address, self._numbering.pod_address)
        for digest in madeup.container_digests(found):
            self._name(digest, lambda: self._numbering.hexadecimal(64))
        if node := madeup.node_name(found):
            self._name(node, lambda: "node")
        version = madeup.resource_version(found)
        if version and version not in self._given_versions:
            found['"resourceVersion"'] = quoted(self._number("version", version, self._numbering.resource_version))
        for key, port in list(madeup.node_ports(found)):
            if port not in self._given_words:
                found[key] = self._number("port", port, self._numbering.node_port)

    def _number(self, kind: str, original: str, make: Callable[[], str]) -> str:
        if (kind, original) not in self._numbers:
            self._numbers[kind, original] = make()
        return self._numbers[kind, original]

    def _name(self, original: str, make: Callable[[], str]) -> None:
        """Give a stand-in to a text that is to be replaced wherever it stands; longer ones go first."""
        if original in self._names or original in self._given:
            return
        self._names[original] = make()
        longest_first = "|".join(re.escape(name) for name in sorted(self._names, key=len, reverse=True))
        self._name_pattern = re.compile(rf"(?<![0-9.])(?:{longest_first})(?![0-9])")

    def _replaced(self, value: RawJson) -> RawJson:
        if isinstance(value, dict):
            return {self._replaced_text(key): self._replaced(member) for key, member in value.items()}
        if isinstance(value, list):
            return [self._replaced(element) for element in value]
        return self._replaced_text(value) if value.startswith('"') else value

    def _replaced_text(self, source: str) -> str:
        by_look = madeup.ANYWHERE.sub(self._by_look, source)
        return self._name_pattern.sub(lambda match: self._names[match.group()], by_look)

    def _by_look(self, match: Match[str]) -> str:
        original, kind = match.group(), match.lastgroup or ""
        if original in self._given:
            return original
        if kind == "time":
            return OBJECT_TIME_MICRO if "." in original else OBJECT_TIME
        if original not in self._looks:
            self._looks[original] = self._look(kind)
        return self._looks[original]

    def _look(self, kind: str) -> str:
        if kind == "uid":
            return self._numbering.uid()
        if kind == "volume":
            return f"kube-api-access-{self._numbering.suffix()}"
        if kind in {"certificate", "event"}:
            return self._numbering.hexadecimal(64 if kind == "certificate" else 16)
        return {"pem": CERTIFICATE, "pem64": CERTIFICATE_BASE64}[kind]

    def _redact(self, document: RawJson) -> None:
        for data in madeup.secret_data(document):
            for name, value in data.items():
                if not self._is_given_secret(text_of(value) or ""):
                    data[name] = quoted(REDACTED)
                    self.redacted += 1

    def _is_given_secret(self, value: str) -> bool:
        try:
            plain = base64.b64decode(value, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            return value in self._given
        return value in self._given or plain in self._given
