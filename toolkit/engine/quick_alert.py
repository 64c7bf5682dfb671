"""Alerts on events that were decoded in part."""

from __future__ import annotations

from contextlib import suppress

import msgspec

from toolkit.engine.alerts import Alert
from toolkit.engine.output_code import Render
from toolkit.events.review import Review
from toolkit.fields.open_line import OpenLine
from toolkit.fields.projection import OddShapeError
from toolkit.ruleset.outputs import OutputFormat, Rendered
from toolkit.ruleset.rules import Rule

ODD = (OddShapeError, msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
"""What readers raise where only the general way knows the value."""


class QuickFields:
    """The fields of an event for the output of one rule, which `render` makes off the decoded part."""

    __slots__ = ("_event", "_output", "_render", "_rendered", "output_value", "text", "value")

    def __init__(self, event: OpenLine, output: OutputFormat, render: Render) -> None:
        self._event = event
        self._output = output
        self._render: Render | None = render
        self._rendered: Rendered | None = None
        self.value = event.value
        self.text = event.text
        self.output_value = event.output_value

    @property
    def review(self) -> Review:
        """The review."""
        return self._event.general.review

    def rendered(self, output: OutputFormat) -> Rendered | None:
        """Return text and values of the rule's output; None for another one, and where only the general way knows."""
        if self._render is not None and output is self._output:
            with suppress(*ODD):
                self._rendered = self._render(self._event.review, self._event)
            self._render = None
        return self._rendered if output is self._output else None


class QuickAlert(Alert):
    """An alert whose review is made when somebody asks."""

    __slots__ = ()

    def __init__(self, rule: Rule, fields: QuickFields) -> None:
        object.__setattr__(self, "rule", rule)
        object.__setattr__(self, "fields", fields)

    @property
    def review(self) -> Review:
        """The review."""
        fields = self.fields
        assert isinstance(fields, QuickFields)
        return fields.review
