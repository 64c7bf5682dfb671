"""Short ways to write entries of the catalog."""

from __future__ import annotations

from toolkit.fields.gates import Gate
from toolkit.fields.model import Argument, Field, Read
from toolkit.fields.readers import Words, all_of, indexed, one, scalar

UNKNOWN = "does not know the field"
UNGATED = "reads it of any object"


def text(
    name: str,
    description: str,
    *paths: str,
    gate: Gate | None = None,
    words: Words = scalar,
    published: str | None = None,
) -> Field:
    """Return a field that holds one text: the first at the paths."""
    return Field(name, description, one(*paths, words=words), gate=gate, paths=paths, published=published)


def texts(
    name: str,
    description: str,
    *paths: str,
    gate: Gate | None = None,
    words: Words = scalar,
    published: str | None = None,
) -> Field:
    """Return a field that holds every text at the paths."""
    return Field(
        name, description, all_of(*paths, words=words), is_list=True, gate=gate, paths=paths, published=published
    )


def indexed_texts(
    name: str,
    description: str,
    *paths: str,
    gate: Gate | None = None,
    words: Words = scalar,
    read: Read | None = None,
    published: str | None = None,
) -> Field:
    """Return a field that holds every text at the paths (or those that `read` finds), and takes an index."""
    return Field(
        name,
        description,
        read or indexed(*paths, words=words),
        is_list=True,
        argument=Argument.INDEX,
        gate=gate,
        paths=paths,
        published=published,
    )


def never(
    name: str, description: str, reason: str, *, is_list: bool = False, argument: Argument = Argument.NONE
) -> Field:
    """Return a field that is there and never has a value, with the reason; a key is required where there is one."""
    return Field(
        name,
        description,
        is_list=is_list,
        argument=argument,
        argument_required=argument is Argument.KEY,
        never=reason,
        published=UNKNOWN,
    )
