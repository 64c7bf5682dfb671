"""Exceptions of rules: how they are read, what they may say, and the text they add to the condition."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from toolkit.conditions.grammar import MODIFIERS, OPERATORS
from toolkit.ruleset import decoding
from toolkit.ruleset.contexts import Context
from toolkit.ruleset.decoding import invalid
from toolkit.ruleset.definitions import NOTHING, Entry, ExceptionItem
from toolkit.ruleset.quoting import quoted_if_spaced
from toolkit.ruleset.results import ErrorCode, FileResult, LoadError, WarningCode
from toolkit.ruleset.yaml_nodes import Kind, Node

_LIST_OPERATORS = frozenset({"in", "intersects", "pmatch"})
_WITH_MODIFIER = frozenset(
    {"=", "==", "!=", "contains", "icontains", "bcontains", "startswith", "bstartswith", "endswith"}
    | {"glob", "iglob", "regex"}
)
_MUST_BE_LIST_OPERATOR = (
    "When fields is a single value, comps must be one of (in, pmatch, intersects) "
    "or a modifier operator (e.g. startswith oneof)"
)
_WHITE_SPACE = " \t\n\v\f\r"
_DEEPEST = 2
MOST_ENTRIES = 500_000
"""Values of one exception."""


def read_exceptions(item: Node, context: Context, result: FileResult, *, append: bool) -> list[ExceptionItem]:
    """Return the exceptions of a rule's item; `append` is whether they may only add values to known ones."""
    value = item.get("exceptions")
    if value is None or value.kind is Kind.NULL:
        return []
    inside = context.of(value, "exceptions")
    if value.kind is not Kind.SEQUENCE:
        raise invalid("Rule exceptions must be a sequence", inside)
    found: list[ExceptionItem] = []
    for node in value.items:
        exception = _read(node, inside, context, result, append=append)
        for _same in (other for other in found if other.name == exception.name):
            message = f"Multiple definitions of exception '{exception.name}' in the same rule"
            result.warn(WarningCode.LOAD_EXCEPTION_NAME_NOT_UNIQUE, message, exception.context)
        found.append(exception)
    return found


def _read(node: Node, inside: Context, context: Context, result: FileResult, *, append: bool) -> ExceptionItem:
    unnamed = inside.of(node, "exception")
    if node.kind is not Kind.MAPPING:
        raise invalid("Rule exception must be a mapping", unnamed)
    name = decoding.text(node, "name", unnamed)
    exception = ExceptionItem(name, context.of(node, "exception", name))
    fields = node.get("fields")
    if fields is None and not append:
        raise invalid("Item has no mapping for key 'fields'", exception.context)
    entries = _Entries()
    exception.fields = entries.read(fields, exception.context, "fields")
    exception.comps = _trimmed(entries.read(node.get("comps"), exception.context, "comps"))
    values = node.get("values")
    if values is not None:
        exception.values = _values(values, exception.context, entries)
    elif append:
        message = "Overriding/appending exception with no values"
        result.warn(WarningCode.LOAD_APPEND_NO_VALUES, message, exception.context)
    return exception


def _values(node: Node, context: Context, entries: _Entries) -> list[Entry]:
    inside = context.of(node, "exception values")
    if node.kind is not Kind.SEQUENCE:
        raise invalid("Rule exception values must be a sequence", inside)
    return [entries.read(value, inside.of(value, "exception value")) for value in node.items]


class _Entries:
    """Reads the scalars and lists of one exception; aliases could make them endless."""

    def __init__(self) -> None:
        self._left = MOST_ENTRIES

    def read(self, node: Node | None, context: Context, key: str = "", depth: int = 0) -> Entry:
        """Return a scalar or list; what is neither, or lies deeper than values ever go, counts as not given."""
        self._left -= 1
        if node is None:
            return NOTHING
        inside = context.of(node, "value for", key)
        if node.kind is Kind.SCALAR:
            if not node.text:
                raise invalid("Value must be non-empty", inside)
            return Entry(node.text)
        if self._left < 0:
            message = f"the exception has more than {MOST_ENTRIES:,} values"
            raise LoadError(ErrorCode.TOOLKIT_TOO_LARGE, message, inside, "put them into a list, and name it here")
        if node.kind is not Kind.SEQUENCE or depth > _DEEPEST:
            return NOTHING
        return Entry(entries=tuple(self.read(part, inside.of(part, "exception"), "", depth + 1) for part in node.items))


def _trimmed(comps: Entry) -> Entry:
    if comps.entries is None:
        return Entry(comps.text.strip(_WHITE_SPACE))
    return Entry(entries=tuple(_trimmed(part) for part in comps.entries))


def with_default_comps(exception: ExceptionItem) -> None:
    """Give an exception without `comps` what it means then: `in` for a single field, `=` for each of several."""
    if exception.comps.is_given:
        return
    equals = Entry("=")
    several = exception.fields.is_list
    exception.comps = Entry(entries=tuple(equals for _ in exception.fields.parts)) if several else Entry("in")


def check_exception(exception: ExceptionItem, is_field: Callable[[str], bool] | None) -> None:
    """Raise LoadError where fields and comps do not fit together; `is_field` is None for an unknown source."""
    with_default_comps(exception)
    if exception.fields.is_list:
        _check_several(exception)
    elif exception.comps.is_list:
        raise _wrong("Fields and comps must both be strings", exception)
    elif not takes_list(exception.comps.text):
        raise _wrong(_MUST_BE_LIST_OPERATOR, exception)
    fields = exception.fields.parts if exception.fields.is_list else (exception.fields,)
    for field in fields if is_field else ():
        if is_field and not is_field(field.text):
            raise _wrong(f"'{field.text}' is not a supported filter field", exception)


def _check_several(exception: ExceptionItem) -> None:
    if len(exception.fields.parts) != len(exception.comps.parts):
        raise _wrong("Fields and comps lists must have equal length", exception)
    for comp in exception.comps.parts:
        if comp.text not in OPERATORS and not _is_modified(comp.text):
            raise _wrong(f"'{comp.text}' is not a supported comparison operator", exception)


def takes_list(operator: str) -> bool:
    """Return whether an operator has a list on its right."""
    return operator in _LIST_OPERATORS or _is_modified(operator)


def _is_modified(operator: str) -> bool:
    words = operator.split()
    return len(words) == 2 and words[0] in _WITH_MODIFIER and words[1] in MODIFIERS


def with_exceptions(condition: str, exceptions: Sequence[ExceptionItem]) -> str:
    """Return a rule's condition with what its exceptions take away; raise LoadError where values do not fit."""
    if not exceptions:
        return condition
    terms = [_several(exception) if exception.fields.is_list else _single(exception) for exception in exceptions]
    return f"({condition})" + "".join(f" and not {term}" for term in terms if term)


def _single(exception: ExceptionItem) -> str:
    if any(value.is_list for value in exception.values):
        raise _wrong("Expected values array to contain a list of strings", exception)
    values = ", ".join(quoted_if_spaced(value.text) for value in exception.values)
    return f"({exception.fields.text} {exception.comps.text} ({values}))" if exception.values else ""


def _several(exception: ExceptionItem) -> str:
    rows = [_row(exception, row.parts) for row in exception.values]
    return f"({' or '.join(rows)})" if rows else ""


def _row(exception: ExceptionItem, values: Sequence[Entry]) -> str:
    fields, comps = exception.fields.parts, exception.comps.parts
    if len(values) != len(fields):
        raise _wrong("Fields and values lists must have equal length", exception)
    terms = (
        f" {field.text} {comp.text} {_right(comp.text, value)}"
        for field, comp, value in zip(fields, comps, values, strict=False)
    )
    return f"({' and '.join(terms)})"


def _right(operator: str, value: Entry) -> str:
    if value.is_list:
        return f"({', '.join(quoted_if_spaced(part.text) for part in value.parts)})"
    if takes_list(operator):
        return value.text if value.text.startswith("(") else f"({value.text})"
    return quoted_if_spaced(value.text)


def _wrong(message: str, exception: ExceptionItem) -> LoadError:
    return LoadError(ErrorCode.LOAD_ERR_VALIDATE, message, exception.context)
