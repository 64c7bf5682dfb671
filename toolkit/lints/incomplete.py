"""Rules that lack a key without which Falco refuses them or never runs them."""

from __future__ import annotations

from collections.abc import Iterator

from toolkit.lints.items import Item
from toolkit.lints.model import Problem
from toolkit.lints.subject import Owner, Subject

_OF_A_DEFINITION = ("condition", "output", "desc", "priority")


def incomplete_rules(subject: Subject) -> Iterator[Problem]:
    """Find rules without a priority or a source."""
    for item in subject.items:
        if not _is_definition(item):
            continue
        owner = Owner(item.kind, item.name)
        if item.node.get("priority") is None:
            yield Problem(owner, "has no priority: Falco refuses the file", "add `priority: WARNING`")
        if item.node.get("source") is None:
            message = "has no source, so it is a rule about system calls and never sees an admission event"
            yield Problem(owner, message, "add `source: k8s_admission`")


def _is_definition(item: Item) -> bool:
    append = item.node.get("append")
    changes = item.node.get("override") is not None or (append is not None and append.text.lower() == "true")
    return item.kind == "rule" and not changes and any(item.node.get(key) for key in _OF_A_DEFINITION)
