"""Rules files in, a ruleset out, and what Falco would say about each file."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from toolkit.conditions.errors import ConditionError
from toolkit.conditions.operand_compiler import compile_operand
from toolkit.conditions.parser import parse_operand_prefix
from toolkit.errors import ExitCode, Fault, ToolkitError
from toolkit.fields.catalog import Catalog
from toolkit.fields.model import Family
from toolkit.ruleset.additions import Addition
from toolkit.ruleset.build import build_ruleset
from toolkit.ruleset.collector import Collector
from toolkit.ruleset.compiler import Compiler
from toolkit.ruleset.contexts import file_context
from toolkit.ruleset.definitions import SYSCALL
from toolkit.ruleset.faults import as_fault
from toolkit.ruleset.priorities import Priority
from toolkit.ruleset.reader import read_document
from toolkit.ruleset.results import ErrorCode, FileResult, LoadError
from toolkit.ruleset.rules import Ruleset
from toolkit.ruleset.schema import schema_faults
from toolkit.ruleset.versions import unmet_requirement
from toolkit.ruleset.yaml_nodes import Node, YamlError, read_documents

SOURCES = frozenset({"k8s_admission"})
"""The event sources there are, besides the one that is always there."""

PLUGINS = {"k8sadmission": "0.0.0", "json": "0.7.4"}
"""The plugins that rules find loaded, and their versions."""


@dataclass(frozen=True, slots=True)
class RuleFile:
    """A rules file: the name that messages use, and its bytes."""

    name: str
    text: bytes


@dataclass(frozen=True, slots=True)
class Loaded:
    """What loading came to.

    `results` has Falco's word on each file, `ruleset` is None where Falco would not start, and `faults` are all errors
    for people, those too that Falco would not have come to. `plugin_error` is Falco's message about a plugin that is
    missing or too old; Falco then prints nothing else.
    """

    results: tuple[FileResult, ...]
    ruleset: Ruleset | None
    faults: tuple[Fault, ...]
    plugin_error: str | None = None
    contents: Mapping[str, bytes] = field(default_factory=dict, repr=False)

    def as_json(self) -> list[dict[str, Any]]:
        """Return `falco_load_results` as Falco prints it."""
        return [result.as_json(dict(self.contents)) for result in self.results]

    def checked(self) -> Ruleset:
        """Return the ruleset; raise ToolkitError (exit 3) with all faults where there is none."""
        if self.ruleset is None:
            raise ToolkitError(self.faults, ExitCode.BAD_INPUT)
        return self.ruleset


def load(
    files: Sequence[RuleFile],
    catalog: Catalog,
    *,
    sources: Collection[str] = SOURCES,
    plugins: Mapping[str, str] | None = None,
    min_priority: Priority = Priority.DEBUG,
    additions: Sequence[Addition] = (),
) -> Loaded:
    """Load rules files one after the other, each seeing what those before it defined, as Falco does.

    `sources` have the fields of `catalog`; `plugins` are the loaded plugins with their versions; rules less severe
    than `min_priority` are checked and left out; `additions` are put to the outputs of the rules that they fit.
    """
    contents = {file.name: file.text for file in files}
    catalogs = {**dict.fromkeys(sources, catalog), SYSCALL: _generic(catalog)}
    loading = _Loading(catalogs, _raise, additions)
    results = tuple(loading.load(file) for file in files)
    plugin_error = unmet_requirement(loading.collector.required_plugins, PLUGINS if plugins is None else plugins)
    faults: tuple[Fault, ...] = (Fault(plugin_error),) if plugin_error else ()
    if plugin_error or not all(result.successful for result in results):
        errors = [error for result in results for error in result.errors]
        if any(error.code is ErrorCode.TOOLKIT_TOO_LARGE for error in errors):  # once is enough
            found = [as_fault(error, contents) for error in errors]
        else:
            found = _all_faults(files, catalogs, additions, contents)
        return Loaded(results, None, (*found, *faults), plugin_error, contents)
    return Loaded(results, build_ruleset(loading.compiler, min_priority), (), None, contents)


def _raise(error: LoadError) -> None:
    raise error


def _all_faults(
    files: Sequence[RuleFile],
    catalogs: Mapping[str, Catalog],
    additions: Sequence[Addition],
    contents: Mapping[str, bytes],
) -> list[Fault]:
    """Load once more, past every error, and return them all, each once."""
    errors: list[LoadError] = []
    loading = _Loading(catalogs, errors.append, additions)
    for file in files:
        loading.load(file, compile_now=file is files[-1])
    return list(dict.fromkeys(as_fault(error, contents) for error in errors))


class _Loading:
    """One pass over rules files; `stop_at` raises where the pass is to stop at an error, as Falco does."""

    def __init__(
        self,
        catalogs: Mapping[str, Catalog],
        stop_at: Callable[[LoadError], None],
        additions: Sequence[Addition],
    ) -> None:
        self._catalogs = catalogs
        self._stop_at = stop_at
        self._additions = additions
        self.collector = Collector(frozenset(catalogs), self._is_field)
        self.compiler = Compiler(self.collector, catalogs, FileResult(""), stop_at)

    def load(self, file: RuleFile, *, compile_now: bool = True) -> FileResult:
        """Read a file and compile everything known so far."""
        result = FileResult(file.name)
        try:
            self._read(file, result)
            if compile_now:
                self.compiler = Compiler(self.collector, self._catalogs, result, self._stop_at, self._additions)
                self.compiler.compile()
        except LoadError as error:
            result.errors.append(error)
        return result

    def _read(self, file: RuleFile, result: FileResult) -> None:
        context = file_context(file.name)
        try:
            documents = _documents(file.text)
        except YamlError as error:
            place = context.at(error.mark, "value for")
            code = ErrorCode.TOOLKIT_TOO_LARGE if error.is_too_large else ErrorCode.LOAD_ERR_YAML_PARSE
            self._stop_at(LoadError(code, error.message, place))
            return
        if documents:
            result.schema_faults = [fault for document in documents for fault in schema_faults(document)]
        for document in documents:
            read_document(document, context, self.collector, result, self._stop_at)

    def _is_field(self, source: str, text: str) -> bool:
        try:
            found = parse_operand_prefix(text)
            if found is None or found[1] != len(text):
                return False
            compile_operand(found[0], self._catalogs[source])
        except ConditionError:
            return False
        return True


@lru_cache(maxsize=16)
def _documents(text: bytes) -> tuple[Node, ...]:
    # The same files are loaded again and again with other files after them.
    return tuple(read_documents(text))


def _generic(catalog: Catalog) -> Catalog:
    return Catalog(field for field in catalog if field.family is Family.EVT)
