"""What goes wrong with the published Go plugin; looked for only where that is the plugin chosen."""

from __future__ import annotations

import re
from collections.abc import Iterator

from toolkit.conditions.nodes import FieldRef
from toolkit.fields.catalog import load_catalog
from toolkit.fields.model import Argument
from toolkit.lints.model import Problem
from toolkit.lints.subject import Owner, Subject
from toolkit.texts import number

PUBLISHED = "published"

MISREAD = frozenset(
    {
        "kar.req.configmap.data",
        "kar.req.configmap.binary_data",
        "kar.req.service.ports",
        "kar.req.pod.containers.add_capabilities",
        "kar.req.pod.containers.eff_run_as_group",
        "kar.req.pod.containers.eff_run_as_user",
        "kar.req.pod.containers.host_port",
    }
)
"""The fields of the published plugin that give something else than they say."""

MISREAD_AT_TIMES = frozenset({"kar.req.pod.containers.image.repository"})
"""Those that it reads rightly but for rare values: a repository behind a registry's port."""

_KAR_NAME = re.compile(r"(?<![\w.])kar(?:\.[A-Za-z][A-Za-z0-9_]*)+")
_VOLUME_TYPE = "kar.req.pod.volumes.volume_type"


def misread_fields(subject: Subject) -> Iterator[Problem]:
    """Find fields in conditions that the published plugin reads wrongly."""
    printed = set(subject.printed_only())
    for owner, reference in _read(subject):
        if reference.name in MISREAD and (owner, reference) not in printed:
            yield _misread(subject, owner, reference)


def fields_misread_at_times(subject: Subject) -> Iterator[Problem]:
    """Find what the published plugin reads wrongly where it changes an output alone, or rarely matters."""
    printed = set(subject.printed_only())
    for owner, reference in _read(subject):
        if reference.name in MISREAD_AT_TIMES or (reference.name in MISREAD and (owner, reference) in printed):
            yield _misread(subject, owner, reference)


def _read(subject: Subject) -> Iterator[tuple[Owner, FieldRef]]:
    return subject.fields() if subject.plugin == PUBLISHED else iter(())


def _misread(subject: Subject, owner: Owner, reference: FieldRef) -> Problem:
    field = subject.catalog.find(reference.name)
    difference = field.published if field and field.published else "reads something else"
    message = f"{reference.name}: the published plugin {difference}"
    return Problem(owner, message, "read the member itself with jevt.value[/request/object/…]", (reference.name,))


def unknown_fields(subject: Subject) -> Iterator[Problem]:
    """Find fields that the published plugin does not have, so that a Falco with it refuses the file."""
    if subject.plugin != PUBLISHED:
        return
    corrected = load_catalog()
    for item in subject.items:
        text = "\n".join(line for line in item.lines if not line.lstrip().startswith("#"))
        for name in dict.fromkeys(_KAR_NAME.findall(text)):
            if corrected.find(name) and not subject.catalog.find(name):
                message = f"{name} is none of the published plugin's fields: a Falco with it refuses the file"
                hint = "read the member itself with jevt.value[/request/…]"
                yield Problem(Owner(item.kind, item.name), message, hint, (name,))


def indices_that_end_falco(subject: Subject) -> Iterator[Problem]:
    """Find indices on which the published plugin crashes, and Falco with it."""
    for owner, reference in _read(subject):
        field = subject.catalog.find(reference.name)
        index = reference.argument if field and field.argument is Argument.INDEX else None
        if index and 2**63 <= number(index, 2**64) < 2**64 - 1:
            message = f"{reference} ends a Falco with the published plugin on the first pod it reads"
            yield Problem(owner, message, "an index counts from 0", (str(reference), reference.name))


def volume_types_that_can_end_falco(subject: Subject) -> Iterator[Problem]:
    """Find the field whose reading some custom resources make the published plugin crash on."""
    for owner, reference in _read(subject):
        if reference.name == _VOLUME_TYPE and reference.argument is None:
            message = (
                f"{_VOLUME_TYPE} without an index ends a Falco with the published plugin on an object whose spec "
                "is an array, as a custom resource's can be"
            )
            yield Problem(owner, message, "test kar.target.resource = pods before it", (_VOLUME_TYPE,))
