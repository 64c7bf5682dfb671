"""The operator `pmatch`: is one of the search paths an ancestor of the value, or the value itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from toolkit.conditions.globs import glob, has_wildcard


def pmatch(paths: Iterable[str]) -> Callable[[str], bool]:
    """Return the test of a value against search paths.

    Paths are compared component by component; empty components do not count, `.` and `..` are ordinary ones, and a
    component of a search path with a wildcard is a glob for exactly one component.
    """
    searches = [[_component(part) for part in _components(path)] for path in paths]
    return lambda value: _covered(_components(value), searches)


def _components(path: str) -> list[str]:
    return [part for part in path.split("/") if part]


def _component(part: str) -> Callable[[str], bool]:
    return glob(part) if has_wildcard(part) else part.__eq__


def _covered(components: Sequence[str], searches: Iterable[Sequence[Callable[[str], bool]]]) -> bool:
    return any(len(search) <= len(components) and all(map(_holds, search, components)) for search in searches)


def _holds(test: Callable[[str], bool], component: str) -> bool:
    return test(component)
