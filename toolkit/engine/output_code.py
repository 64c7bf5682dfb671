"""Outputs of rules turned into Python: the text and the values of one output in one go."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

from toolkit.conditions.compiled import Reader
from toolkit.conditions.nodes import FieldRef
from toolkit.fields.catalog import Catalog
from toolkit.fields.evt import TIMES_AS_WORDS
from toolkit.fields.gates import Gate
from toolkit.fields.generated import run_source
from toolkit.fields.model import FieldType, Value
from toolkit.ruleset.outputs import MISSING, OutputFormat, Token, list_text

Render = Callable[[Any, Any], tuple[str, dict[str, Value]]]
"""Gives the text of an output and its values by field, of a decoded review and its event."""

_TIME = "evt.time"


def output_function(
    output: OutputFormat, catalog: Catalog, readers: Mapping[FieldRef, Reader], admitted: Collection[Gate]
) -> Render:
    """Return the function of an output for requests that pass some gates.

    `readers` read fields off the decoded review; all others, and what is not plainly a text or list, the event gives.
    """
    code = _Code(catalog, readers, admitted)
    namespace = run_source(code.text(output), "output", code.namespace)
    render: Render = namespace["render"]
    return render


class _Code:
    def __init__(self, catalog: Catalog, readers: Mapping[FieldRef, Reader], admitted: Collection[Gate]) -> None:
        self._catalog = catalog
        self._readers = readers
        self._admitted = admitted
        self._lines: list[str] = []
        self._variables: dict[FieldRef, str] = {}
        self.namespace: dict[str, Any] = {"list_text": list_text}

    def text(self, output: OutputFormat) -> str:
        members = {str(field): self._value(field) for field in output.fields_used}
        pieces = [self._piece(part) for part in output.parts]
        members[_TIME] = f"event.output_value({_TIME!a})"
        values = ", ".join(f"{name!a}: {members[name]}" for name in sorted(members))
        body = [*self._lines, f"text = ''.join(({''.join(f'{piece}, ' for piece in pieces)}))", f"return text, {{{values}}}"]
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
        field = self._catalog.find(reference.name)
        if field and (field.never or (field.gate and field.gate not in self._admitted)):
            self._lines.append(f"{name} = None")
        else:
            self.namespace[f"read_{number}"] = self._readers[reference]
            self._lines.append(f"{name} = read_{number}(review)")
        return name

    def _is_plain(self, reference: FieldRef) -> bool:
        field = self._catalog.find(reference.name)
        if field is None or field.type is not FieldType.STRING or field.name in TIMES_AS_WORDS:
            return False
        return bool(reference in self._readers or field.never or (field.gate and field.gate not in self._admitted))

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
