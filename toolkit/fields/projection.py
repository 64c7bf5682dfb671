"""Which part of a review some paths need, and msgspec structs that decode that part and step over the rest.

Objects become structs, arrays lists, and what is read as a text a lenient union. A review of another shape is refused,
and then the general way counts.
"""

from __future__ import annotations

import keyword
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Annotated, Any, Final, Literal, TypeAlias

import msgspec
from msgspec import Raw

from toolkit.fields.paths import Each, Step

NULL: Final = Raw(b"null")
OBJECTS: Final = ("object", "oldObject")
"""The members of `request` that are left as bytes until somebody looks into them."""
SORT: Final = ("resource", "kind", "operation", "subResource")
"""The members of `request` that decide which rules are tried; their bytes together tell sorts of request apart."""
VERB: TypeAlias = Literal["CREATE", "UPDATE", "DELETE", "CONNECT"]
NAME: Final = str | None
"""The type of members of which nothing but a text will do."""
TEXT: TypeAlias = str | int | float | bool | None
UNFILLED: TypeAlias = Annotated[int, msgspec.Meta(gt=1, lt=1)]
"""The type of members that no review may have: no value fits."""
texts_of: Final = msgspec.json.Decoder(list[TEXT] | None).decode
"""Decodes a list of texts that was left as it stands."""


_LINE_ORDER: Final = (
    *(
        "uid",
        "group",
        "kind",
        "apiVersion",
        "resource",
        "subResource",
        "requestKind",
        "requestResource",
        "requestSubResource",
    ),
    *("name", "namespace", "operation", "userInfo", "username", "groups", "extra", "object", "oldObject", "metadata"),
    *("request", "requestReceivedTimestamp", "spec"),
)
LOG_MEMBERS: Final = ("level", "ts", "caller", "msg")
"""What recorders' log lines begin with, and reviews never have."""


_MOST_STEPS: Final = 40
_MOST_LOOPS: Final = 15
"""Python nests a hundred levels and twenty loops; a longer path is read in the general way."""
_NO_NAME: Final = re.compile('[\\x00-\\x1f"\\\\\\ud800-\\udfff]')
"""Signs that the name of a struct's member may not have."""


class OddShapeError(Exception):
    """The decoded part cannot tell what the review says here; the general way can."""


class Branch:
    """A place in a review: what is looked at below it, or that its own value is read.

    A fixed place is an object whatever is asked for; a settled one has its type already. Where there is a decoder the
    value is left as bytes, which the function of that name decodes when somebody reads them.
    """

    __slots__ = ("attributes", "decoder", "elements", "is_fixed", "is_text", "members", "settled")

    def __init__(self, settled: Any = None, *, is_fixed: bool = False, decoder: str | None = None) -> None:
        self.members: dict[str, Branch] = {}
        self.elements: Branch | None = None
        self.is_text = False
        self.is_fixed = is_fixed
        self.decoder = decoder
        self.settled = settled
        self.attributes: dict[str, str] = {}

    def add(self, steps: Iterable[Step]) -> bool:
        """Note that the text at some steps is read; return False where the place is looked at in another way."""
        at = self
        for step in steps:
            is_member = isinstance(step, str)
            if at.settled is not None or at.is_text or (at.elements if is_member else at.members or at.is_fixed):
                return False
            if isinstance(step, str) and _NO_NAME.search(step):
                return False
            at = at.below(step)
        if at.members or at.elements or at.is_fixed:
            return False
        at.is_text = at.settled is None
        return True

    def attribute(self, member: str) -> str:
        """Return the name of the struct's attribute for a member."""
        if member not in self.attributes:
            plain = member.isidentifier() and member.isascii() and not keyword.iskeyword(member)
            usable = plain and not member.startswith("_")
            self.attributes[member] = member if usable else f"_{len(self.attributes)}"
        return self.attributes[member]

    def type(self, name: str) -> Any:
        """Return the type that a review has in this place; `name` is for people."""
        return Raw if self.decoder else self.decoded(name)

    def decoded(self, name: str) -> Any:
        """Return the type that decodes the value."""
        if self.settled is not None:
            return self.settled
        if self.is_fixed:
            return self.struct(name)
        if self.members:
            return self.struct(name) | None
        element: Any = self.elements.type(f"{name}Element") if self.elements else None
        return list[element] | None if self.elements else TEXT

    def struct(self, name: str, required: Mapping[str, Any] | None = None) -> Any:
        """Return the struct of the members; those in `required` have to be there, and their types are given."""
        fields: list[Any] = list((required or {}).items())
        for member in self.members.keys() - (required or {}).keys():
            kind = self.members[member].type(member[:1].upper() + member[1:])
            attribute = self.attribute(member)
            is_bytes = kind is Raw or (kind is UNFILLED and attribute in OBJECTS)
            fields.append((attribute, kind, NULL if is_bytes else None))
        renamed = {attribute: member for member, attribute in self.attributes.items()}
        fields.sort(key=lambda field: _place(renamed.get(field[0], field[0])))
        return msgspec.defstruct(name, fields, rename=renamed, gc=False, kw_only=True)

    def below(self, step: Step) -> Branch:
        """Return the place at a step below this one, made where it is not there."""
        if isinstance(step, str):
            return self.members.setdefault(step, Branch())
        self.elements = self.elements or Branch()
        return self.elements


class Shape:
    """The part of a review that is decoded.

    `request.uid`, `operation`, `kind` and `resource` have to be there, so that who passes is a review. The objects, and
    what makes the sort of a request, are decoded on their own, when somebody asks. What is added after a struct was
    made is not in it.
    """

    def __init__(self) -> None:
        self.objects = {member: Branch() for member in OBJECTS}
        self.top = Branch(is_fixed=True)
        request = self.top.members["request"] = Branch(is_fixed=True)
        request.members |= {"uid": Branch(str), "operation": Branch(VERB, decoder="verb_of")}
        for member, names in (("kind", ("group", "kind")), ("resource", ("group", "resource"))):
            request.members[member] = place = Branch(is_fixed=True, decoder=f"{member}_of")
            place.members = {name: Branch(NAME) for name in names}
        request.members["subResource"] = Branch(NAME, decoder="subresource_of")
        request.members |= {member: Branch(Raw) for member in OBJECTS}
        for member in OBJECTS:
            request.attributes[f"(decoded {member})"] = f"decoded_{member}"
            request.members[f"(decoded {member})"] = Branch(UNFILLED)
        for member in LOG_MEMBERS:
            self.top.members[member] = Branch(UNFILLED)
        self.top.members["requestReceivedTimestamp"] = Branch(NAME)
        self._object_types: dict[str, Any] = {}

    def decoders(self) -> dict[str, Callable[[Raw], Any]]:
        """Return the functions that decode what was left as bytes, by name."""
        places = self.top.members["request"].members
        sorts = {places[member].decoder: places[member].decoded(member.capitalize()) for member in SORT}
        return {"texts_of": texts_of} | {str(name): msgspec.json.Decoder(kind).decode for name, kind in sorts.items()}

    def add(self, steps: tuple[Step, ...]) -> bool:
        """Note that the text at some steps is read; return False where the decoded part cannot have it."""
        if len(steps) > _MOST_STEPS or sum(isinstance(step, Each) for step in steps) > _MOST_LOOPS:
            return False
        member = object_of(steps)
        if member is None:
            return self.top.add(steps) and self._leave_texts(steps)
        return len(steps) > 2 and isinstance(steps[2], str) and self.objects[member].add(steps[2:])

    def _leave_texts(self, steps: tuple[Step, ...]) -> bool:
        """Have a list at the end of member names decoded no earlier than it is read, which is rare."""
        if steps and isinstance(steps[-1], Each):
            at = self.top
            for step in steps[:-1]:
                at = at.below(step)
            at.decoder = "texts_of"
        return True

    def review(self) -> Any:
        """Return the struct of a review."""
        request = self.top.members["request"]
        required = {"uid": str, "operation": Raw, "kind": Raw, "resource": Raw}
        return self.top.struct("Review", {"request": request.struct("Request", required)})

    def whole_review(self) -> Any:
        """Return the struct of a review whose object is decoded along with it; its bytes are then not kept."""
        request = self.top.members["request"]
        kept = request.members, request.attributes
        swapped = {"object": "(decoded object)", "(decoded object)": "object"}
        request.attributes = {swapped.get(member, member): name for member, name in request.attributes.items()}
        decoded = {"object": Branch(self.object("object")), "(decoded object)": Branch(UNFILLED)}
        request.members = {**request.members, **decoded}
        review = self.review()
        request.members, request.attributes = kept
        return review

    def object(self, member: str) -> Any:
        """Return the type of the object or the old object; None where nobody looks into it."""
        branch = self.objects[member]
        if member not in self._object_types and branch.members:
            self._object_types[member] = branch.type(member[:1].upper() + member[1:])
        return self._object_types.get(member)


def _place(member: str) -> tuple[int, str]:
    """Order members as they stand in a line, in which decoding looks for them; others come last, by name."""
    return (_LINE_ORDER.index(member) if member in _LINE_ORDER else len(_LINE_ORDER), member)


def object_of(steps: tuple[Step, ...]) -> str | None:
    """Return which of the objects some steps lead into; None for neither."""
    if len(steps) > 1 and steps[0] == "request" and steps[1] in OBJECTS:
        return str(steps[1])
    return None
