"""A configuration from its files: Falco's file, the files that it includes, and what the command line sets."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from toolkit.configuration.model import Configuration
from toolkit.configuration.outputs import alert_form, outputs_settings
from toolkit.configuration.overrides import apply_override
from toolkit.configuration.plugins import loaded_plugins
from toolkit.configuration.reading import OVERRIDES, Reading
from toolkit.configuration.rules import additions, rules_files, selectors
from toolkit.configuration.schema import schema_notes, set_aside
from toolkit.configuration.services import check_drivers, metrics_settings, webserver_settings
from toolkit.configuration.tree import Value, read_tree, refusal
from toolkit.configuration.variables import substitute
from toolkit.errors import ExitCode, Fault, ToolkitError
from toolkit.places import Place
from toolkit.ruleset.priorities import Priority, parse_priority
from toolkit.ruleset.yaml_nodes import Kind
from toolkit.texts import shortened

_INCLUDES = "config_files"
_PRIORITIES = (*(priority.name.lower() for priority in Priority), "info")


class ConfigurationError(ToolkitError):
    """A configuration that Falco would not start with (exit 2); `warnings` are what it would have warned of besides."""

    def __init__(self, faults: Iterable[Fault], warnings: Sequence[str]) -> None:
        super().__init__(faults, ExitCode.USAGE)
        self.warnings = tuple(warnings)


def load_configuration(
    path: str | None, overrides: Sequence[str] = (), variables: Mapping[str, str] | None = None
) -> Configuration:
    """Return what a file and `key=value` overrides come to; without a path, the overrides alone.

    `variables` are what `${VAR}` stands for; paths count from the current folder, as in Falco. Raises
    ConfigurationError with every fault that Falco 0.44.1 would not start with, and ToolkitError (exit 2) where a file
    cannot be read at all; what Falco warns of is in `warnings`.
    """
    files = _Files(variables or {})
    tree = files.read(path) if path else Value(Kind.MAPPING, Place(OVERRIDES))
    for option in overrides:
        if option.startswith(_INCLUDES):
            apply_override(tree, option)
    for included, strategy in _included(tree, path):
        _merge(tree, files.read(included), strategy)
    for option in overrides:
        apply_override(tree, option)
    reading = Reading(tree, path or OVERRIDES)
    reading.warnings += files.warnings
    if overrides:
        reading.warnings += [note for note in schema_notes(tree) if note.startswith(OVERRIDES)]
    found = _configuration(reading)
    warnings = tuple(dict.fromkeys(reading.warnings))
    if len(reading.faults):
        raise ConfigurationError(sorted(reading.faults, key=_order), warnings)
    return replace(found, files=tuple(files.names), warnings=warnings, notes=tuple(reading.notes))


def _order(fault: Fault) -> tuple[str, int, int]:
    place = fault.place or Place("")
    return place.file, place.line or 0, place.column or 0


class _Files:
    """Reads files and keeps what is to be said about them."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        self._variables = variables
        self.names: list[str] = []
        self.warnings: list[str] = []

    def read(self, name: str) -> Value:
        try:
            data = Path(name).read_bytes()
        except (OSError, ValueError) as error:
            raise refusal(f"cannot be read: {getattr(error, 'strerror', None) or error}", Place(name)) from None
        tree, warnings = read_tree(data, name)
        endless, kept = substitute(tree, self._variables)
        if endless:
            raise refusal("the variable in it names itself", endless[0].place)
        warnings += [
            f"{each.place}: ${{…}} stays as it is, since another $ stands before it, as in Falco" for each in kept
        ]
        self.names.append(name)
        self.warnings += [*warnings, *schema_notes(tree)]
        return tree


def _included(tree: Value, main: str | None) -> Iterator[tuple[str, str]]:
    """Yield the files that `config_files` names, those of folders in their order, each with its strategy."""
    listed = Reading(tree, main or OVERRIDES).listed(_INCLUDES)
    for entry in listed:
        named = entry.get("path") if entry.is_mapping else entry
        if named is None or not named.is_scalar:
            raise refusal(
                "expected a path, or path with strategy", entry.place, "- {path: more.yaml, strategy: append}"
            )
        strategy = entry.get("strategy")
        path = Path(named.text)
        if main is not None and path == Path(main):
            raise refusal(f"{_INCLUDES} names the file that it stands in", entry.place)
        try:
            inside = sorted(map(str, path.iterdir())) if path.is_dir() else [named.text]
            files = [file for file in inside if Path(file).is_file()]
        except (OSError, ValueError) as error:
            words = getattr(error, "strerror", None) or error
            raise refusal(f"{shortened(named.text)} cannot be read: {words}", entry.place) from None
        yield from ((file, strategy.text if strategy else "append") for file in files)


def _merge(tree: Value, more: Value, strategy: str) -> None:
    for name, value in more.members.items():
        there = tree.members.get(name)
        if name == _INCLUDES:
            raise refusal(f"{_INCLUDES} in an included file", more.keys[name], "list all files in the main one")
        if there is not None and strategy == "add-only":
            continue
        if there is not None and strategy not in ("override", "add-only") and value.kind is Kind.SEQUENCE:
            if there.kind not in (Kind.SEQUENCE, Kind.NULL):
                raise refusal(f"{name} is a list here and a {there.kind.value} at {there.place}", value.place)
            there.kind = Kind.SEQUENCE
            there.items += value.items
            continue
        tree.members[name], tree.keys[name] = value, more.keys[name]


def _configuration(reading: Reading) -> Configuration:
    aside = list(set_aside(reading.tree))
    if aside:
        reading.notes.append(f"{reading.file}: set aside, since it means nothing here: {', '.join(aside)}")
    check_drivers(reading)
    plugins, source = loaded_plugins(reading)
    word = reading.one_of("priority", "debug", _PRIORITIES)
    return Configuration(
        plugins=plugins,
        source=source,
        rules_files=rules_files(reading),
        selectors=selectors(reading),
        rule_matching=reading.one_of("rule_matching", "first", ("first", "all")),
        priority=parse_priority(word) or Priority.DEBUG,
        additions=additions(reading),
        static_fields=_static_fields(reading),
        form=alert_form(reading),
        outputs=outputs_settings(reading),
        webserver=webserver_settings(reading),
        metrics=metrics_settings(reading),
    )


def _static_fields(reading: Reading) -> tuple[tuple[str, str], ...]:
    found = reading.tree.get("static_fields")
    pairs = tuple((name, value.text) for name, value in found.members.items()) if found else ()
    if found and not all(value.is_scalar for value in found.members.values()):
        reading.warnings.append(
            f"{found.place}: static_fields has values that are no text, so Falco takes none of them"
        )
        return ()
    return pairs
