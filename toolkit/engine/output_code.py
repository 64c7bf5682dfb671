"""Outputs of rules turned into Python: the text and the values of one output in one go."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any, NamedTuple

from toolkit.conditions.compiled import Reader
from toolkit.conditions.nodes import FieldRef
from toolkit.fields.catalog import Catalog
from toolkit.fields.gates import Gate
from toolkit.fields.generated import run_source
from toolkit.ruleset.outputs import MISSING, OutputFormat, Rendered, Token, list_text

Render = Callable[[Any, Any], Rendered]
"""Gives the text of an output and its values by field, of a decoded review and its event."""


class Readers(NamedTuple):
    """How fields are read: some off the decoded review, some off its event; all others are the event's own matter."""

    off_review: Mapping[FieldRef, Reader]
    off_event: Mapping[FieldRef, Reader]


def output_function(output: OutputFormat, catalog: Catalog, readers: Readers, admitted: Collection[Gate]) -> Render:
    """Return the function of an output for requests that pass some gates."""
    code = _Code(catalog, readers, admitted)
    render: Render = run_source(code.text(output), "output", code.namespace)["render"]
    return render


class _Code:
    def __init__(self, catalog: Catalog, readers: Readers, admitted: Collection[Gate]) -> None:
        self._catalog = catalog
        self._readers = readers
        self._admitted = admitted
        self._lines: list[str] = []
        self._variables: dict[FieldRef, str] = {}
        self.namespace: dict[str, Any] = {"list_text": list_text}

    def text(self, output: OutputFormat) -> str:
        members = {str(field): self._value(field) for field in output.fields_used}
        pieces = [self._piece(part) for part in output.parts]
        values = ", ".join(f"{name!a}: {value}" for name, value in members.items())
        body = [
            *self._lines,
            f"text = ''.join(({''.join(f'{piece}, ' for piece in pieces)}))",
            f"return text, {{{values}}}",
        ]
        return "\n".join(["def render(review, event):", *(f"    {line}" for line in body), ""])

    def _value(self, reference: FieldRef) -> str:
        if not self._is_plain(reference):
            return f"event.output_value({reference.name!a}, {reference.argument!a})"
        return self._variable(reference)

    def _variable(self, reference: FieldRef) -> str:
        if reference in self._variables:
            return self._variables[reference]
        number = len(self._variables)
        name = self._variables[reference] = f"v{number}"
        if self._has_none(reference):
            self._lines.append(f"{name} = None")
        elif reference in self._readers.off_review:
            self.namespace[f"read_{number}"] = self._readers.off_review[reference]
            self._lines.append(f"{name} = read_{number}(review)")
        else:
            self.namespace[f"read_{number}"] = self._readers.off_event[reference]
            self._lines.append(f"{name} = read_{number}(event)")
        return name

    def _has_none(self, reference: FieldRef) -> bool:
        field = self._catalog.find(reference.name)
        return field is not None and bool(field.never or (field.gate and field.gate not in self._admitted))

    def _is_plain(self, reference: FieldRef) -> bool:
        has_reader = reference in self._readers.off_review or reference in self._readers.off_event
        return has_reader or self._has_none(reference)

    def _piece(self, part: str | Token) -> str:
        if isinstance(part, str):
            return f"{part!a}"
        node = part.operand.node
        if part.width or not isinstance(node, FieldRef) or not self._is_plain(node):
            name = f"token_{len(self.namespace)}"
            self.namespace[name] = part
            return f"{name}.text(event)"
        variable = self._variable(node)
        shown = f"list_text({variable})" if part.operand.is_list else variable
        return f"({MISSING!a} if {variable} is None else {shown})"
