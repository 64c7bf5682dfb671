"""Operands made ready to be evaluated: types checked, transformers laid out in the order in which they apply."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from toolkit.conditions import transformers
from toolkit.conditions.errors import ConditionError
from toolkit.conditions.field_arguments import find_field
from toolkit.conditions.grammar import MULTIPLE_TRANSFORMERS
from toolkit.conditions.nodes import Argument, Constant, FieldRef, InlineList, Operand, Transformer
from toolkit.conditions.transformers import TEXT_CHANGES, Present
from toolkit.fields.catalog import Catalog
from toolkit.fields.model import FieldType

_INTERNAL = "INTERNAL"


@dataclass(frozen=True, slots=True)
class Apply:
    """A step that puts the result of `function` in the place of the last `count` values."""

    function: Callable[..., Present | None]
    count: int


Step = FieldRef | Constant | Apply
"""A step of an operand's evaluation: read a field, take a constant, apply a function."""


@dataclass(frozen=True, slots=True)
class CompiledOperand:
    """An operand of known type.

    `steps` yield its value on a stack, and a missing value anywhere makes the whole missing. `fields` are those it
    reads. `name` is what messages call it. `terminated` marks the output of a string transformer, whose elements
    Falco compares together with their terminating zero.
    """

    node: Operand
    type: FieldType
    is_list: bool
    steps: tuple[Step, ...]
    fields: tuple[FieldRef, ...]
    name: str
    terminated: bool = False

    @property
    def is_field(self) -> bool:
        """Whether it is a field, or `val` of one."""
        return self.steps == self.fields[:1]


@dataclass(frozen=True, slots=True)
class _Part:
    """A field, constant, list or call on the way to an operand."""

    type: FieldType
    is_list: bool
    name: str
    terminated: bool = False
    is_constant: bool = False


def compile_operand(operand: Operand, catalog: Catalog) -> CompiledOperand:
    """Return the operand checked against the fields of `catalog`; raise ConditionError with Falco's message."""
    compiler = _Compiler(catalog)
    try:
        part = compiler.compile(operand)
    except ConditionError as error:
        raise ConditionError(error.message, operand.position) from None
    return CompiledOperand(
        operand, part.type, part.is_list, tuple(compiler.steps), tuple(compiler.fields), part.name, part.terminated
    )


class _Compiler:
    """Visits an operand's nodes from the inside out, since calls nest too deep for recursion."""

    def __init__(self, catalog: Catalog) -> None:
        self.catalog = catalog
        self.steps: list[Step] = []
        self.fields: list[FieldRef] = []
        self.parts: list[_Part] = []

    def compile(self, operand: Operand) -> _Part:
        waiting: list[tuple[Argument, bool]] = [(operand, False)]
        while waiting:
            node, inner_done = waiting.pop()
            if inner_done:
                self._finish(node)
            else:
                waiting.append((node, True))
                waiting.extend((inner, False) for inner in reversed(_inner(node)))
        return self.parts[0]

    def _finish(self, node: Argument) -> None:
        count = len(_inner(node))
        inner = self.parts[len(self.parts) - count :]
        del self.parts[len(self.parts) - count :]
        self.parts.append(self._part(node, inner))

    def _part(self, node: Argument, inner: Sequence[_Part]) -> _Part:
        match node:
            case FieldRef():
                field = find_field(node, self.catalog)
                self.steps.append(node)
                self.fields.append(node)
                return _Part(field.type, field.is_list, field.name)
            case Constant():
                self.steps.append(node)
                return _Part(FieldType.STRING, False, _INTERNAL, is_constant=True)
            case InlineList():
                self.steps.append(Apply(transformers.inline_list, len(inner)))
                return _Part(FieldType.STRING, True, _INTERNAL, is_constant=True)
            case Transformer(name="val"):
                return inner[0]
        multiple = node.name in MULTIPLE_TRANSFORMERS and len(inner) > 1
        return self._multiple(node, inner) if multiple else self._simple(node, inner)

    def _simple(self, node: Transformer, inner: Sequence[_Part]) -> _Part:
        if node.argument is not None:
            raise ConditionError(f"filter error: transformer '{node.name}' does not support field arguments")
        if node.name in MULTIPLE_TRANSFORMERS:
            raise ConditionError(f"unknown field transfomer '{node.name}'")
        if len(inner) > 1:
            raise ConditionError(f"{node.name}() requires exactly 1 argument")
        part = inner[0]
        if part.is_constant:
            raise ConditionError(f"filter error: found null child node on '{node.name}' transformer")
        if node.name == "len" and (part.is_list or part.type is FieldType.STRING):
            self.steps.append(Apply(transformers.size, 1))
            return _Part(FieldType.UINT64, False, part.name)
        if node.name == "len" or part.type is not FieldType.STRING:
            raise ConditionError(_unsupported(node.name, part))
        change = TEXT_CHANGES[node.name]
        self.steps.append(Apply(lambda value: transformers.on_text(change, value), 1))
        return _Part(part.type, part.is_list, part.name, terminated=True)

    def _multiple(self, node: Transformer, inner: Sequence[_Part]) -> _Part:
        lists = [part.is_list for part in inner]
        if node.name == "getopt":
            return self._getopt(node, inner)
        if node.name == "join":
            _require(len(inner) == 2, "join() requires exactly 2 arguments: separator and list")
            _require(not lists[0], "join() first argument (separator) must be a single value, not a list")
            _require(lists[1] and not _is_getopt(node.arguments[1]), "join() second argument must be a list")
        else:
            text = all(part.type is FieldType.STRING and not part.is_list for part in inner)
            _require(text, "concat() arguments must be strings")
        if node.argument is not None:
            raise ConditionError(f"filter error: transformer '{node.name}' does not support field arguments")
        self.steps.append(Apply(transformers.join if node.name == "join" else transformers.concat, len(inner)))
        return _Part(FieldType.STRING, False, _INTERNAL)

    def _getopt(self, node: Transformer, inner: Sequence[_Part]) -> _Part:
        _require(len(inner) == 2, "getopt() requires exactly 2 arguments: args list and optstring")
        _require(inner[0].is_list, "getopt() first argument must be a list")
        _require(not inner[1].is_list, "getopt() second argument (optstring) must be a single value")
        _require(all(part.type is FieldType.STRING for part in inner), "getopt() arguments must be strings")
        selector = node.argument
        if selector is None:
            self.steps.append(Apply(transformers.getopt, 2))
            return _Part(FieldType.STRING, True, _INTERNAL)
        _require(len(selector) == 1, "getopt() field argument must be a single option character")
        self.steps.append(Apply(lambda words, options: transformers.selected_option(words, options, selector), 2))
        return _Part(FieldType.STRING, False, _INTERNAL)


def _inner(node: Argument) -> tuple[Argument, ...]:
    if isinstance(node, Transformer):
        return node.arguments
    return node.items if isinstance(node, InlineList) else ()


def _is_getopt(node: Argument) -> bool:
    return isinstance(node, Transformer) and node.name == "getopt"


def _require(holds: bool, message: str) -> None:
    if not holds:
        raise ConditionError(message)


def _unsupported(transformer: str, part: _Part) -> str:
    kind = "list field" if part.is_list else "field"
    return (
        f"can't add field transformer: type '{type_name(part.type)}' is not supported by '{transformer}' "
        f"transformer applied on {kind} '{part.name}'"
    )


def type_name(field_type: FieldType) -> str:
    """Return what Falco's messages call a type."""
    return "CHARBUF" if field_type is FieldType.STRING else field_type.name
