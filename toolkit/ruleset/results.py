"""What loading a rules file comes to: errors, warnings, their codes, and the JSON that Falco prints of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from toolkit.ruleset.contexts import Context


class ErrorCode(Enum):
    """Why a rules file does not load; the value is Falco's short text. The last one is no code of Falco's."""

    LOAD_ERR_YAML_PARSE = "YAML parse error"
    LOAD_ERR_YAML_VALIDATE = "Error validating internal structure of YAML file"
    LOAD_ERR_COMPILE_CONDITION = "Error compiling condition"
    LOAD_ERR_COMPILE_OUTPUT = "Error compiling output"
    LOAD_ERR_VALIDATE = "Error validating rule/macro/list/exception objects"
    TOOLKIT_TOO_LARGE = "Beyond a bound of the toolkit, where Falco has none"


class WarningCode(Enum):
    """What a rules file is warned about; the value is Falco's long text."""

    LOAD_UNKNOWN_SOURCE = (
        "A rule has a unknown event source. This can occur when reading rules content without having a corresponding "
        "plugin loaded, etc. The rule will be silently ignored."
    )
    LOAD_UNSAFE_NA_CHECK = (
        "Comparing a field value with <NA> is unsafe and can lead to unpredictable behavior of the rule condition. "
        "If you need to check for the existence of a field, consider using the 'exists' operator instead."
    )
    LOAD_NO_EVTTYPE = (
        "A rule condition matches too many evt.type values. This has a significant performance penalty. Make the "
        "condition more specific by adding an evt.type field or further restricting the number of evt.type values in "
        "the condition."
    )
    LOAD_UNKNOWN_FILTER = (
        "A rule condition or output refers to a field or evt.type that does not exist. This is normally an error, but "
        "if a rule has a skip-if-unknown-filter property, the error is downgraded to a warning."
    )
    LOAD_UNUSED_MACRO = "A macro is defined in the rules content but is not used by any other macro or rule."
    LOAD_UNUSED_LIST = "A list is defined in the rules content but is not used by any other list, macro, or rule."
    LOAD_UNKNOWN_ITEM = "An unknown top-level object is in the rules content. It will be ignored."
    LOAD_DEPRECATED_ITEM = "A deprecated item is employed by lists, macros, or rules."
    LOAD_APPEND_NO_VALUES = "A rule exception is overriding/appending with no values"
    LOAD_EXCEPTION_NAME_NOT_UNIQUE = "A rule is defining multiple exceptions with the same name"
    LOAD_INVALID_MACRO_NAME = "A macro is defined with an invalid name"
    LOAD_INVALID_LIST_NAME = "A list is defined with an invalid name"
    LOAD_COMPILE_CONDITION = "A rule condition or output have been parsed with a warning"
    LOAD_UNKNOWN_KEY = (
        "An item in the rules content contains an unrecognized key. The key will be ignored. This may indicate a typo "
        "or a property placed on the wrong item type."
    )


class LoadError(Exception):
    """A fault that Falco stops at: its code, its message in Falco's words, where, and a hint of our own.

    `seen_at` is where people look for it, if that is not where Falco says it is.
    """

    def __init__(
        self, code: ErrorCode, message: str, context: Context, hint: str | None = None, seen_at: Context | None = None
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.context = context
        self.hint = hint
        self.seen_at = seen_at or context

    def as_json(self, contents: dict[str, bytes]) -> dict[str, Any]:
        """Return the error as `falco_load_results` holds it."""
        return _entry(self.code.name, self.code.value, self.message, self.context, contents)


@dataclass(frozen=True, slots=True)
class LoadWarning:
    """What Falco warns about and loads nevertheless."""

    code: WarningCode
    message: str
    context: Context

    def as_json(self, contents: dict[str, bytes]) -> dict[str, Any]:
        """Return the warning as `falco_load_results` holds it."""
        return _entry(self.code.name, self.code.value, self.message, self.context, contents)


def _entry(code: str, description: str, message: str, context: Context, contents: dict[str, bytes]) -> dict[str, Any]:
    return {"code": code, "codedesc": description, "message": message, "context": context.as_json(contents)}


@dataclass(slots=True)
class FileResult:
    """What became of one file; `schema_faults` is None where there was no document to look at."""

    file: str
    errors: list[LoadError] = field(default_factory=list)
    warnings: list[LoadWarning] = field(default_factory=list)
    schema_faults: list[str] | None = None

    @property
    def successful(self) -> bool:
        """Whether the file loaded."""
        return not self.errors

    def warn(self, code: WarningCode, message: str, context: Context) -> None:
        """Add a warning."""
        self.warnings.append(LoadWarning(code, message, context))

    def as_json(self, contents: dict[str, bytes]) -> dict[str, Any]:
        """Return the entry of `falco_load_results` for this file."""
        entry: dict[str, Any] = {
            "name": self.file,
            "successful": self.successful,
            "errors": [error.as_json(contents) for error in self.errors],
            "warnings": [warning.as_json(contents) for warning in self.warnings],
        }
        if self.schema_faults is not None:
            entry["schema_valid"] = not self.schema_faults
            entry["schema_warnings"] = list(self.schema_faults)
        return entry
