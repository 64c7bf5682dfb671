"""A small YAML file as values, with the place of every one of them."""

from __future__ import annotations

from typing import Any

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from toolkit.errors import bad_input
from toolkit.places import Place

Route = tuple[str | int, ...]
"""The way to a value: names of members and indexes of elements."""

_LOADER = yaml.SafeLoader
_MAX_VALUES = 20_000


class PlacedYaml:
    """One YAML document: its `value` as JSON has it, and where each part of it stands."""

    def __init__(self, text: bytes, file: str) -> None:
        """Read the text; raise ToolkitError (exit 3), with line and column, where it is no YAML."""
        self._file = file
        self._places: dict[Route, Place] = {(): Place(file)}
        self._keys: dict[Route, Place] = {}
        try:
            node = yaml.compose(text.decode("utf-8-sig"), _LOADER)
            self.value: Any = self._read(node, ()) if node else None
        except UnicodeDecodeError as error:
            raise bad_input("not UTF-8 text", Place(file, text.count(b"\n", 0, error.start) + 1)) from error
        except yaml.MarkedYAMLError as error:
            raise bad_input(f"not YAML: {error.problem}", self._place(error.problem_mark), hint=error.note) from error
        except yaml.YAMLError as error:
            raise bad_input(f"not YAML: {str(error).splitlines()[0]}", Place(file)) from error
        except RecursionError as error:
            raise bad_input("nested too deep", Place(file), hint="such a file has few levels") from error

    def place(self, route: Route) -> Place:
        """Return where the value at the end of the route stands, or the nearest value around it."""
        while route not in self._places:
            route = route[:-1]
        return self._places[route]

    def key_place(self, route: Route) -> Place:
        """Return where the name of a member stands."""
        return self._keys.get(route) or self.place(route)

    def _read(self, node: Node, route: Route) -> Any:
        self._places[route] = self._place(node.start_mark)
        if len(self._places) > _MAX_VALUES:
            raise bad_input(f"more than {_MAX_VALUES} values", self._places[route], hint="aliases count as written out")
        if isinstance(node, SequenceNode):
            return [self._read(element, (*route, index)) for index, element in enumerate(node.value)]
        if isinstance(node, MappingNode):
            return self._mapping(node, route)
        assert isinstance(node, ScalarNode)
        return _scalar(node)

    def _mapping(self, node: MappingNode, route: Route) -> dict[str, Any]:
        members: dict[str, Any] = {}
        for key, value in node.value:
            name = str(key.value)
            if name in members:
                raise bad_input(f'"{name}" stands twice', self._place(key.start_mark), hint="take one of them out")
            self._keys[*route, name] = self._place(key.start_mark)
            members[name] = self._read(value, (*route, name))
        return members

    def _place(self, mark: Any) -> Place:
        return Place(self._file, mark.line + 1, mark.column + 1) if mark else Place(self._file)


def _scalar(node: ScalarNode) -> Any:
    try:
        value = _LOADER("").construct_object(node)
    except ValueError:  # such as a date that no calendar has
        return node.value
    return value if value is None or isinstance(value, str | bool | int | float) else node.value
