"""Alerts on events that were decoded in part."""

from __future__ import annotations

import msgspec

from toolkit.engine.alerts import Alert
from toolkit.engine.output_code import Render
from toolkit.events.review import Review
from toolkit.fields.model import Value
from toolkit.fields.open_line import OpenLine
from toolkit.fields.projection import OddShapeError
from toolkit.ruleset.rules import Rule

ODD = (OddShapeError, msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
"""What readers raise where only the general way knows the value."""


class QuickAlert(Alert):
    """An alert whose text and values are read off the decoded part of the review."""

    __slots__ = ("_render", "_said")

    def __init__(self, rule: Rule, event: OpenLine, render: Render) -> None:
        object.__setattr__(self, "rule", rule)
        object.__setattr__(self, "fields", event)
        object.__setattr__(self, "_render", render)
        object.__setattr__(self, "_said", None)

    @property
    def review(self) -> Review:  # type: ignore[override] # made when somebody asks
        """The review."""
        return self.fields.general.review

    def message(self) -> str:
        """Return the rule's output on the event."""
        return self._rendered()[0]

    def output_fields(self) -> dict[str, Value]:
        """Return the values of the fields in the output, and the time."""
        return self._rendered()[1]

    def _rendered(self) -> tuple[str, dict[str, Value]]:
        if self._said is None:
            try:
                said = self._render(self.fields.review, self.fields)
            except ODD:
                said = (Alert.message(self), Alert.output_fields(self))
            object.__setattr__(self, "_said", said)
        return self._said
