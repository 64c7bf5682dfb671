"""Alerts on events that were decoded in part."""

from __future__ import annotations

from contextlib import suppress

import msgspec

from toolkit.engine.about import About, thing
from toolkit.engine.alerts import DEFAULT_FORM, Alert, AlertForm
from toolkit.engine.output_code import Render
from toolkit.events.review import Review
from toolkit.fields.model import Value
from toolkit.fields.open_line import OpenLine
from toolkit.fields.projection import OddShapeError
from toolkit.ruleset.outputs import OutputFormat, Rendered
from toolkit.ruleset.rules import Rule

ODD = (OddShapeError, msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
"""What readers raise where only the general way knows the value."""
_NOT_RENDERED = (*ODD, TypeError)
_TEXTS = {str, type(None)}


class QuickFields:
    """The fields of an event for the output of one rule, which `render` makes off the decoded part."""

    __slots__ = ("_event", "_output", "_render", "_rendered")

    def __init__(self, event: OpenLine, output: OutputFormat, render: Render) -> None:
        self._event = event
        self._output = output
        self._render: Render | None = render
        self._rendered: Rendered | None = None

    def value(self, name: str, argument: str | None = None) -> Value:
        """Return what conditions compare."""
        return self._event.value(name, argument)

    def text(self, name: str, argument: str | None = None) -> str | None:
        """Return the value as it stands in a text."""
        return self._event.text(name, argument)

    def output_value(self, name: str, argument: str | None = None) -> Value:
        """Return the value as `output_fields` hold it."""
        return self._event.output_value(name, argument)

    def rendered(self, output: OutputFormat) -> Rendered | None:
        """Return text and values of the rule's output; None for another one, and where only the general way knows."""
        if self._render is not None and output is self._output:
            with suppress(*ODD):
                self._rendered = self._render.output(self._event.review, self._event)
            self._render = None
        return self._rendered if output is self._output else None


_set_rule = vars(Alert)["rule"].__set__


class QuickAlert(Alert):
    """An alert whose review and fields are made when somebody asks."""

    __slots__ = ("_event", "_made", "_render")
    _event: OpenLine
    _render: Render
    _made: QuickFields

    def __init__(self, rule: Rule, event: OpenLine, render: Render) -> None:
        _set_rule(self, rule)
        _set_event(self, event)
        _set_render(self, render)

    @property
    def review(self) -> Review:
        """The review."""
        return self._event.general.review

    @property
    def fields(self) -> QuickFields:
        """The fields of the event."""
        with suppress(AttributeError):
            return self._made
        fields = QuickFields(self._event, self.rule.output, self._render)
        _set_made(self, fields)
        return fields

    @property
    def time_ns(self) -> int | None:
        """When the event was received, in nanoseconds since 1970."""
        return self._event.times()[0]

    def about(self) -> About:
        """Return who made the request, and what it is about."""
        request = self._event.review.request
        try:
            user, namespace, name = request.userInfo.username, request.namespace, request.name
        except AttributeError:  # no rule names them
            return super().about()
        if not name or not {user.__class__, namespace.__class__, name.__class__} <= _TEXTS:
            return super().about()
        resource = self._render.resource_of(request.resource)
        return About(user or None, namespace or None, thing(resource.group, resource.resource, namespace, name))

    def json(self, hostname: str | None = None, form: AlertForm = DEFAULT_FORM) -> bytes:
        """Return the JSON line that Falco prints, without its end; without a host name that member is left out."""
        is_usual = hostname is None and not self.rule.extra_fields
        if is_usual and (form is DEFAULT_FORM or form.has_usual_members):
            try:
                return self._render.json(self._event.review, self._event)
            except _NOT_RENDERED:
                return super().json(hostname, form)
        return super().json(hostname, form)


_set_event, _set_render, _set_made = (vars(QuickAlert)[name].__set__ for name in ("_event", "_render", "_made"))
