"""The report as JSON, and the schema of it."""

from __future__ import annotations

from collections import Counter
from dataclasses import fields
from typing import Any, Literal, get_type_hints

import msgspec
import orjson

from toolkit.errors import ExitCode
from toolkit.judge.model import StepVerdict
from toolkit.judge.report import Report, RuleVerdict
from toolkit.texts import encode_json

Outcome = Literal["passed", "failed", "nothing exercised"]
_OUTCOMES: dict[ExitCode, Outcome] = {
    ExitCode.GOOD: "passed",
    ExitCode.CHECK_FAILED: "failed",
    ExitCode.NOTHING_SELECTED: "nothing exercised",
}


class Counts(msgspec.Struct, frozen=True):
    """How many rules, and how many steps over all datasets, came to which verdict."""

    rules: dict[RuleVerdict, int]
    steps: dict[StepVerdict, int]


_MEMBERS = {"outcome": Outcome, "counts": Counts, **get_type_hints(Report)}
_Document = msgspec.defstruct("Report", list(_MEMBERS.items()), frozen=True)


def json_report(report: Report) -> bytes:
    """Return the report as one JSON document, indented, ending in a line end."""
    counts = Counts(
        rules=dict(Counter(rule.verdict for rule in report.rules)),
        steps=dict(Counter(step.verdict for step in report.steps)),
    )
    members = {field.name: getattr(report, field.name) for field in fields(report)}
    document = _Document(outcome=_OUTCOMES[report.exit_code], counts=counts, **members)
    return encode_json(msgspec.to_builtins(document), orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of the report."""
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "Report of toolkit validate"}
    return head | msgspec.json.schema(_Document)
