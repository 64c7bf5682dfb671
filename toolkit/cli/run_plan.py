"""What `toolkit run` is to do: flags and configuration put together, the flags counting more."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from toolkit.cli.catalogs import chosen_catalog, this_machine
from toolkit.cli.options import EngineKind, Output, Plugin

if TYPE_CHECKING:
    from toolkit.configuration.model import Configuration
    from toolkit.engine.run import Engine
    from toolkit.fields.catalog import Catalog
    from toolkit.ruleset.loader import RuleFile
    from toolkit.ruleset.rules import Ruleset


@dataclass(frozen=True, slots=True)
class Flags:
    """The flags of `toolkit run`; None is a flag that was not given."""

    events: Sequence[str] | None = None
    config: str | None = None
    overrides: Sequence[str] = ()
    rules: Sequence[str] | None = None
    matching: str | None = None
    priority: str | None = None
    plugin: Plugin = Plugin.CORRECTED
    fields_files: Sequence[str] | None = None
    hostname: str | None = None
    output: str | None = None
    engine_kind: EngineKind = EngineKind.COMPILED


@dataclass(frozen=True, slots=True)
class Plan:
    """A run: its configuration with the flags in it, its fields, its rules files, and where events come from.

    `hostname` stands in JSON alerts; `is_configured` is whether there is a configuration file, as Falco has it.
    """

    configuration: Configuration
    catalog: Catalog
    rules: tuple[str, ...]
    inputs: tuple[str, ...]
    plugin: Plugin
    engine_kind: EngineKind
    hostname: str | None
    is_configured: bool

    @property
    def max_bytes(self) -> int | None:
        """The size of the largest event; None where files have no limit."""
        source = self.configuration.source
        return source.max_event_size if source.max_event_size_given else None

    def load_rules(self, files: Sequence[RuleFile] | None = None) -> Ruleset:
        """Return the rules, chosen as configured, of files that were read already or are read now; warn on stderr.

        Raises ToolkitError (exit 3) with every fault.
        """
        from toolkit.ruleset.faults import warning_words
        from toolkit.ruleset.files import read_rule_files
        from toolkit.ruleset.loader import PLUGINS, load

        configuration = self.configuration
        loaded = load(
            read_rule_files(self.rules) if files is None else files,
            self.catalog,
            plugins={name: version for name, version in PLUGINS.items() if name in configuration.plugins},
            min_priority=configuration.priority,
            additions=configuration.additions,
        )
        ruleset = loaded.checked()
        warnings = [warning for result in loaded.results for warning in result.warnings]
        for warning in dict.fromkeys(map(warning_words, warnings)):
            typer.echo(f"warning: {warning}", err=True)
        return ruleset

    def engine(self, ruleset: Ruleset) -> Engine:
        """Return an engine for the rules that are on."""
        from toolkit.engine.choice import make_engine
        from toolkit.fields.extractor import Extractor

        chosen, extractor = ruleset.select(self.configuration.selectors), Extractor(self.catalog, this_machine())
        return make_engine(self.engine_kind.value, chosen, extractor, self.configuration.rule_matching)


def make_plan(flags: Flags) -> Plan:
    """Return the plan of a run; say what the configuration has that Falco warns of or that means nothing here.

    Raises ToolkitError: exit 2 with every fault of flags or configuration, exit 3 for faulty files of fields.
    """
    from toolkit.configuration.load import ConfigurationError, load_configuration

    try:
        configuration = load_configuration(flags.config, flags.overrides, os.environ)
    except ConfigurationError as error:
        _say("warning", error.warnings)
        raise
    _say("warning", configuration.warnings)
    _say("note", configuration.notes)
    hostname = flags.hostname or (this_machine().hostname if flags.config else None)
    return Plan(
        configuration=_with_flags(configuration, flags),
        catalog=_catalog(configuration, flags),
        rules=_rules(configuration, flags),
        inputs=tuple(flags.events or [configuration.source.open_params or "-"]),
        plugin=flags.plugin,
        engine_kind=flags.engine_kind,
        hostname=hostname,
        is_configured=flags.config is not None,
    )


def _say(word: str, lines: Sequence[str]) -> None:
    for line in lines:
        typer.echo(f"{word}: {line}", err=True)


def _with_flags(configuration: Configuration, flags: Flags) -> Configuration:
    from toolkit.engine.run import Matching
    from toolkit.ruleset.priorities import Priority, parse_priority

    if flags.matching is not None:
        matching = _one_of("--matching", flags.matching.lower(), list(Matching))
        configuration = replace(configuration, rule_matching=matching)
    if flags.priority is not None:
        priority = parse_priority(flags.priority)
        if priority is None:
            _one_of("--priority", flags.priority, [each.name.lower() for each in Priority])
        configuration = replace(configuration, priority=priority or Priority.DEBUG)
    if flags.output is not None:
        hint = f"Falco's -o is --set here: --set {flags.output}" if "=" in flags.output else None
        output = _one_of("--output", flags.output, list(Output), hint)
        configuration = replace(configuration, form=replace(configuration.form, json=output == Output.JSON))
    return configuration


def _catalog(configuration: Configuration, flags: Flags) -> Catalog:
    """Return the fields of the loaded plugins, and the fixed ones that the configuration adds."""
    from toolkit.configuration.model import JSON_PLUGIN
    from toolkit.fields.catalog import loaded_fields

    catalog = chosen_catalog(flags.plugin.value, flags.fields_files)
    return loaded_fields(catalog, configuration.static_fields, has_json=JSON_PLUGIN in configuration.plugins)


def _rules(configuration: Configuration, flags: Flags) -> tuple[str, ...]:
    """Return the rules files: of the flags, else of the configuration, else the bundled ones where there is none."""
    from toolkit.errors import usage

    if flags.rules or (flags.config is None and configuration.rules_files is None):
        return tuple(flags.rules or ())
    found = []
    for path in configuration.rules_files or ():
        if why := _left_out(Path(path)):
            typer.echo(f"warning: {path}: {why}, left out as by Falco", err=True)
        else:
            found.append(path)
    if not found:
        raise usage(
            "no rules: neither -r names rules files nor does rules_files in the configuration name one that is there",
            hint="paths count from the current folder, as in Falco; `-r bundled` names the rules that come along",
        )
    return tuple(found)


def _left_out(path: Path) -> str | None:
    """Return why Falco passes over a path among `rules_files`, or None where it does not."""
    from toolkit.ruleset.files import ENDINGS, rule_files_in

    if path.is_dir():
        return None if rule_files_in(path) else "no rules files in it"
    if not path.exists():
        return "no such rules file"
    return None if path.suffix in ENDINGS else f"no {' or '.join(ENDINGS)} file"


def _one_of(flag: str, word: str, known: Sequence[str], hint: str | None = None) -> str:
    from toolkit.errors import closest, usage

    if word in known:
        return word
    raise usage(f"{flag} is {word!r}, expected one of {', '.join(known)}", hint=hint or closest(word, known))
