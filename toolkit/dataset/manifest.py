"""`manifest.json`: where a dataset comes from, what each of its files holds, and which line belongs to which step."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec

from toolkit.errors import bad_input
from toolkit.places import Place

MANIFEST = "manifest.json"
Sha256 = Annotated[str, msgspec.Meta(pattern="^sha256:[0-9a-f]{64}$")]
LineNumber = Annotated[int, msgspec.Meta(ge=1)]


class _Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Unknown members are errors; members that say nothing are left out."""


class Provenance(_Part, frozen=True):
    """What made the dataset; nothing in it depends on the machine."""

    kubernetes: Annotated[str, msgspec.Meta(description="exact version of the API server")]
    provider: Annotated[str, msgspec.Meta(description="what the cluster was: local, kind, existing")]
    recorder: Annotated[str, msgspec.Meta(description="what wrote the lines, with its version")]
    toolkit: Annotated[str, msgspec.Meta(description="version of the toolkit")]


_KUBELET = "for what reaches into a pod: true: a kubelet carried it out, false: a raw call that no pod had to answer"


class RecordedStep(_Part, frozen=True):
    """The lines (from 1) of one step, and of each of its consequences in the scenario's order."""

    name: str
    lines: tuple[LineNumber, ...] = ()
    consequences: tuple[LineNumber, ...] = ()
    left_out: Annotated[str, msgspec.Meta(description="why the step was not played; empty: it was")] = ""
    kubelet: Annotated[bool | None, msgspec.Meta(description=_KUBELET)] = None


class RecordedBackground(_Part, frozen=True):
    """The file with the noise of one provider's clusters."""

    file: str
    sha256: Sha256
    lines: Annotated[int, msgspec.Meta(ge=0)]
    provenance: Provenance


class RecordedScenario(_Part, frozen=True):
    """One scenario's file; `digest` is that of the scenario as it was played."""

    digest: Sha256
    file: str
    sha256: Sha256
    lines: Annotated[int, msgspec.Meta(ge=0)]
    steps: tuple[RecordedStep, ...]
    redacted: Annotated[int, msgspec.Meta(description="values of secrets that were replaced")] = 0
    provenance: Annotated[
        Provenance | None, msgspec.Meta(description="what made this file, where that is not what made the dataset")
    ] = None


class Manifest(_Part, frozen=True):
    """The whole manifest of one Kubernetes minor version."""

    kubernetes: Annotated[str, msgspec.Meta(description="minor version, and the folder's name", pattern=r"^\d+\.\d+$")]
    provenance: Provenance
    canonical: Annotated[tuple[str, ...], msgspec.Meta(description="what was given stable values")]
    scenarios: dict[str, RecordedScenario]
    background: Annotated[
        dict[str, RecordedBackground], msgspec.Meta(description="the clusters' own noise, by provider")
    ] = msgspec.field(default_factory=dict)
    api_version: Literal["toolkit/v1"] = msgspec.field(default="toolkit/v1", name="apiVersion")
    kind: Literal["Dataset"] = "Dataset"


def sha256(content: bytes) -> str:
    """Return the digest of some bytes as manifests write it."""
    return "sha256:" + hashlib.sha256(content).hexdigest()


def encode(manifest: Manifest) -> bytes:
    """Return the manifest's bytes: always the same for the same manifest, a step on few lines."""
    head = {"apiVersion": manifest.api_version, "kind": manifest.kind}
    document = head | msgspec.to_builtins(manifest, order="deterministic")
    return msgspec.json.format(msgspec.json.encode(document), indent=1) + b"\n"


def decode(content: bytes, path: Path) -> Manifest:
    """Read a manifest's bytes; ToolkitError (exit 3) says which member is wrong, and how."""
    hint = "write the dataset anew with `toolkit generate`"
    try:
        return msgspec.json.decode(content, type=Manifest)
    except msgspec.ValidationError as error:
        raise bad_input(f"not a manifest of a dataset: {error}", Place(str(path)), hint=hint) from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise bad_input(f"not JSON: {error}", Place(str(path)), hint=hint) from error


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of manifests."""
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    return head | msgspec.json.schema(Manifest)
