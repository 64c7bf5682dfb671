"""Which field a reference names, and whether its argument is one that the field takes."""

from __future__ import annotations

from toolkit.conditions.errors import ConditionError
from toolkit.conditions.grammar import FIELD_NAME
from toolkit.conditions.nodes import FieldRef
from toolkit.fields.catalog import Catalog
from toolkit.fields.model import Argument, Family, Field
from toolkit.texts import number

_MAXIMUM_INDEX = 2**64 - 1


def find_field(reference: FieldRef, catalog: Catalog) -> Field:
    """Return the field that a reference names; raise ConditionError with Falco's message where it names none."""
    field = catalog.find(reference.name)
    if field is None or _cannot_be_named(field, reference):
        raise ConditionError(f"filter_check called with nonexistent field {reference}")
    problem = _argument_problem(field, reference)
    if problem:
        raise ConditionError(problem)
    return field


def names_a_field(text: str, catalog: Catalog) -> bool:
    """Return whether a word would be a valid field reference as it stands."""
    name = FIELD_NAME.match(text)
    rest = text[name.end() :] if name else text
    if name is None or (rest and not (rest.startswith("[") and rest.endswith("]"))):
        return False
    try:
        find_field(FieldRef(name.group(), rest[1:-1] if rest else None), catalog)
    except ConditionError:
        return False
    return True


def _cannot_be_named(field: Field, reference: FieldRef) -> bool:
    # Falco reads name and argument as one text again, and a generic field takes nothing but its name.
    argument = reference.argument
    return argument is not None and ("]" in argument or field.family is Family.EVT)


def _argument_problem(field: Field, reference: FieldRef) -> str | None:
    argument = reference.argument
    if argument is None:
        if field.argument_required:
            return f"filter '{reference}': {field.name} requires an argument but none provided"
        return None
    if any(blank in argument for blank in " \t\n\v\f\r"):
        return f"filter '{reference}': {field.name} has unbalanced argument brackets"
    if field.argument is Argument.NONE:
        return (
            f"filter '{reference}': {field.name} does not allow nor require an argument but one is provided: {argument}"
        )
    if not argument and field.refuses_empty_key:
        return f"filter '{reference}': {field.name} requires an argument that is not empty"
    problem = _index_problem(argument) if field.argument is Argument.INDEX else None
    return problem and f"filter {reference} {field.name} has an invalid index argument {problem}: {argument}"


def _index_problem(argument: str) -> str | None:
    if argument and not (argument.isascii() and argument.isdigit()):
        return "not composed only by digits"
    if not argument or (len(argument) > 1 and argument[0] == "0"):
        return "starting with 0"
    return "not representable on 64 bit" if number(argument, _MAXIMUM_INDEX) > _MAXIMUM_INDEX else None
