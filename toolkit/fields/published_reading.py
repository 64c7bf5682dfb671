"""How the published Go plugin reads a review: no gates, few type checks, the first of equal names, null as a text."""

from __future__ import annotations

from collections.abc import Iterable

from toolkit.events.source import Source
from toolkit.fields.event import Event
from toolkit.fields.model import Read, Value

_NO_INDEX = 2**64 - 1
"""An index that Go turns into -1, its sign for none; those from 2^63 up to it end Falco, here they find nothing."""

_SPEC = ("request", "object", "spec")

Found = list[Source | None] | None
"""What a path leads to: a place without the member is None; None for all means that no value is to be had."""


def _with_uid(read: Read) -> Read:
    def read_reviews_only(event: Event, argument: str | None) -> Value:
        return read(event, argument) if event.source.first("request", "uid") else None

    return read_reviews_only


def whole(*path: str) -> Read:
    """Read a scalar field: whatever stands at the path, as text."""

    def read(event: Event, _argument: str | None) -> Value:
        found = event.source.first(*path)
        return found.words_like_fastjson() if found else None

    return _with_uid(read)


def whole_list(*path: str) -> Read:
    """Read a list field: every element of the array at the path, as text; nothing where no array stands."""

    def read(event: Event, _argument: str | None) -> Value:
        found = event.source.first(*path)
        return [element.words_like_fastjson() for element in found.elements] if found else None

    return _with_uid(read)


def every(*path: str) -> Read:
    """Read all values at a path through arrays; places without the member are left out."""

    def read(event: Event, argument: str | None) -> Value:
        return [found.words_like_fastjson() for found in _find(event.source, argument, path) or () if found]

    return _with_uid(read)


def in_rules(member: str) -> Read:
    """Read the elements of a list in every rule; what is no array is left out."""

    def read(event: Event, argument: str | None) -> Value:
        lists = _find(event.source, argument, ("request", "object", "rules", member)) or ()
        return [element.words_like_fastjson() for found in lists if found for element in found.elements]

    return _with_uid(read)


def effective(member: str) -> Read:
    """Read an id per container from where no real pod has it, else 0."""

    def read(event: Event, argument: str | None) -> Value:
        of_pod = event.source.first(*_SPEC, member)
        default = of_pod.words_like_fastjson() if of_pod else "0"
        found = _find(event.source, argument, (*_SPEC, "containers", member)) or ()
        return [source.words_like_fastjson() if source else default for source in found]

    return _with_uid(read)


def _images(event: Event, argument: str | None) -> list[str] | None:
    found = _find(event.source, argument, (*_SPEC, "containers", "image")) or ()
    return None if None in found else [source.words_like_fastjson() for source in found if source]


def _repositories(event: Event, argument: str | None) -> Value:
    return [image.partition(":")[0].partition("@")[0] for image in _images(event, argument) or ()]


def _host_ports(event: Event, argument: str | None) -> Value:
    found = _find(event.source, argument, (*_SPEC, "containers", "ports")) or ()
    if not all(ports.is_array for ports in found if ports):
        return None
    return list(_ports(port for ports in found if ports for port in ports.elements))


def _ports(ports: Iterable[Source]) -> Iterable[str]:
    for port in ports:
        number = port.first("hostPort") or port.first("containerPort")
        if number:
            yield number.words_like_fastjson()


def _volume_types(event: Event, argument: str | None) -> Value:
    found = _find(event.source, argument, (*_SPEC, "volumes", "")) or ()
    if None in found:  # where the plugin ends Falco
        return None
    return [name for volume in found if volume for name in volume.names if name != "name"]


images = _with_uid(_images)
repositories = _with_uid(_repositories)
host_ports = _with_uid(_host_ports)
volume_types = _with_uid(_volume_types)


def _find(source: Source, argument: str | None, path: tuple[str, ...]) -> Found:
    index = None if argument is None or int(argument) == _NO_INDEX else int(argument)
    return _follow(source, index, path)


def _follow(source: Source, index: int | None, path: tuple[str, ...]) -> Found:
    at = source
    for position, name in enumerate(path):
        if at.is_array and index is None:
            return [found for element in at.elements for found in _places(_follow(element, None, path[position:]))]
        if at.is_array:
            if index is None or index >= len(at.elements):
                return None
            at = at.elements[index]
        below = at.first(name) if name else at
        if below is None:
            return None
        at = below
    return [at]


def _places(found: Found) -> list[Source | None]:
    return [None] if found is None else found
