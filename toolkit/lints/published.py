"""What goes wrong with the published Go plugin; looked for only where that is the plugin chosen."""

from __future__ import annotations

import re
from collections.abc import Iterator

from toolkit.fields.catalog import load_catalog
from toolkit.fields.model import Argument
from toolkit.lints.model import Problem
from toolkit.lints.subject import Owner, Subject

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
        "kar.req.pod.containers.image.repository",
    }
)
"""The fields of the published plugin that give something else than they say."""

_KAR_NAME = re.compile(r"(?<![\w.])kar(?:\.[A-Za-z][A-Za-z0-9_]*)+")
_VOLUME_TYPE = "kar.req.pod.volumes.volume_type"


def misread_fields(subject: Subject) -> Iterator[Problem]:
    """Find fields that the published plugin reads wrongly."""
    for owner, reference in subject.fields() if subject.plugin == PUBLISHED else ():
        field = subject.catalog.find(reference.name)
        if field and field.name in MISREAD:
            message = f"{field.name}: the published plugin {field.published or 'reads something else'}"
            yield Problem(owner, message, "read the member itself with jevt.value[/request/object/…]", (field.name,))


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
    for owner, reference in subject.fields() if subject.plugin == PUBLISHED else ():
        field = subject.catalog.find(reference.name)
        index = reference.argument if field and field.argument is Argument.INDEX else None
        if index and 2**63 <= int(index) < 2**64 - 1:
            message = f"{reference} ends a Falco with the published plugin on the first pod it reads"
            yield Problem(owner, message, "an index counts from 0", (str(reference), reference.name))


def volume_types_that_can_end_falco(subject: Subject) -> Iterator[Problem]:
    """Find the field whose reading some custom resources make the published plugin crash on."""
    for owner, reference in subject.fields() if subject.plugin == PUBLISHED else ():
        if reference.name == _VOLUME_TYPE and reference.argument is None:
            message = (
                f"{_VOLUME_TYPE} without an index ends a Falco with the published plugin on an object whose spec "
                "is an array, as a custom resource's can be"
            )
            yield Problem(owner, message, "test kar.target.resource = pods before it", (_VOLUME_TYPE,))
