"""Python that follows paths through a decoded review."""

from __future__ import annotations

from toolkit.fields.images import repository_words
from toolkit.fields.paths import Each, Element, Key, Path, Step
from toolkit.fields.projection import Branch, Shape, object_of
from toolkit.fields.readers import PathRead, Take

_INDENT = "    "


def as_steps(path: Path, read: PathRead, argument: str | None) -> tuple[Step, ...]:
    """Return a path's steps one by one, with the key put in where one is taken."""
    steps = path.head if path.tail is None else (*path.head, Each(), *path.tail)
    key = "" if read.take is Take.INDEXED else argument or ""
    return tuple(key if isinstance(step, Key) else step for step in steps)


def expression(shape: Shape, steps: tuple[Step, ...]) -> str | None:
    """Return the expression of the text at some steps off `review`; None where that takes more than an expression.

    It leaves a variable `found`, and calls `text_of` and decoders.
    """
    if object_of(steps) or not all(isinstance(step, str) for step in steps):
        return None
    at, branch, guards = "review", shape.top, ""
    for step in map(str, steps):
        if not branch.is_fixed:
            guards += f"None if (found := {at}) is None else "
            at = "found"
        at, branch = f"{at}.{branch.attribute(step)}", branch.members[step]
        at = f"{branch.decoder}({at})" if branch.decoder else at
    text = f'found if (found := {at}).__class__ is str and "\\0" not in found'
    return f"({guards}{text} else None if found is None else text_of(found))"


class PathCode:
    """The body of one field's reader, written path by path; `index` picks an element of the first `[]`."""

    def __init__(self, shape: Shape, read: PathRead, index: str | None) -> None:
        self._shape = shape
        self._read = read
        self._index = index
        self._element = index
        self._lines: list[str] = []
        self._variables = 0

    def function(self, head: str) -> str:
        """Return the whole function."""
        first = self._read.take is Take.FIRST
        body = self._lines if first else ["found = []", *self._lines]
        end = "return None" if first else "return found or None"
        return "\n".join([head, *(_INDENT + line for line in (*body, end))]) + "\n"

    def follow(self, steps: tuple[Step, ...]) -> None:
        """Write what follows one path; the shape has it."""
        self._element = self._index
        member = object_of(steps)
        if member is None:
            self._steps("review", self._shape.top, steps, 0)
            return
        value = self._new()
        self._write(0, f"{value} = review.request.decoded_{member}")
        self._write(0, f"if {value} is None:")
        self._write(1, f"{value} = review.request.decoded_{member} = decode_{member}(review.request.{member})")
        self._write(0, f"if {value} is not None:")
        self._steps(value, self._shape.objects[member], steps[2:], 1)

    def _steps(self, at: str, branch: Branch, steps: tuple[Step, ...], depth: int) -> None:
        for step in steps:
            value = self._new()
            if isinstance(step, str):
                self._write(depth, f"{value} = {at}.{branch.attribute(step)}")
                branch = branch.members[step]
            else:
                assert branch.elements is not None
                depth += self._into(at, value, step, depth)
                branch = branch.elements
            if branch.decoder:
                self._write(depth, f"{value} = {branch.decoder}({value})")
            if not branch.is_fixed:
                self._write(depth, f"if {value} is not None:")
                depth += 1
            at = value
        self._text(at, depth)

    def _into(self, at: str, value: str, step: Step, depth: int) -> int:
        if isinstance(step, Element):
            self._write(depth, f"if len({at}) > {step.index}:")
            self._write(depth + 1, f"{value} = {at}[{step.index}]")
            return 1
        index, self._element = self._element, None
        self._write(depth, f"for {value} in {at}{'' if index is None else f'[{index}:{int(index) + 1}]'}:")
        return 1

    def _text(self, at: str, depth: int) -> None:
        self._write(depth, f'text = {at} if {at}.__class__ is str and "\\0" not in {at} else text_of({at})')
        if self._read.words is repository_words:
            self._write(depth, "text = repository(text)")
        self._sink(depth)

    def _sink(self, depth: int) -> None:
        if self._read.take is not Take.FIRST:
            self._write(depth, "found.append(text)")
        elif len(self._read.paths) == 1:
            self._write(depth, "return text")
        else:
            self._write(depth, "if text:")
            self._write(depth + 1, "return text")

    def _new(self) -> str:
        self._variables += 1
        return f"v{self._variables}"

    def _write(self, depth: int, line: str) -> None:
        self._lines.append(_INDENT * depth + line)
