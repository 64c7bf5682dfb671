"""What of a scenario decides what reaches the API server, and what of it its author wrote."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from toolkit.located import Located, elements
from toolkit.scenarios.format import MANIFEST_VERBS, VERBS
from toolkit.scenarios.model import Step

_PLAYED = (*MANIFEST_VERBS, *VERBS, "name", "as", "dryRun", "status", "waitFor", "needs", "records")
"""The keys of a step that decide what reaches the API server; a change of others needs no new capture."""


def digest_of(spec: Mapping[str, Located], steps: Sequence[Step]) -> str:
    """Return a digest of all that decides what reaches the API server, and of nothing else."""
    played = [
        {key: member.plain() for key, member in entry.value.items() if key in _PLAYED}
        | {"consequences": [_selector(c.plain()) for c in elements(entry.value.get("consequences"))]}
        for phase in ("setup", "steps", "teardown")
        for entry in elements(spec.get(phase))
    ]
    phases = [len(elements(spec.get(phase))) for phase in ("setup", "steps", "teardown")]
    namespace, needs = ([each.plain() for each in elements(spec.get(key))] for key in ("namespace", "needs"))
    context = [namespace, sorted(needs), phases]
    manifests = [manifest.plain() for step in steps for manifest in step.manifests]
    text = json.dumps([played, context, manifests], ensure_ascii=True, separators=(",", ":"))
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def _selector(consequence: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in consequence.items() if key != "fires"}


def given_texts(document: Located) -> Iterator[str]:
    """Yield every text of a document that its author wrote: names and values, never what the API server makes."""
    if isinstance(document.value, dict):
        for name, member in document.value.items():
            yield name
            yield from given_texts(member)
    elif isinstance(document.value, list):
        for element in document.value:
            yield from given_texts(element)
    else:
        yield str(document.value)
