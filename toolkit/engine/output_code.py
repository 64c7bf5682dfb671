"""Outputs of rules turned into Python: the text and the values of one output in one go."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, NamedTuple

import orjson

from toolkit.conditions.compiled import Reader
from toolkit.conditions.nodes import FieldRef
from toolkit.fields.catalog import Catalog
from toolkit.fields.evt import SOURCE
from toolkit.fields.gates import Gate
from toolkit.fields.generated import run_source
from toolkit.ruleset.outputs import MISSING, Rendered, Token, list_text
from toolkit.ruleset.rules import Rule

_TIME = "evt.time"


class Render(NamedTuple):
    """Functions of a decoded review and its event: text and values of a rule's output, and the alert as a JSON line.

    The JSON function raises TypeError where a text is no Unicode. `resource_of` decodes the bytes of a resource.
    """

    output: Callable[[Any, Any], Rendered]
    json: Callable[[Any, Any], bytes]
    resource_of: Callable[[Any], Any]


class Readers(NamedTuple):
    """How fields are read: some off the decoded review, some off its event; all others are the event's own matter.

    `expressions` are those of fields off the review that need no function; `names` are what they name.
    """

    expressions: Mapping[FieldRef, str]
    names: Mapping[str, Any]
    off_review: Mapping[FieldRef, Reader]
    off_event: Mapping[FieldRef, Reader]


def output_functions(rule: Rule, catalog: Catalog, readers: Readers, admitted: Collection[Gate]) -> Render:
    """Return the functions of a rule for requests that pass some gates."""
    code = _Code(catalog, readers, admitted)
    namespace = run_source(code.text(rule), "output", code.namespace)
    return Render(namespace["output"], namespace["json"], readers.names["resource_of"])


class _Code:
    def __init__(self, catalog: Catalog, readers: Readers, admitted: Collection[Gate]) -> None:
        self._catalog = catalog
        self._readers = readers
        self._admitted = admitted
        self._lines: list[str] = []
        self._variables: dict[FieldRef, str] = {}
        self.namespace: dict[str, Any] = {**readers.names, "list_text": list_text, "dumps": orjson.dumps}

    def text(self, rule: Rule) -> str:
        members = {str(field): self._value(field) for field in rule.output.fields_used}
        pieces = [self._piece(part) for part in rule.output.parts]
        self.namespace["tags"] = list(rule.tags)
        priority = rule.priority.in_alerts
        document = {
            "output": _joined("local", ascii(f": {priority} "), *pieces),
            "output_fields": _display(dict(sorted((members | {_TIME: "time_ns"}).items()))),
            "priority": ascii(priority),
            "rule": ascii(rule.name),
            "source": ascii(SOURCE),
            "tags": "tags",
            "time": "utc",
        }
        output = [*self._lines, f"return {_joined(*pieces)}, {_display(members)}"]
        json = [
            *self._lines,
            "time_ns, local, utc = event.clock.read(review.requestReceivedTimestamp)",
            f"return dumps({_display(document)})",
        ]
        functions = (("output", output), ("json", json))
        return "\n".join(_function(name, lines) for name, lines in functions)

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
        elif reference in self._readers.expressions:
            self._lines.append(f"{name} = {self._readers.expressions[reference]}")
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


def _joined(*pieces: str) -> str:
    """Return the expression of the text that pieces are together."""
    return f"''.join(({''.join(f'{piece}, ' for piece in pieces)}))"


def _display(members: Mapping[str, str]) -> str:
    """Return the expression of a dictionary from the expressions of its values."""
    return "{" + ", ".join(f"{name!a}: {value}" for name, value in members.items()) + "}"


def _function(name: str, lines: Sequence[str]) -> str:
    return "\n".join([f"def {name}(review, event):", *(f"    {line}" for line in lines), ""])
